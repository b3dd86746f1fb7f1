// The rules hold: tried with real git push and with the API.
import { readFile } from "node:fs/promises";
import type { Octokit } from "@octokit/rest";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { GitHub } from "./github.ts";
import { Clone, client, hasSshKeygen, refused } from "./support.ts";

const owned = { owner: "acme", repo: "api" };

let github: GitHub;
let admin: Octokit;
let writer: Octokit;
let maintainer: Octokit;
let actions: Octokit;
let clones: Clone[] = [];

beforeAll(async () => {
  github = await GitHub.start({ apps: [{ slug: "other-ci" }] });
  [admin, writer, maintainer, actions] = ["admin", "writer", "maintainer", "github-actions"].map((name) =>
    client(github, name),
  ) as [Octokit, Octokit, Octokit, Octokit];
});

beforeEach(async () => {
  await admin.repos.createInOrg({ org: "acme", name: "api", private: true, auto_init: true });
});

afterEach(async () => {
  await Promise.all(clones.map((clone) => clone.remove()));
  clones = [];
  await admin.repos.delete(owned);
});

afterAll(async () => {
  github.traffic.assertClean();
  await github.stop();
});

async function clone(user: string): Promise<Clone> {
  const made = await Clone.of(github, "acme/api", user);
  clones.push(made);
  return made;
}

const reviews = {
  required_approving_review_count: 1,
  dismiss_stale_reviews_on_push: true,
  require_code_owner_review: false,
  require_last_push_approval: false,
  required_review_thread_resolution: false,
};

type Rules = NonNullable<Parameters<Octokit["repos"]["createRepoRuleset"]>[0]>["rules"];
type Bypass = NonNullable<Parameters<Octokit["repos"]["createRepoRuleset"]>[0]>["bypass_actors"];

async function protectMain(rules: NonNullable<Rules>, bypass_actors: NonNullable<Bypass> = []): Promise<void> {
  const conditions = { ref_name: { include: ["~DEFAULT_BRANCH"], exclude: [] } };
  await admin.repos.createRepoRuleset({
    ...owned,
    name: "main",
    target: "branch",
    enforcement: "active",
    bypass_actors,
    conditions,
    rules,
  });
}

/** A pull request by the writer with one commit. */
async function propose(file = "change.txt"): Promise<{ number: number; head: string; clone: Clone }> {
  const work = await clone("writer");
  await work.git("checkout", "--quiet", "-b", "feature/x");
  await work.git("commit", "--quiet", "--allow-empty", "-m", "change");
  expect(await work.push("feature/x")).toBeUndefined();
  const content = Buffer.from("text").toString("base64");
  const { data: written } = await writer.repos.createOrUpdateFileContents({
    ...owned,
    path: file,
    message: "file",
    content,
    branch: "feature/x",
  });
  const { data } = await writer.pulls.create({ ...owned, title: "Change", head: "feature/x", base: "main" });
  return { number: data.number, head: written.commit.sha ?? "", clone: work };
}

function approve(by: Octokit, number: number): Promise<unknown> {
  return by.pulls.createReview({ ...owned, pull_number: number, event: "APPROVE" });
}

function merge(number: number, merge_method: "merge" | "squash" | "rebase" = "squash", by = writer): Promise<unknown> {
  return by.pulls.merge({ ...owned, pull_number: number, merge_method });
}

function report(app: Octokit, head: string, conclusion: "success" | "failure" | "skipped"): Promise<unknown> {
  return app.checks.create({ ...owned, name: "test", head_sha: head, status: "completed", conclusion });
}

describe("git push to a branch with a ruleset", () => {
  test("pushes, force pushes and deletions are refused, and nothing has moved", async () => {
    await protectMain([
      { type: "pull_request", parameters: reviews },
      { type: "non_fast_forward" },
      { type: "deletion" },
    ]);
    const before = await github.repository("acme/api").git.commitOf("refs/heads/main");
    const work = await clone("admin");
    await work.commit();
    const direct = await work.push("main");
    expect(direct).toContain("GH013: Repository rule violations found for refs/heads/main.");
    expect(direct).toContain("Changes must be made through a pull request.");
    await work.git("checkout", "--quiet", "--orphan", "other");
    await work.commit("other");
    expect(await work.push("--force", "other:main")).toContain("Cannot force-push to this branch");
    expect(await work.push(":main")).toContain("refusing to delete the current branch");
    expect(await github.repository("acme/api").git.commitOf("refs/heads/main")).toBe(before);
  });

  test("a branch that no rule names is free", async () => {
    await protectMain([{ type: "pull_request", parameters: reviews }]);
    const work = await clone("writer");
    await work.commit();
    expect(await work.push("HEAD:feature/free")).toBeUndefined();
    expect(await work.push(":feature/free")).toBeUndefined();
  });

  test("who may bypass always may push; who may only for pull requests may not", async () => {
    const rules: Rules = [{ type: "pull_request", parameters: reviews }];
    await protectMain(rules, [
      { actor_id: 5, actor_type: "RepositoryRole", bypass_mode: "always" },
      { actor_id: 2, actor_type: "RepositoryRole", bypass_mode: "pull_request" },
    ]);
    const [byAdmin, byMaintainer] = [await clone("admin"), await clone("maintainer")];
    await byMaintainer.commit();
    expect(await byMaintainer.push("main")).toContain("GH013");
    await byAdmin.commit();
    expect(await byAdmin.push("main")).toBeUndefined();
  });

  test("a ruleset that is not active enforces nothing", async () => {
    await protectMain([{ type: "update" }]);
    const [ruleset] = github.repository("acme/api").rulesets;
    await admin.repos.updateRepoRuleset({ ...owned, ruleset_id: ruleset?.id ?? 0, enforcement: "disabled" });
    const work = await clone("writer");
    await work.commit();
    expect(await work.push("main")).toBeUndefined();
  });

  test("unsigned commits are refused where signatures are required", async () => {
    const conditions = { ref_name: { include: ["refs/heads/signed"], exclude: [] } };
    await admin.repos.createRepoRuleset({
      ...owned,
      name: "signed",
      target: "branch",
      enforcement: "active",
      conditions,
      rules: [{ type: "required_signatures" }],
    });
    const work = await clone("writer");
    await work.commit();
    expect(await work.push("main:signed")).toContain("Commits must have verified signatures.");
  });

  test("commits signed with a registered key pass where signatures are required, an unknown key's do not", async (context) => {
    if (!(await hasSshKeygen())) context.skip("ssh-keygen not found. Fix: install the package openssh-client");
    await protectMain([{ type: "required_signatures" }]);
    const work = await clone("writer");
    const key = `${work.directory}/.git/key`;
    await work.signWith(key);
    await work.commit();
    expect(await work.push("main")).toContain("Commits must have verified signatures.");
    github.world.user("writer")?.signingKeys.push((await readFile(`${key}.pub`, "utf8")).trim());
    expect(await work.push("main")).toBeUndefined();
  });

  test("merge commits are refused where history is linear", async () => {
    await protectMain([{ type: "required_linear_history" }]);
    const work = await clone("writer");
    await work.git("checkout", "--quiet", "-b", "side");
    await work.commit("side");
    await work.git("checkout", "--quiet", "main");
    await work.commit("main");
    await work.git("merge", "--quiet", "--no-ff", "-m", "merge", "side");
    expect(await work.push("main")).toContain("This branch must not contain merge commits.");
  });
});

describe("git push to a branch with classic protection", () => {
  const protect = (more: object = {}): Promise<unknown> =>
    admin.repos.updateBranchProtection({
      ...owned,
      branch: "main",
      required_status_checks: null,
      enforce_admins: true,
      required_pull_request_reviews: { required_approving_review_count: 1 },
      restrictions: null,
      ...more,
    });

  test("administrators included: a push is refused in classic protection's words", async () => {
    await protect();
    const work = await clone("admin");
    await work.commit();
    const said = await work.push("main");
    expect(said).toContain("GH006: Protected branch update failed for refs/heads/main.");
    expect(said).toContain("Changes must be made through a pull request.");
  });

  test("administrators not included may push, but never by force", async () => {
    await protect({ enforce_admins: false });
    const work = await clone("admin");
    await work.commit();
    expect(await work.push("main")).toBeUndefined();
    await work.git("reset", "--quiet", "--hard", "HEAD~1");
    await work.commit("other");
    expect(await work.push("--force", "main")).toContain("Cannot force-push to this branch");
  });

  test("the API is held by the same rules: files 409, references 422 (TPG#1438)", async () => {
    await protect();
    const content = Buffer.from("x").toString("base64");
    expect(
      await refused(admin.repos.createOrUpdateFileContents({ ...owned, path: "a", message: "a", content })),
    ).toMatchObject({ status: 409 });
    const work = await clone("admin");
    const sha = await work.commit();
    expect(await work.push("HEAD:elsewhere")).toBeUndefined();
    expect(await refused(admin.git.updateRef({ ...owned, ref: "heads/main", sha }))).toMatchObject({ status: 422 });
  });
});

describe("tags", () => {
  test("a tag ruleset lets administrators make release tags and writers none (synthorg#1542)", async () => {
    await admin.repos.createRepoRuleset({
      ...owned,
      name: "releases",
      target: "tag",
      enforcement: "active",
      bypass_actors: [{ actor_id: 5, actor_type: "RepositoryRole", bypass_mode: "always" }],
      conditions: { ref_name: { include: ["refs/tags/v*.*.*"], exclude: [] } },
      rules: [{ type: "creation" }, { type: "update" }, { type: "deletion" }],
    });
    const [byWriter, byAdmin] = [await clone("writer"), await clone("admin")];
    expect(await byWriter.push("HEAD:refs/tags/v1.0.0")).toContain(
      "Cannot create ref due to creations being restricted.",
    );
    expect(await byWriter.push("HEAD:refs/tags/nightly")).toBeUndefined();
    const sha = await byWriter.git("rev-parse", "HEAD");
    expect(await refused(writer.git.createRef({ ...owned, ref: "refs/tags/v1.0.0", sha }))).toMatchObject({
      status: 422,
    });
    expect(await byAdmin.push("HEAD:refs/tags/v1.0.0")).toBeUndefined();
    expect(await byWriter.push(":refs/tags/v1.0.0")).toContain("Cannot delete this tag");
    await byWriter.commit();
    expect(await byWriter.push("--force", "HEAD:refs/tags/v1.0.0")).toContain("Cannot update this protected ref.");
  });
});

describe("access", () => {
  test("readers cannot push, strangers do not find the repository, and without a token git is asked for one", async () => {
    const reader = await clone("reader");
    await reader.commit();
    expect(await reader.push("main")).toContain("403");
    await expect(Clone.of(github, "acme/api", "stranger")).rejects.toThrow("not found");
    const anonymous = await fetch(`${github.url}/acme/api.git/info/refs?service=git-receive-pack`);
    expect(anonymous.status).toBe(401);
    await anonymous.text();
  });
});

describe("merging a pull request", () => {
  test("needs the reviews: not the author's, not a reader's, and not one that a push made stale", async () => {
    await protectMain([{ type: "pull_request", parameters: reviews }]);
    const { number, clone: work } = await propose();
    expect(await refused(merge(number))).toMatchObject({ status: 405 });
    expect(await refused(approve(writer, number))).toMatchObject({ status: 422 });
    await approve(client(github, "reader"), number);
    expect((await refused(merge(number))).message).toContain(
      "At least 1 approving review is required by reviewers with write access.",
    );
    await approve(maintainer, number);
    await work.git("pull", "--quiet", "origin", "feature/x");
    await work.commit("more");
    expect(await work.push("HEAD:feature/x")).toBeUndefined();
    expect(await refused(merge(number))).toMatchObject({ status: 405 });
    await approve(maintainer, number);
    await merge(number);
    expect(await github.repository("acme/api").git.read("refs/heads/main", "change.txt")).toBe("text");
  });

  test("needs the required check from the app that it is pinned to", async () => {
    const parameters = {
      strict_required_status_checks_policy: false,
      required_status_checks: [{ context: "test", integration_id: 15368 }],
    };
    await protectMain([{ type: "required_status_checks", parameters }]);
    const { number, head } = await propose();
    expect((await refused(merge(number))).message).toContain('Required status check "test" is expected.');
    await report(client(github, "other-ci"), head, "success");
    await writer.repos.createCommitStatus({ ...owned, sha: head, state: "success", context: "test" });
    expect(await refused(merge(number))).toMatchObject({ status: 405 });
    await report(actions, head, "failure");
    expect((await refused(merge(number))).message).toContain('Required status check "test" is failing.');
    // A job that `if:` skipped counts as passed.
    await report(actions, head, "skipped");
    await merge(number);
  });

  test("needs an up to date branch where checks are strict", async () => {
    const parameters = { strict_required_status_checks_policy: true, required_status_checks: [{ context: "test" }] };
    await protectMain(
      [{ type: "required_status_checks", parameters }],
      [{ actor_id: 5, actor_type: "RepositoryRole", bypass_mode: "always" }],
    );
    const { number, head } = await propose();
    await report(actions, head, "success");
    const work = await clone("admin");
    await work.commit();
    expect(await work.push("main")).toBeUndefined();
    expect((await refused(merge(number))).message).toContain("not up to date");
    await writer.pulls.updateBranch({ ...owned, pull_number: number });
    const { data } = await writer.pulls.get({ ...owned, pull_number: number });
    expect(data.mergeable_state).toBe("blocked");
    await report(actions, data.head.sha, "success");
    await merge(number);
  });

  test("needs approval from someone other than the last pusher", async () => {
    await protectMain([
      {
        type: "pull_request",
        parameters: { ...reviews, require_last_push_approval: true, dismiss_stale_reviews_on_push: false },
      },
    ]);
    const { number } = await propose();
    const content = Buffer.from("more").toString("base64");
    await maintainer.repos.createOrUpdateFileContents({
      ...owned,
      path: "more.txt",
      message: "more",
      content,
      branch: "feature/x",
    });
    await approve(maintainer, number);
    expect((await refused(merge(number))).message).toContain("someone other than the last pusher");
    await approve(admin, number);
    await merge(number);
  });

  test("needs a code owner's approval for owned files", async () => {
    const content = Buffer.from("* @maintainer\n/infra/ @admin\n").toString("base64");
    await admin.repos.createOrUpdateFileContents({ ...owned, path: ".github/CODEOWNERS", message: "owners", content });
    await protectMain([{ type: "pull_request", parameters: { ...reviews, require_code_owner_review: true } }]);
    const { number } = await propose("infra/main.ts");
    await approve(maintainer, number);
    expect((await refused(merge(number))).message).toContain("code owner");
    await approve(admin, number);
    await merge(number);
  });

  test("needs every conversation resolved", async () => {
    await protectMain([
      {
        type: "pull_request",
        parameters: { ...reviews, required_approving_review_count: 0, required_review_thread_resolution: true },
      },
    ]);
    const { number } = await propose();
    await maintainer.pulls.createReview({
      ...owned,
      pull_number: number,
      event: "COMMENT",
      comments: [{ path: "change.txt", line: 1, body: "why?" }],
    });
    expect((await refused(merge(number))).message).toContain("conversation");
    for (const thread of github.repository("acme/api").pulls[0]?.threads ?? []) thread.resolved = true;
    await merge(number);
  });

  test("by squash GitHub signs, by rebase it does not", async () => {
    await protectMain([{ type: "required_signatures" }]);
    const { number } = await propose();
    expect((await refused(merge(number, "rebase"))).message).toContain("not signed");
    expect((await refused(merge(number, "merge"))).message).toContain("verified signatures");
    await merge(number, "squash");
  });

  test("keeps to the merge kinds of the repository and to one merge", async () => {
    await admin.repos.update({ ...owned, allow_merge_commit: false });
    const { number } = await propose();
    expect((await refused(merge(number, "merge"))).message).toContain(
      "Merge commits are not allowed on this repository.",
    );
    await merge(number, "rebase");
    expect(await refused(merge(number))).toMatchObject({ status: 405 });
  });
});
