// GitFlow under the rules that a stack declares by default, played with real git: a writer works, others approve, nobody administers.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { permanentBranches } from "../../github/kinds/defaults.ts";
import { repositorySchema } from "../../github/schema.ts";
import { GitHub } from "../emulators/github/github.ts";
import { client, Clone, hasSshKeygen, refused } from "../emulators/github/support.ts";
import { govern } from "../support/governed-repository.ts";

type Method = "merge" | "squash" | "rebase";
const owner = "acme";

let github: GitHub;
const clones: Clone[] = [];
const api = (name: string) => client(github, name).rest;

beforeAll(async () => {
  github = await GitHub.start({
    accounts: [{ login: owner, plan: "enterprise", teams: { platform: ["maintainer", "second"] } }],
    apps: [{ slug: "dependabot" }, { slug: "renovate" }, { slug: "release-bot" }, { slug: "other-ci" }],
  });
}, 60_000);
afterAll(async () => {
  github.traffic.assertClean();
  for (const clone of clones) await clone.remove();
  await github.stop();
});

/** A repository under the default rules, whose release tags the release App makes. */
const governed = (repo: string, change: object = {}): Promise<void> =>
  govern(
    github,
    repo,
    repositorySchema.parse({
      visibility: "private",
      codeOwners: ["@acme/platform"],
      tagCreators: [`app:${github.app("release-bot").id}`],
      ...change,
    }),
  );

/** Somebody's clone of a repository. */
class Hands {
  readonly name: string;
  readonly repo: string;
  readonly clone: Clone;

  constructor(name: string, repo: string, clone: Clone) {
    this.name = name;
    this.repo = repo;
    this.clone = clone;
  }

  static async of(name: string, repo: string): Promise<Hands> {
    const clone = await Clone.of(github, `${owner}/${repo}`, name);
    clones.push(clone);
    return new Hands(name, repo, clone);
  }

  /** Starts a branch at another one as it is on GitHub. */
  async branch(name: string, from: string): Promise<void> {
    await this.clone.git("fetch", "--quiet", "--prune");
    await this.clone.git("checkout", "--quiet", "-B", name, `origin/${from}`);
  }

  async change(path: string, text = path): Promise<void> {
    const file = join(this.clone.directory, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    await this.clone.git("add", "--all");
    await this.clone.commit(`feat: change ${path}`);
  }

  push = (...refs: string[]) => this.clone.push(...refs);
}

const at = (repo: string) => ({ owner, repo });
const headOf = async (repo: string, branch: string) =>
  (await github.repository(`${owner}/${repo}`).git.commitOf(`refs/heads/${branch}`)) ?? "";
const tagOf = (repo: string, tag: string) => github.repository(`${owner}/${repo}`).git.resolve(`refs/tags/${tag}`);
const has = async (repo: string, branch: string, commit: string) =>
  github.repository(`${owner}/${repo}`).git.isAncestor(commit, await headOf(repo, branch));

async function propose(repo: string, who: string, head: string, base: string): Promise<number> {
  const { data } = await api(who).pulls.create({ ...at(repo), title: `feat: ${head}`, head, base });
  return data.number;
}

const approve = (repo: string, number: number, who: string) =>
  api(who).pulls.createReview({ ...at(repo), pull_number: number, event: "APPROVE" });

async function gate(repo: string, number: number, by = "github-actions"): Promise<void> {
  const { head } = (await api("writer").pulls.get({ ...at(repo), pull_number: number })).data;
  const run = { name: "Gate", head_sha: head.sha, status: "completed", conclusion: "success" } as const;
  await api(by).checks.create({ ...at(repo), ...run });
}

const merge = (repo: string, number: number, method: Method, who = "writer") =>
  api(who).pulls.merge({ ...at(repo), pull_number: number, merge_method: method });

/** Why it can't be merged. */
const lacks = async (repo: string, number: number, method: Method = "merge", who = "writer") =>
  (await refused(merge(repo, number, method, who))).message;

/** Everything that a pull request needs, and its merge. */
async function land(repo: string, number: number, method: Method, ...approvers: string[]): Promise<void> {
  await gate(repo, number);
  for (const who of approvers) await approve(repo, number, who);
  await merge(repo, number, method);
}

let steps = 0;
/** One step of a story, which goes on from those before it. */
function step(title: string, body: () => Promise<void>): void {
  steps += 1;
  test(title, body);
}

const r = "api";
let writer: Hands;
let releaser: Hands;
beforeAll(async () => {
  await governed(r);
  writer = await Hands.of("writer", r);
  releaser = await Hands.of("release-bot", r);
}, 60_000);

describe("what nobody does directly", () => {
  for (const branch of permanentBranches) {
    step(`a writer pushes to ${branch}: refused`, async () => {
      await writer.branch("direct", branch);
      await writer.change(`direct-${branch}`);
      expect(await writer.push(`HEAD:${branch}`)).toContain("Changes must be made through a pull request");
    });

    step(`by force: refused`, async () => {
      expect(await writer.push("--force", `HEAD:${branch}`)).toMatch(/through a pull request|force-push/);
    });

    step(`deletes it: refused`, async () => {
      expect(await writer.push(`:${branch}`)).toMatch(/Cannot delete this branch|deletion of the current branch/);
    });
  }

  step("git push origin main --tags, as the guide has it: neither goes through", async () => {
    await writer.clone.git("checkout", "--quiet", "-B", "main", "origin/main");
    await writer.change("direct");
    await writer.clone.git("tag", "v0.9.0");
    const before = await headOf(r, "main");
    expect(await writer.push("main", "--tags")).toMatch(/GH013|protected|rule/i);
    expect(await headOf(r, "main")).toBe(before);
    expect(await tagOf(r, "v0.9.0")).toBeUndefined();
    await writer.clone.git("tag", "-d", "v0.9.0");
  });

  step("a commit to main through the API: refused", async () => {
    const file = { path: "direct", message: "feat: direct", content: "", branch: "main" };
    expect((await refused(api("writer").repos.createOrUpdateFileContents({ ...at(r), ...file }))).status).toBe(409);
  });

  step("moving main through the API: refused", async () => {
    const sha = await headOf(r, "develop");
    await writer.branch("feature/moved", "develop");
    await writer.change("moved");
    expect(await writer.push("feature/moved")).toBeUndefined();
    const moved = api("writer").git.updateRef({ ...at(r), ref: "heads/main", sha: await headOf(r, "feature/moved") });
    expect((await refused(moved)).status).toBe(422);
    expect(await headOf(r, "develop")).toBe(sha);
  });

  step("merging into main through the API: refused", async () => {
    const merged = api("writer").repos.merge({ ...at(r), base: "main", head: "feature/moved" });
    expect((await refused(merged)).status).toBe(422);
  });

  for (const who of ["writer", "maintainer", "github-actions"]) {
    step(`a release tag by ${who}: refused`, async () => {
      const sha = await headOf(r, "main");
      const tag = api(who).git.createRef({ ...at(r), ref: "refs/tags/v0.9.1", sha });
      expect((await refused(tag)).message).toMatch(/rule|restricted/i);
    });
  }

  for (const name of ["my-branch", "release/1.4.0", "docs/readme", "v1.0.0"]) {
    step(`a branch called ${name}: refused`, async () => {
      expect(await writer.push(`HEAD:refs/heads/${name}`)).toContain("creations being restricted");
    });
  }
});

describe("a feature", () => {
  let number: number;

  step("its branch is pushed", async () => {
    await writer.branch("feature/login", "develop");
    await writer.change("login.py");
    expect(await writer.push("feature/login")).toBeUndefined();
  });

  step("its history is its author's: a force push goes through", async () => {
    await writer.clone.git("commit", "--quiet", "--amend", "-m", "feat: log in");
    expect(await writer.push("--force", "feature/login")).toBeUndefined();
  });

  step("a pull request to develop opens", async () => {
    number = await propose(r, "writer", "feature/login", "develop");
  });

  step("without a review and the gate nobody merges it, no administrator either", async () => {
    for (const who of ["writer", "admin"]) {
      expect(await lacks(r, number, "squash", who)).toMatch(/approving review.*status check/is);
    }
  });

  step("its author can't approve it", async () => {
    expect((await refused(approve(r, number, "writer"))).message).toContain("own pull request");
  });

  step("GitHub Actions can't either", async () => {
    expect((await refused(approve(r, number, "github-actions"))).message).toContain("not permitted to approve");
  });

  step("the approval of somebody who can only read does not count", async () => {
    await approve(r, number, "reader");
    expect(await lacks(r, number)).toContain("approving review");
  });

  step("a gate that another app reports does not count", async () => {
    await gate(r, number, "other-ci");
    expect(await lacks(r, number)).toMatch(/status check/i);
  });

  step("the gate is green, and the review is still missing", async () => {
    await gate(r, number);
    expect(await lacks(r, number)).not.toMatch(/status check/i);
  });

  step("changes are requested: it waits", async () => {
    await api("second").pulls.createReview({ ...at(r), pull_number: number, event: "REQUEST_CHANGES", body: "tests" });
    await approve(r, number, "maintainer");
    expect(await lacks(r, number)).toContain("Changes have been requested");
  });

  step("the author adds them: a push takes the approvals away", async () => {
    await writer.change("test_login.py");
    expect(await writer.push("feature/login")).toBeUndefined();
    await gate(r, number);
    await api("second").pulls.createReview({ ...at(r), pull_number: number, event: "COMMENT", body: "thanks" });
    expect(await lacks(r, number, "squash")).toMatch(/approv|changes/i);
  });

  step("the reviewer's yes: the author merges, squashed into one commit with the pull request's title", async () => {
    const before = await headOf(r, "develop");
    await approve(r, number, "second");
    await merge(r, number, "squash");
    const { git } = github.repository(`${owner}/${r}`);
    expect((await git.run(["log", "-1", "--format=%P %s", "develop"])).trim()).toBe(
      `${before} feat: feature/login (#${number})`,
    );
  });

  step("its branch is gone, and develop is not", async () => {
    expect(await headOf(r, "feature/login")).toBe("");
    expect(await headOf(r, "develop")).not.toBe("");
  });
});

describe("two features at a time", () => {
  let second: number;

  step("one lands while the other is open, approved and green", async () => {
    for (const name of ["feature/one", "feature/two"]) {
      await writer.branch(name, "develop");
      await writer.change(name);
      expect(await writer.push(name)).toBeUndefined();
    }
    second = await propose(r, "writer", "feature/two", "develop");
    await gate(r, second);
    await approve(r, second, "maintainer");
    await land(r, await propose(r, "writer", "feature/one", "develop"), "squash", "maintainer");
  });

  step("the other is not up to date any more", async () => {
    expect(await lacks(r, second, "squash")).toContain("not up to date");
  });

  step("its author presses Update branch: the gate and an approval have to come again", async () => {
    await api("writer").pulls.updateBranch({ ...at(r), pull_number: second });
    expect(await lacks(r, second, "squash")).toMatch(/last pusher|approving review/);
  });

  step("then it lands", async () => {
    await land(r, second, "squash", "second");
  });
});

describe("a release", () => {
  let number: number;

  step("its branch is cut from develop", async () => {
    await writer.branch("release/v1.0.0", "develop");
    await writer.change("version.txt", "1.0.0");
    expect(await writer.push("release/v1.0.0")).toBeUndefined();
  });

  step("a pull request to main opens; one approval is not enough", async () => {
    number = await propose(r, "writer", "release/v1.0.0", "main");
    await gate(r, number);
    await approve(r, number, "maintainer");
    expect(await lacks(r, number)).toContain("At least 2 approving reviews");
  });

  step("an open conversation holds it up", async () => {
    const comments = [{ path: "version.txt", body: "really?" }];
    await api("second").pulls.createReview({ ...at(r), pull_number: number, event: "APPROVE", comments });
    expect(await lacks(r, number)).toContain("conversation must be resolved");
    for (const thread of github.repository(`${owner}/${r}`).pulls.find((each) => each.number === number)?.threads ?? [])
      thread.resolved = true;
  });

  step("rebasing is no way to main", async () => {
    expect(await lacks(r, number, "rebase")).toContain("not allowed");
  });

  step("it is merged with a merge commit, so that main and develop stay one history", async () => {
    const develop = await headOf(r, "develop");
    await merge(r, number, "merge");
    expect(await has(r, "main", develop)).toBe(true);
  });

  step("its tag is nothing that a writer makes, by git or by a release", async () => {
    await writer.branch("main", "main");
    await writer.clone.git("tag", "v1.0.0");
    expect(await writer.push("v1.0.0")).toMatch(/restricted|rule/i);
    const release = api("github-actions").repos.createRelease({
      ...at(r),
      tag_name: "v1.0.0",
      target_commitish: "main",
    });
    expect((await refused(release)).status).toBe(422);
  });

  step("the release App tags what was merged", async () => {
    await releaser.branch("main", "main");
    await releaser.clone.git("tag", "v1.0.0");
    expect(await releaser.push("v1.0.0")).toBeUndefined();
    expect(await tagOf(r, "v1.0.0")).toBe(await headOf(r, "main"));
  });

  step("a release of a tag that is there is anybody's who writes", async () => {
    await api("github-actions").repos.createRelease({ ...at(r), tag_name: "v1.0.0" });
  });

  step("nobody moves the tag, neither the App nor an administrator", async () => {
    await releaser.change("later");
    await releaser.clone.git("tag", "--force", "v1.0.0");
    expect(await releaser.push("--force", "v1.0.0")).toMatch(/rule|update/i);
    const admin = await Hands.of("admin", r);
    expect(await admin.push(":refs/tags/v1.0.0")).toMatch(/rule|delet/i);
  });

  step(
    "the way back by a pull request from main stalls once develop has moved: updating it would push to main",
    async () => {
      await writer.branch("bugfix/small", "develop");
      await writer.change("small");
      expect(await writer.push("bugfix/small")).toBeUndefined();
      await land(r, await propose(r, "writer", "bugfix/small", "develop"), "squash", "maintainer");
      const back = await propose(r, "writer", "main", "develop");
      await gate(r, back);
      await approve(r, back, "maintainer");
      expect(await lacks(r, back)).toContain("not up to date");
      const update = api("writer").pulls.updateBranch({ ...at(r), pull_number: back });
      expect((await refused(update)).status).toBe(422);
      await api("writer").pulls.update({ ...at(r), pull_number: back, state: "closed" });
    },
  );

  step("a branch of its own goes back, and develop has the release", async () => {
    await wayBack("release/v1.0.0");
    expect(await has(r, "develop", await headOf(r, "main"))).toBe(true);
  });
});

/** From main to develop by a branch that may be updated. */
async function wayBack(name: string): Promise<void> {
  await writer.branch(name, "develop");
  await writer.clone.git("merge", "--quiet", "--no-ff", "-m", "chore: back to develop", "origin/main");
  expect(await writer.push(name)).toBeUndefined();
  await land(r, await propose(r, "writer", name, "develop"), "merge", "maintainer");
}

describe("a hotfix", () => {
  let number: number;

  step("its branch is cut from main", async () => {
    await writer.branch("hotfix/v1.0.1", "main");
    await writer.change("version.txt", "1.0.1");
    expect(await writer.push("hotfix/v1.0.1")).toBeUndefined();
  });

  step("it waits for two approvals like everything on main, also with a green gate", async () => {
    number = await propose(r, "writer", "hotfix/v1.0.1", "main");
    await gate(r, number);
    expect(await lacks(r, number)).toContain("At least 2 approving reviews");
  });

  step("two approvals, and it is on main", async () => {
    for (const who of ["maintainer", "second"]) await approve(r, number, who);
    await merge(r, number, "merge");
  });

  step("the release App tags it", async () => {
    await releaser.branch("main", "main");
    await releaser.clone.git("tag", "v1.0.1");
    expect(await releaser.push("v1.0.1")).toBeUndefined();
  });

  step("it goes back to develop, and what develop had stays", async () => {
    const before = await headOf(r, "develop");
    await wayBack("hotfix/v1.0.1");
    expect(await has(r, "develop", await headOf(r, "main"))).toBe(true);
    expect(await has(r, "develop", before)).toBe(true);
  });

  step("the next release is up to date with main at once", async () => {
    await writer.branch("release/v1.1.0", "develop");
    await writer.change("version.txt", "1.1.0");
    expect(await writer.push("release/v1.1.0")).toBeUndefined();
    const next = await propose(r, "writer", "release/v1.1.0", "main");
    await land(r, next, "merge", "maintainer", "second");
  });
});

describe("GitHub's own buttons", () => {
  step("Revert makes a branch with the old one's name in it, and it lands like any other", async () => {
    const sha = await headOf(r, "develop");
    await api("writer").git.createRef({ ...at(r), ref: "refs/heads/revert-3-feature/login", sha });
    await writer.branch("revert-3-feature/login", "revert-3-feature/login");
    await writer.clone.git("rm", "--quiet", "login.py");
    await writer.clone.commit("revert: log in");
    expect(await writer.push("revert-3-feature/login")).toBeUndefined();
    await land(r, await propose(r, "writer", "revert-3-feature/login", "develop"), "squash", "maintainer");
  });

  step("the web editor proposes a patch instead of committing to develop", async () => {
    const file = { path: "README.md", message: "docs: a word", content: Buffer.from("word").toString("base64") };
    const { data } = await api("reader").repos.getContent({ ...at(r), path: "README.md", ref: "develop" });
    const sha = "sha" in data ? data.sha : "";
    const direct = api("writer").repos.createOrUpdateFileContents({ ...at(r), ...file, sha, branch: "develop" });
    expect((await refused(direct)).status).toBe(409);
    const branch = "writer-patch-1";
    await api("writer").git.createRef({ ...at(r), ref: `refs/heads/${branch}`, sha: await headOf(r, "develop") });
    await api("writer").repos.createOrUpdateFileContents({ ...at(r), ...file, sha, branch });
    await land(r, await propose(r, "writer", branch, "develop"), "squash", "second");
  });

  step("CodeQL's fix has a branch of its own", async () => {
    await writer.branch("alert-autofix-3", "develop");
    await writer.change("fixed.py");
    expect(await writer.push("alert-autofix-3")).toBeUndefined();
    await land(r, await propose(r, "writer", "alert-autofix-3", "develop"), "squash", "maintainer");
  });
});

describe.each([
  ["dependabot", "dependabot/npm_and_yarn/zod-4.6.7"],
  ["renovate", "renovate/npm/vite-7.x"],
])("%s", (bot, branch) => {
  let number: number;

  step(`pushes its branch and opens a pull request`, async () => {
    const hands = await Hands.of(bot, r);
    await hands.branch(branch, "develop");
    await hands.change(`${bot}.json`);
    expect(await hands.push(branch)).toBeUndefined();
    number = await propose(r, bot, branch, "develop");
  });

  step("neither approves nor merges it", async () => {
    await gate(r, number);
    expect((await refused(approve(r, number, bot))).message).toContain("own pull request");
    expect(await lacks(r, number, "squash", bot)).toContain("approving review");
  });

  step("a writer who owns no code is not enough", async () => {
    await approve(r, number, "writer");
    expect(await lacks(r, number, "squash")).toContain("code owner");
  });

  step("an owner's approval is, and a writer merges", async () => {
    await approve(r, number, "maintainer");
    await merge(r, number, "squash");
  });

  step("may push nowhere else: neither to develop nor a tag", async () => {
    const hands = await Hands.of(bot, r);
    await hands.branch("else", "develop");
    await hands.change("else");
    expect(await hands.push("HEAD:develop")).toContain("through a pull request");
    expect(await hands.push("HEAD:refs/tags/v6.6.6")).toMatch(/restricted|rule/i);
  });
});

describe("the release App", () => {
  step("makes release tags and is bound by every other rule", async () => {
    await releaser.branch("direct", "main");
    await releaser.change("direct");
    expect(await releaser.push("HEAD:main")).toContain("through a pull request");
    expect(await releaser.push("HEAD:refs/heads/next")).toContain("creations being restricted");
  });

  step("proposes a release like anybody, and its own approval is none", async () => {
    await releaser.branch("release/v1.2.0", "develop");
    await releaser.change("CHANGELOG.md");
    expect(await releaser.push("release/v1.2.0")).toBeUndefined();
    const number = await propose(r, "release-bot", "release/v1.2.0", "main");
    expect((await refused(approve(r, number, "release-bot"))).message).toContain("own pull request");
    await gate(r, number);
    for (const who of ["maintainer", "second"]) await approve(r, number, who);
    expect(await lacks(r, number)).toContain("not up to date");
    await api("writer").pulls.updateBranch({ ...at(r), pull_number: number });
    await land(r, number, "merge", "maintainer", "second");
  });
});

describe.runIf(await hasSshKeygen())("where commits have to be signed", () => {
  const signed = "signed";
  let hands: Hands;
  beforeAll(async () => {
    await governed(signed, { branches: { develop: { signedCommits: true } } });
    hands = await Hands.of("writer", signed);
  });

  step("an unsigned commit is pushed to a branch, and no merge commit takes it to develop", async () => {
    await hands.branch("feature/unsigned", "develop");
    await hands.change("unsigned");
    expect(await hands.push("feature/unsigned")).toBeUndefined();
    const number = await propose(signed, "writer", "feature/unsigned", "develop");
    await gate(signed, number);
    await approve(signed, number, "maintainer");
    expect(await lacks(signed, number, "merge")).toContain("verified signatures");
    // GitHub signs what it squashes.
    await merge(signed, number, "squash");
  });

  step("a signed one is taken either way", async () => {
    const key = join(hands.clone.directory, ".git", "key");
    await hands.clone.signWith(key);
    github.world.user("writer")?.signingKeys.push((await readFile(`${key}.pub`, "utf8")).trim());
    await hands.branch("feature/signed", "develop");
    await hands.change("signed-file");
    expect(await hands.push("feature/signed")).toBeUndefined();
    await land(signed, await propose(signed, "writer", "feature/signed", "develop"), "merge", "maintainer");
  });
});

test("at least 60 steps", () => {
  expect(steps).toBeGreaterThanOrEqual(60);
});
