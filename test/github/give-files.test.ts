import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { askWaitingFiles, giveFiles } from "../../github/give-files.ts";
import { readerOf } from "../../github/read/reader.ts";
import { githubSchema } from "../../github/schema.ts";
import { GitHub } from "../emulators/github/github.ts";
import { client } from "../emulators/github/support.ts";

const files = { ".github/CODEOWNERS": "* @acme/platform\n", ".github/pull_request_template.md": "## What\n" };

const parameters = {
  required_approving_review_count: 1,
  dismiss_stale_reviews_on_push: false,
  require_code_owner_review: false,
  require_last_push_approval: false,
  required_review_thread_resolution: false,
};

let github: GitHub;
let name = "";
let count = 0;
beforeAll(async () => {
  github = await GitHub.start({ accounts: [{ login: "acme", plan: "team" }] });
});
afterAll(async () => {
  github.traffic.assertClean();
  await github.stop();
});
beforeEach(async () => {
  name = `api-${(count += 1)}`;
  await api().repos.createInOrg({ org: "acme", name, auto_init: true, visibility: "public" });
});

const api = () => client(github, "admin").rest;
const at = () => ({ owner: "acme", repo: name });
const give = () => giveFiles(client(github, "admin"), at(), files);
const waiting = () =>
  askWaitingFiles(
    readerOf(
      githubSchema.parse({ owner: "acme", repository: name, baseUrl: `${github.url}/` }),
      github.tokenOf("reader"),
    ),
  );
const put = (path: string, content = "mine") =>
  api().repos.createOrUpdateFileContents({
    ...at(),
    path,
    message: "x",
    content: Buffer.from(content).toString("base64"),
  });

async function paths(branch = "main"): Promise<string[]> {
  const { data } = await api().git.getTree({ ...at(), tree_sha: branch, recursive: "1" });
  return data.tree.filter(({ type }) => type === "blob").map(({ path }) => path);
}

/** Somebody's own rule, which administrators need not follow. */
const guard = (...bypass: object[]) =>
  api().repos.createRepoRuleset({
    ...at(),
    name: "mine",
    target: "branch",
    enforcement: "active",
    bypass_actors: bypass as { actor_id: number; actor_type: "RepositoryRole" }[],
    conditions: { ref_name: { include: ["~DEFAULT_BRANCH"], exclude: [] } },
    rules: [{ type: "required_linear_history" }],
  });

test("main that is free takes them at once, and a second time there is nothing to do", async () => {
  expect(await give()).toBe("files: 2 committed to main");
  expect(await paths()).toEqual(expect.arrayContaining(Object.keys(files)));
  expect(await give()).toBe("files: main has all of them");
});

test("main that is guarded gets a pull request, whoever may go past its rules", async () => {
  await guard({ actor_id: 5, actor_type: "RepositoryRole", bypass_mode: "always" });
  const said = await give();
  expect(said).toMatch(/^files: 2 wait for the merge of http.*\/pull\/1$/);
  expect(await paths()).toEqual(["README.md"]);
  expect(await paths("feature/slipway-files")).toEqual(expect.arrayContaining(Object.keys(files)));
  expect(said).toContain(await waiting());
});

test("one that was stopped half-way goes on where it was, and opens no second pull request", async () => {
  await guard();
  const { data } = await api().git.getRef({ ...at(), ref: "heads/main" });
  await api().git.createRef({ ...at(), ref: "refs/heads/feature/slipway-files", sha: data.object.sha });
  expect(await give()).toContain("/pull/1");
  expect(await give()).toContain("/pull/1");
  expect((await api().pulls.list(at())).data).toHaveLength(1);
});

test("a refusal that nobody foresaw, as by an organisation's rule that this token may not see, ends in one too", async () => {
  await guard();
  const octokit = client(github, "admin");
  octokit.hook.after("request", (answer, { url }) => {
    if (url.endsWith("/rules/branches/{branch}")) answer.data = [];
    if (url.endsWith("/branches/{branch}")) answer.data = { ...(answer.data as object), protected: false };
  });
  github.repository(`acme/${name}`).rulesets.forEach((each) => each.rules.push({ type: "pull_request", parameters }));
  expect(await giveFiles(octokit, at(), files)).toContain("wait for the merge of");
});

test("classic protection guards as well", async () => {
  await api().repos.updateBranchProtection({
    ...at(),
    branch: "main",
    required_status_checks: null,
    enforce_admins: true,
    required_pull_request_reviews: { required_approving_review_count: 1 },
    restrictions: null,
  });
  expect(await give()).toContain("wait for the merge of");
});

test("owners of code that stand elsewhere stay in force, and so does a template in other letters", async () => {
  await put("docs/CODEOWNERS");
  await put(".github/PULL_REQUEST_TEMPLATE.md");
  expect(await give()).toBe("files: main has all of them");
  expect(await waiting()).toBeUndefined();
});
