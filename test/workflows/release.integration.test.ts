// The guide's GitFlow with real git: release.yml's own text, run against a GitHub whose rules hold.
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Octokit } from "@octokit/rest";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { renderWorkflow } from "../../workflows/model/render.ts";
import { release } from "../../workflows/release.ts";
import { releaseWorkflow } from "../../workflows/release/workflow.ts";
import { GitHub } from "../emulators/github/github.ts";
import type { Pull } from "../emulators/github/pulls.ts";
import { client, Clone } from "../emulators/github/support.ts";
import { declareEnvironment } from "../support/emulated-environment.ts";
import { EmulatedActions, type Ran } from "../support/emulated-actions.ts";
import { startNotices, type Notices } from "../support/notices.ts";

const owned = { owner: "acme", repo: "shop" };
const text = renderWorkflow(release);

let github: GitHub;
let actions: EmulatedActions;
let notices: Notices;
let clone: Clone;
let [admin, maintainer, writer, runner] = [] as unknown as [Octokit, Octokit, Octokit, Octokit];

const repository = () => github.repository("acme/shop");
const commitOf = async (ref: string) => (await repository().git.commitOf(ref)) ?? "";
const fileAt = (ref: string, path: string) => repository().git.read(ref, path);
const openPull = (base: string): Pull | undefined =>
  repository().pulls.find((pull) => pull.state === "open" && pull.base === base);

async function dispatch(version: string, from = "develop", ref = "refs/heads/main"): Promise<Ran> {
  const { ran } = await actions.start(text, { event: "workflow_dispatch", ref, inputs: { version, from } });
  return ran;
}

/** What ci.yml would have reported. */
const passGate = (sha: string) =>
  runner.checks.create({ ...owned, name: "Gate", head_sha: sha, status: "completed", conclusion: "success" });

/** A change by the writer, by pull request, approved by somebody else. */
async function change(message: string, base = "develop", branch = `feature/${randomBytes(4).toString("hex")}`) {
  await clone.git("fetch", "--quiet", "origin");
  await clone.git("checkout", "--quiet", "-B", branch, `origin/${base}`);
  await clone.commit(message);
  expect(await clone.push(branch)).toBeUndefined();
  const { data } = await writer.pulls.create({ ...owned, title: message.split("\n")[0] ?? "", head: branch, base });
  return merge(data.number);
}

/** Reviewed, tested and merged. @returns the merge commit, and what was there before */
async function merge(number: number): Promise<{ sha: string; before: string }> {
  const { data } = await writer.pulls.get({ ...owned, pull_number: number });
  await passGate(data.head.sha);
  await maintainer.pulls.createReview({ ...owned, pull_number: number, event: "APPROVE" });
  const before = await commitOf(`refs/heads/${data.base.ref}`);
  const merged = await writer.pulls.merge({ ...owned, pull_number: number });
  await passGate(merged.data.sha);
  return { sha: merged.data.sha, before };
}

async function pushToMain({ sha, before }: { sha: string; before: string }): Promise<Ran> {
  const { ran } = await actions.start(text, { event: "push", ref: "refs/heads/main", sha, payload: { before } });
  return ran;
}

beforeAll(async () => {
  github = await GitHub.start({ apps: [{ slug: "release-bot" }] });
  [admin, maintainer, writer, runner] = ["admin", "maintainer", "writer", "github-actions"].map((name) =>
    client(github, name),
  ) as [Octokit, Octokit, Octokit, Octokit];
  notices = await startNotices();
  await admin.repos.createInOrg({ org: "acme", name: "shop", private: true, auto_init: true });
  const made = await Clone.of(github, "acme/shop", "admin");
  writeFileSync(
    join(made.directory, "pyproject.toml"),
    '[project]\nname = "shop"\nversion = "1.0.0"\nrequires-python = ">=3.10"\n',
  );
  await made.git("add", "--all");
  await made.commit("feat: everything");
  await made.git("tag", "v1.0.0");
  await made.git("push", "--quiet", "origin", "HEAD:main", "HEAD:develop", "v1.0.0");
  await made.remove();

  const app = github.app("release-bot");
  const secrets = {
    RELEASE_APP_PRIVATE_KEY: app.keys.privateKey,
    SLACK_WEBHOOK_URL: notices.hook,
    SMTP_USERNAME: notices.user,
    SMTP_PASSWORD: notices.password,
  };
  await declareEnvironment(admin, { ...owned, environment_name: "release", branches: ["main"], secrets });
  const variables = {
    RELEASE_APP_CLIENT_ID: String(app.id),
    SMTP_URL: notices.smtp,
    MAIL_FROM: "ci@example.com",
    MAIL_TO: "team@example.com",
  };
  for (const [name, value] of Object.entries(variables))
    await admin.actions.createRepoVariable({ ...owned, name, value });
  repository().security.immutableReleases = true;

  const ruleset = (name: string, target: "branch" | "tag", include: string[]) => ({
    ...owned,
    name,
    target,
    enforcement: "active" as const,
    conditions: { ref_name: { include, exclude: [] } },
  });
  const review = {
    required_approving_review_count: 1,
    dismiss_stale_reviews_on_push: true,
    require_code_owner_review: false,
    require_last_push_approval: false,
    required_review_thread_resolution: false,
  };
  const gate = {
    strict_required_status_checks_policy: false,
    required_status_checks: [{ context: "Gate", integration_id: 15368 }],
  };
  await admin.repos.createRepoRuleset({
    ...ruleset("branches", "branch", ["refs/heads/main", "refs/heads/develop"]),
    rules: [
      { type: "deletion" },
      { type: "non_fast_forward" },
      { type: "pull_request", parameters: review },
      { type: "required_status_checks", parameters: gate },
    ],
  });
  await admin.repos.createRepoRuleset({
    ...ruleset("tags", "tag", ["refs/tags/v*"]),
    bypass_actors: [{ actor_id: app.id, actor_type: "Integration", bypass_mode: "always" }],
    rules: [{ type: "creation" }],
  });
  actions = await EmulatedActions.of(github, "acme/shop");
  actions.env.POLL_SECONDS = "0";
  // For curl alone: pip asks its own servers.
  writeFileSync(join(actions.home, ".curlrc"), `cacert = ${notices.authority}\n`);
  clone = await Clone.of(github, "acme/shop", "writer");
});

afterAll(async () => {
  await clone.remove();
  await actions.remove();
  await notices.stop();
  github.traffic.assertClean();
  await github.stop();
});

describe("a release from develop", () => {
  let merged: { sha: string; before: string };

  test("is proposed: version files and a changelog by headings, signed, as a pull request of the App's", async () => {
    await change("feat(cart): a cart\n\nBREAKING CHANGE: orders have carts");
    await change("fix: a sum");
    await change("docs: a word");
    const before = await commitOf("refs/heads/develop");
    expect(await dispatch("major")).toMatchObject({
      result: "success",
      results: { propose: "success", find: "skipped" },
    });

    const pull = openPull("main");
    expect(pull).toMatchObject({
      title: "chore(release): v2.0.0",
      head: "release/v2.0.0",
      author: { slug: "release-bot" },
    });
    const head = await commitOf("refs/heads/release/v2.0.0");
    expect(repository().signedByGitHub.has(head)).toBe(true);
    expect(await repository().git.changedFiles(before, head)).toEqual(["CHANGELOG.md", "pyproject.toml"]);
    expect(await fileAt(head, "pyproject.toml")).toBe(
      '[project]\nname = "shop"\nversion = "2.0.0"\nrequires-python = ">=3.10"\n',
    );
    const changelog = await fileAt(head, "CHANGELOG.md");
    expect(changelog?.replaceAll(/\([0-9a-f]{7}\)/g, "(…)").replace(/\d{4}-\d\d-\d\d/, "day")).toBe(`# Changelog

## [2.0.0] - day

### Breaking changes

- **cart:** orders have carts (…)

### Features

- **cart:** a cart (…)

### Bug fixes

- a sum (…)

### Documentation

- a word (…)
`);
    expect(pull?.body).toContain("- **cart:** orders have carts");
  });

  test("is proposed again on top of what was mended meanwhile, in the same request", async () => {
    await clone.git("fetch", "--quiet", "origin");
    await clone.git("checkout", "--quiet", "-B", "release/v2.0.0", "origin/release/v2.0.0");
    await clone.commit("fix: what the last tests found");
    expect(await clone.push("release/v2.0.0")).toBeUndefined();
    expect((await dispatch("2.0.0")).result).toBe("success");
    const changelog = (await fileAt("refs/heads/release/v2.0.0", "CHANGELOG.md")) ?? "";
    expect(changelog.match(/^## /gm)).toHaveLength(1);
    expect(changelog).toContain("- what the last tests found");
    expect(repository().pulls.filter(({ base }) => base === "main")).toHaveLength(1);
  });

  test("eight_ball#50: is published by the merge: uploaded and read back as a draft, then the tag, then the world", async () => {
    merged = await merge(openPull("main")?.number ?? 0);
    const from = github.traffic.exchanges.length;
    const { result, results, log } = await pushToMain(merged);
    expect({ result, log }).toMatchObject({ result: "success" });
    expect(results).toMatchObject({ create: "success", "back-merge": "success", notify: "success", plan: "skipped" });

    const [made] = repository().releases;
    expect(made).toMatchObject({ tag: "v2.0.0", draft: false, immutable: true });
    expect(made?.body).toMatch(/^\n?### Breaking changes/);
    expect(await commitOf("refs/tags/v2.0.0")).toBe(merged.sha);
    const order = github.traffic.exchanges
      .slice(from)
      .filter(({ method, operation }) => method !== "GET" || operation === "repos/get-release-asset")
      .map(({ operation }) => operation)
      .filter((each, index, all) => each !== all[index - 1]);
    expect(order.slice(order.indexOf("repos/create-release"))).toEqual([
      "repos/create-release",
      "repos/upload-release-asset",
      "repos/get-release-asset",
      "git/create-ref",
      "repos/update-release",
      "apps/create-installation-access-token",
      "repos/merge",
      "git/update-ref",
      "pulls/create",
    ]);
    // release-please#1142: a tag by the run's own token would start nothing.
    expect(repository().pushers.get("refs/tags/v2.0.0")).toBe("release-bot[bot]");
  });

  test("has the source and its checksums, which hold", () => {
    const folder = mkdtempSync(join(tmpdir(), "slipway-assets-"));
    const assets = repository().releases[0]?.assets ?? [];
    for (const { name, bytes } of assets) writeFileSync(join(folder, name), bytes);
    const sh = (command: string) => execFileSync("sh", ["-c", command], { cwd: folder, encoding: "utf8" });
    expect(assets.map(({ name }) => name).sort()).toEqual([
      "SHA256SUMS",
      "shop-2.0.0.intoto.jsonl",
      "shop-2.0.0.tar.gz",
    ]);
    expect(sh("sha256sum --check --strict SHA256SUMS")).toBe("shop-2.0.0.intoto.jsonl: OK\nshop-2.0.0.tar.gz: OK\n");
    expect(sh("tar -xzOf shop-2.0.0.tar.gz shop-2.0.0/pyproject.toml")).toContain('version = "2.0.0"');
    expect(() => sh("printf x >> shop-2.0.0.tar.gz; sha256sum --check --strict SHA256SUMS 2>&1")).toThrow();
    rmSync(folder, { recursive: true });
  });

  test("is told to Slack and by e-mail, and no log shows where to", async () => {
    const url = `${github.url}/acme/shop/releases/tag/v2.0.0`;
    expect(notices.posted).toHaveLength(1);
    expect(notices.posted[0]?.body).toMatchObject({
      text: expect.stringContaining(`v2.0.0 of acme/shop is released: ${url}`) as string,
    });
    expect(notices.mails[0]).toContain("Subject: v2.0.0 of acme/shop is released");
    expect(notices.mails[0]).toContain("To: team@example.com");
    const { log } = await pushToMain(merged);
    expect(log).not.toMatch(/planted-hook|planted-mail|BEGIN RSA|ghs_/);
  });

  test("is not made twice by a re-run", () => {
    expect(repository().releases).toHaveLength(1);
    expect(
      repository().pulls.filter(({ base, head }) => base === "develop" && head.startsWith("release/")),
    ).toHaveLength(1);
  });

  test("comes back to develop by a pull request, because develop takes nothing else", async () => {
    const pull = openPull("develop");
    expect(pull).toMatchObject({ head: "release/v2.0.0", title: "chore(release): merge v2.0.0 back into develop" });
    await merge(pull?.number ?? 0);
    expect(await repository().git.isAncestor(merged.sha, await commitOf("refs/heads/develop"))).toBe(true);
  });

  test("a later push to main with the same version releases nothing", async () => {
    const later = await change("fix: nothing to see", "main");
    expect((await pushToMain(later)).results).toMatchObject({
      find: "success",
      ready: "skipped",
      create: "skipped",
      notify: "skipped",
    });
  });

  test("a hotfix is released from main, by a patch", async () => {
    expect((await dispatch("patch", "main")).result).toBe("success");
    expect(openPull("main")?.title).toBe("chore(release): v2.0.1");
    const hotfix = await merge(openPull("main")?.number ?? 0);
    expect((await pushToMain(hotfix)).result).toBe("success");
    expect(await commitOf("refs/tags/v2.0.1")).toBe(hotfix.sha);
    expect((await fileAt(hotfix.sha, "CHANGELOG.md"))?.match(/^## \[[\d.]+\]/gm)).toEqual(["## [2.0.1]", "## [2.0.0]"]);
  });
});

describe("is refused, and nothing is touched", () => {
  const refused = async (...asked: Parameters<typeof dispatch>) => {
    const [pulls, heads] = [repository().pulls.length, await repository().git.refs()];
    const { results, log } = await dispatch(...asked);
    expect(results).toMatchObject({ plan: "failure", propose: "skipped" });
    expect([repository().pulls.length, await repository().git.refs()]).toEqual([pulls, heads]);
    return log;
  };

  test("a version that is none, and one that does not go forward", async () => {
    expect(await refused("next", "main")).toContain("allowed are major, minor, patch, or a version such as 1.2.0");
    expect(await refused("1.9.9", "main")).toContain("got 1.9.9; allowed are versions after 2.0.1");
    expect(await refused("2.0.1", "main")).toContain("got 2.0.1; allowed are versions after 2.0.1");
  });

  test("another branch's workflow", async () => {
    expect(await refused("minor", "develop", "refs/heads/develop")).toContain(
      'Fix: under "Use workflow from", choose main',
    );
  });

  test("develop, as long as it lacks the last release", async () => {
    expect(await refused("minor")).toContain("develop does not hold v2.0.1. Fix: merge the pull request");
  });

  test("nothing that a user would notice", async () => {
    expect(await refused("minor", "main")).toContain("main has no change since v2.0.1");
  });

  test("a breaking change that is called a smaller one", async () => {
    await change("feat!: orders are gone", "main");
    expect(await refused("minor", "main")).toContain("orders are gone. Fix: dispatch again with major");
  });

  test("a commit that the rule does not know", async () => {
    await change("whatever", "main");
    expect(await refused("major", "main")).toContain("whatever");
  });
});

describe("a merged release", () => {
  const next = async () => {
    await clone.git("fetch", "--quiet", "origin");
    await clone.git("checkout", "--quiet", "-B", "release/v3.0.0", "origin/main");
    writeFileSync(join(clone.directory, "pyproject.toml"), 'version = "3.0.0"\n');
    writeFileSync(join(clone.directory, "CHANGELOG.md"), "# Changelog\n\n## [3.0.0] - day\n\n- all new\n");
    await clone.git("commit", "--quiet", "--all", "--message", "chore(release): v3.0.0");
    expect(await clone.push("--force", "release/v3.0.0")).toBeUndefined();
    const { data } = await writer.pulls.create({
      ...owned,
      title: "chore(release): v3.0.0",
      head: "release/v3.0.0",
      base: "main",
    });
    return merge(data.number);
  };
  let merged: { sha: string; before: string };

  test("whose gate is red is not released, and somebody is told", async () => {
    merged = await next();
    const told = notices.posted.length;
    await runner.checks.create({
      ...owned,
      name: "Gate",
      head_sha: merged.sha,
      status: "completed",
      conclusion: "failure",
    });
    expect((await pushToMain(merged)).results).toMatchObject({
      ready: "failure",
      create: "skipped",
      notify: "success",
    });
    expect(await commitOf("refs/tags/v3.0.0")).toBe("");
    expect(notices.posted.slice(told)).toMatchObject([
      { body: { text: expect.stringContaining("was not released") as string } },
    ]);
    await passGate(merged.sha);
  });

  test("whose upload was changed on the way is not published, and a re-run starts it afresh", async () => {
    github.world.damaged.add("repos/upload-release-asset");
    expect((await pushToMain(merged)).results).toMatchObject({ create: "failure" });
    github.world.damaged.clear();
    expect(await commitOf("refs/tags/v3.0.0")).toBe("");
    expect(repository().releases.at(-1)).toMatchObject({ tag: "v3.0.0", draft: true });
    expect((await pushToMain(merged)).result).toBe("success");
    expect(repository().releases.filter(({ tag }) => tag === "v3.0.0")).toMatchObject([{ draft: false }]);
  });
});

describe("a team that has main alone, and files beside the source", () => {
  const own = renderWorkflow(
    releaseWorkflow({
      develop: false,
      files: {
        command: 'mkdir dist; printf package > "dist/shop-$VERSION.tgz"; env > dist/seen-by-the-build',
        folder: "dist",
        minutes: 5,
      },
    }),
  );

  test("proposes from main, and releases each file attested and with its checksum", async () => {
    await change("fix: a package", "main");
    const inputs = { version: "patch" };
    const run = async (situation: Parameters<typeof actions.start>[1]) => (await actions.start(own, situation)).ran;
    const asked = await run({ event: "workflow_dispatch", ref: "refs/heads/main", inputs });
    expect({ result: asked.result, log: asked.log }).toMatchObject({ result: "success" });
    const { sha, before } = await merge(openPull("main")?.number ?? 0);
    const ran = await run({ event: "push", ref: "refs/heads/main", sha, payload: { before } });
    expect({ result: ran.result, log: ran.log }).toMatchObject({ result: "success" });
    expect(ran.results).not.toHaveProperty("back-merge");

    const { tag, assets } = repository().releases.at(-1) ?? { assets: [] };
    expect(tag).toBe("v3.0.1");
    const text = (name: string) => Buffer.from(assets.find((each) => each.name === name)?.bytes ?? []).toString();
    expect(text("shop-3.0.1.tgz")).toBe("package");
    const listed = text("SHA256SUMS")
      .split("\n")
      .map((line) => line.slice(66));
    expect(listed.filter(Boolean).sort()).toEqual([
      "seen-by-the-build",
      "shop-3.0.1.intoto.jsonl",
      "shop-3.0.1.tar.gz",
      "shop-3.0.1.tgz",
    ]);
    // Whoever changes the code decides what the build does.
    expect(text("seen-by-the-build")).not.toMatch(/GITHUB_TOKEN=|ID_TOKEN|PRIVATE_KEY|SLACK|SMTP/);
  });
});
