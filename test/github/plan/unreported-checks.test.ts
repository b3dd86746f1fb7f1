import { afterAll, beforeAll, expect, test } from "vitest";
import { branchRules } from "../../../github/kinds/branch-rules.ts";
import { branchRuleset } from "../../../github/kinds/ruleset.ts";
import { floorProblems } from "../../../github/plan/floor.ts";
import { declaredGuards } from "../../../github/plan/guards.ts";
import { withinPlan } from "../../../github/plan/limits.ts";
import {
  askUnreported,
  everyCheck,
  lastUnreported,
  unreportedWords,
  withoutRequired,
} from "../../../github/plan/unreported-checks.ts";
import { readerOf } from "../../../github/read/reader.ts";
import { githubSchema, repositorySchema } from "../../../github/schema.ts";
import { takeCensus } from "../../../github/take-census.ts";
import { GitHub } from "../../emulators/github/github.ts";
import { client } from "../../emulators/github/support.ts";

const where = { owner: "acme", repo: "api" };
const account = { kind: "organization", plan: "team", visibility: "public", advancedSecurity: false } as const;
const { repository } = withinPlan(
  { repository: repositorySchema.parse({ visibility: "public", codeOwners: ["@maintainer"] }) },
  account,
);
const waiting = { main: ["Gate"], develop: ["Gate"] };

let github: GitHub;
beforeAll(async () => {
  github = await GitHub.start({ accounts: [{ login: "acme", plan: "team" }] });
  const api = client(github, "admin");
  await api.rest.repos.createInOrg({ org: "acme", name: "api", auto_init: true, visibility: "public" });
  const { data } = await api.rest.git.getRef({ ...where, ref: "heads/main" });
  await api.rest.git.createRef({ ...where, ref: "refs/heads/feature/one", sha: data.object.sha });
  await api.rest.repos.createOrUpdateFileContents({
    ...where,
    branch: "feature/one",
    path: "one",
    message: "feat: one",
    content: "",
  });
  await api.rest.pulls.create({ ...where, head: "feature/one", base: "main", title: "feat: one" });
}, 60_000);
afterAll(async () => {
  github.traffic.assertClean();
  await github.stop();
});

const settings = (name = "api") => githubSchema.parse({ owner: "acme", repository: name, baseUrl: `${github.url}/` });
const reader = (name?: string, as = "admin") => readerOf(settings(name), github.tokenOf(as));
const ask = (name?: string, checks = everyCheck()) => askUnreported(reader(name), repository, checks);

async function report(app: string, ref: string): Promise<void> {
  const { data } = await client(github, "admin").rest.git.getRef({ ...where, ref: `heads/${ref}` });
  await client(github, app).rest.checks.create({
    ...where,
    name: "Gate",
    head_sha: data.object.sha,
    status: "completed",
    conclusion: "failure",
  });
}

test("a check that nothing has ever reported is not required yet, and that is said", async () => {
  expect(await ask()).toEqual(waiting);
  expect(unreportedWords(waiting)[0]).toMatch(/^main does not require Gate yet, because nothing has reported it\./);
});

test("what GitHub or the last update requires stays required", async () => {
  const guards = declaredGuards({ repository });
  expect(withoutRequired(everyCheck(), guards)).toEqual({});
  expect(withoutRequired(everyCheck(), { main: guards.main ?? {} })).toEqual({ develop: ["Gate"] });
  expect(await ask("api", {})).toEqual({});
});

test("a repository that is still to be made requires it from its first day", async () => {
  expect(await ask("new")).toEqual({});
});

test("the ruleset then has no rule about checks, and the floor asks for none", () => {
  const { rules } = branchRuleset(branchRules("main", repository?.branches.main ?? never(), ["Gate"]), {});
  expect(rules).not.toHaveProperty("requiredStatusChecks");
  const planned = declaredGuards({ repository: repository && { ...repository, unreported: waiting } });
  expect(floorProblems(planned, [], waiting)).toEqual([]);
  expect(floorProblems(planned, [], { main: ["Gate"] }).map(({ path }) => path)).toEqual([
    "develop.rules.required_status_checks",
    "develop.checks.Gate",
  ]);
});

test("drift says what waits, where the last update left it out, and nothing else of it", async () => {
  const declaration = { repository, environments: [], github: settings(), teams: {} };
  const told = await takeCensus(reader(), { ...declaration, unreported: lastUnreported('{"deployment":{}}') }, []);
  expect(told.waiting).toEqual(unreportedWords(waiting));
  expect((await takeCensus(reader(), declaration, [])).waiting).toEqual([]);
});

test("the state tells what the last update left out", () => {
  const state = (rules: object) =>
    JSON.stringify({ deployment: { resources: [{ urn: "", type: "pulumi:pulumi:Stack", outputs: { rules } }] } });
  expect(lastUnreported(state({ unreported: { main: ["Gate"] } }))).toEqual({ main: ["Gate"] });
  expect(lastUnreported(state({ guards: {} }))).toEqual({});
});

test("another app's report is none; one of GitHub Actions on a pull request is enough, whatever came of it", async () => {
  github.world.addApp({ slug: "other" });
  await report("other", "feature/one");
  expect(await ask()).toEqual(waiting);
  await report("github-actions", "feature/one");
  expect(await ask()).toEqual({});
});

function never(): never {
  throw new Error("no repository");
}
