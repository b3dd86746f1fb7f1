import type { Octokit } from "@octokit/rest";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { compareRepository, deliverWorkflows, workflowsBranch } from "../../github/deliver-workflows.ts";
import { connect } from "../../github/octokit.ts";
import { serviceFiles } from "../../workflows/rendered-files.ts";
import { GitHub } from "../emulators/github/github.ts";
import { client } from "../emulators/github/support.ts";

const all = serviceFiles();
/** Enough for most tests: a workflow, and a file that is none. */
const rendered = Object.fromEntries(Object.entries(all).filter(([path]) => /ci\.yml|^\.pre-commit/.test(path)));
const newer = { ...rendered, ".github/workflows/ci.yml": "name: Newer\n" };

let github: GitHub;
let name = "";
let count = 0;
beforeAll(async () => {
  github = await GitHub.start({ accounts: [{ login: "acme", plan: "team" }], apps: [{ slug: "platform" }] });
});
afterAll(async () => {
  github.traffic.assertClean();
  await github.stop();
});
beforeEach(() => make());

async function make(auto_init = true): Promise<void> {
  name = `api-${(count += 1)}`;
  await admin().repos.createInOrg({ org: "acme", name, auto_init, visibility: "public" });
}

const admin = () => client(github, "admin").rest;
const at = () => ({ owner: "acme", repo: name });
const compare = (files = rendered) => compareRepository(client(github, "admin"), at(), files);
const deliver = async (files = rendered, again = false, octokit = client(github, "admin")) =>
  deliverWorkflows(octokit, at(), await compare(files), again);
const requests = async () => (await admin().pulls.list({ ...at(), state: "all" })).data;
const refs = async () => [...(await github.repository(`acme/${name}`).git.refs())];
const merge = (pull_number: number) => admin().pulls.merge({ ...at(), pull_number });

const put = (path: string, text: string, branch = "main") =>
  admin().repos.createOrUpdateFileContents({
    ...at(),
    path,
    branch,
    message: "feat: mine",
    content: Buffer.from(text).toString("base64"),
  });

async function filesOf(branch: string): Promise<string[]> {
  const { data } = await admin().git.getTree({ ...at(), tree_sha: branch, recursive: "1" });
  return data.tree.filter(({ type }) => type === "blob").map(({ path }) => path);
}

async function textOf(path: string, branch = workflowsBranch): Promise<string> {
  const { data } = await admin().repos.getContent({ ...at(), path, ref: branch });
  return Buffer.from((data as { content: string }).content, "base64").toString();
}

/** Says what the token lacks, and leaves nothing to be seen. */
const refuses = async (delivery: () => Promise<string>) => {
  const before = await refs();
  await expect(delivery()).rejects.toThrow(
    /^GITHUB_TOKEN: may not write workflows of acme\/api-\d+, got .*Workflows: write/,
  );
  expect(await refs()).toEqual(before);
  expect(await requests()).toEqual([]);
};

test("one pull request brings exactly the rendered files, and a second time nothing happens", async () => {
  await put("src/app.py", "theirs\n");
  expect(await deliver(all)).toMatch(/^opened http.*\/pull\/1$/);
  const [request] = await requests();
  expect(request).toMatchObject({ title: "ci: take over the workflows as rendered", head: { ref: workflowsBranch } });
  for (const path of Object.keys(all)) expect(request?.body).toContain(`| \`${path}\` | new | `);
  for (const needed of ["`production-approval`", "`observe`", "Secrets of environment staging"])
    expect(request?.body).toContain(needed);
  expect((await filesOf(workflowsBranch)).sort()).toEqual(["README.md", "src/app.py", ...Object.keys(all)].sort());
  const { data: before } = await admin().git.getRef({ ...at(), ref: `heads/${workflowsBranch}` });
  expect(await deliver(all)).toMatch(/\/pull\/1 waits for its merge$/);
  expect((await admin().git.getRef({ ...at(), ref: `heads/${workflowsBranch}` })).data).toEqual(before);
  await merge(1);
  expect(await deliver(all)).toBe("main has them all");
  expect(await requests()).toHaveLength(1);
});

test("a newer rendering updates the open pull request, and commits of others on it stay", async () => {
  await deliver();
  await put("src/mended.py", "theirs\n", workflowsBranch);
  expect(await deliver(newer)).toMatch(/^updated .*\/pull\/1$/);
  expect(await textOf(".github/workflows/ci.yml")).toBe("name: Newer\n");
  expect(await filesOf(workflowsBranch)).toContain("src/mended.py");
  expect(await requests()).toHaveLength(1);
});

test("after a merge a newer rendering comes as a new pull request on the same branch, from today's main", async () => {
  await deliver();
  await merge(1);
  await put("src/later.py", "theirs\n");
  expect(await deliver(newer)).toMatch(/^opened .*\/pull\/2$/);
  const { data } = await admin().repos.compareCommits({ ...at(), base: "main", head: workflowsBranch });
  expect(data.commits).toHaveLength(1);
  expect(await filesOf(workflowsBranch)).toContain("src/later.py");
});

test("a rendered file that somebody edited is named with its text before it is overwritten", async () => {
  await put(".github/workflows/ci.yml", "name: Edited\n");
  const { changes } = await compare();
  expect(changes[0]).toMatchObject({ path: ".github/workflows/ci.yml", is: "changed", before: "name: Edited\n" });
  await deliver();
  expect((await requests())[0]?.body).toContain("**Is overwritten:** `.github/workflows/ci.yml`");
  expect(await textOf(".github/workflows/ci.yml", "main")).toBe("name: Edited\n");
});

test("a pull request that was closed stays closed until somebody says --again", async () => {
  await deliver();
  await admin().pulls.update({ ...at(), pull_number: 1, state: "closed" });
  await expect(deliver()).rejects.toThrow(/\/pull\/1 was closed without a merge, and stays so. Fix: --again/);
  expect((await requests()).map(({ state }) => state)).toEqual(["closed"]);
  expect(await deliver(rendered, true)).toMatch(/^opened .*\/pull\/2$/);
});

test("one that was stopped between branch and pull request goes on", async () => {
  await deliver();
  github.repository(`acme/${name}`).pulls.length = 0;
  expect(await deliver()).toMatch(/^opened /);
  const { data } = await admin().repos.compareCommits({ ...at(), base: "main", head: workflowsBranch });
  expect(data.commits).toHaveLength(1);
});

test("an empty repository gets them directly", async () => {
  await make(false);
  expect(await deliver()).toBe("committed to main, which was empty");
  expect((await filesOf("main")).sort()).toEqual(Object.keys(rendered).sort());
  expect(await deliver()).toBe("main has them all");
  expect(await requests()).toEqual([]);
});

test("an App that may not write workflows is told so before anything is to be seen", async () => {
  const permissions = { contents: "write", "pull-requests": "write" } as const;
  const add = (more: object) => github.world.scopedTokens.add(github.app("platform"), { ...permissions, ...more });
  github.app("platform").role = "write";
  const as = (token: string) => connect(token, { baseUrl: `${github.url}/` });
  await refuses(() => deliver(rendered, false, as(add({}))));
  expect(await deliver(rendered, false, as(add({ workflows: "write" })))).toMatch(/^opened /);
});

test("a classic token without the scope workflow is told so, in an empty repository too", async () => {
  const scoped = (scopes: string): Octokit => {
    const octokit = client(github, "admin");
    octokit.hook.after("request", ({ headers }) => void (headers["x-oauth-scopes"] = scopes));
    return octokit;
  };
  await refuses(() => deliver(rendered, false, scoped("read:org, repo")));
  await make(false);
  await expect(deliver(rendered, false, scoped("repo"))).rejects.toThrow(
    "got repo; allowed the scopes repo and workflow",
  );
  expect(await refs()).toEqual([]);
  expect(await deliver(rendered, false, scoped("repo, workflow"))).toMatch(/^committed/);
});

test("a repository whose main requires the gate already takes them by one pull request, once its gate is green", async () => {
  await admin().repos.createRepoRuleset({
    ...at(),
    name: "gate",
    target: "branch",
    enforcement: "active",
    conditions: { ref_name: { include: ["~DEFAULT_BRANCH"], exclude: [] } },
    rules: [
      {
        type: "required_status_checks",
        parameters: {
          strict_required_status_checks_policy: false,
          required_status_checks: [{ context: "Gate", integration_id: 15368 }],
        },
      },
    ],
  });
  await deliver();
  await expect(merge(1)).rejects.toThrow("Gate");
  const [request] = await requests();
  const gate = { name: "Gate", head_sha: request?.head.sha ?? "", status: "completed", conclusion: "success" } as const;
  await client(github, "github-actions").rest.checks.create({ ...at(), ...gate });
  await merge(1);
  expect(await deliver()).toBe("main has them all");
});
