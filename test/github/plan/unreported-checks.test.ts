import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { branchRules } from "../../../github/kinds/branch-rules.ts";
import { branchRuleset } from "../../../github/kinds/ruleset.ts";
import { floorProblems } from "../../../github/plan/floor.ts";
import { declaredGuards } from "../../../github/plan/guards.ts";
import { withinPlan } from "../../../github/plan/limits.ts";
import {
  askUnreported,
  everyCheck,
  keptChecks,
  lastWaiting,
  unreportedWords,
  withoutRequired,
} from "../../../github/plan/unreported-checks.ts";
import { readerOf } from "../../../github/read/reader.ts";
import { census } from "../../../github/census.ts";
import { noRules } from "../../../github/plan/last-rules.ts";
import { askPlanned, planRepository } from "../../../github/plan/plan-repository.ts";
import { askPeople } from "../../../github/plan/within-account.ts";
import { environmentSchema, githubSchema, repositorySchema } from "../../../github/schema.ts";
import { allSections, type Sections } from "../../../github/sections.ts";
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
const gate = everyCheck({});

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
const ask = (name?: string, checks = gate) => askUnreported(reader(name), repository, checks);

async function headOf(ref: string): Promise<string> {
  const { data } = await client(github, "admin").rest.git.getRef({ ...where, ref: `heads/${ref}` });
  return data.object.sha;
}

async function report(app: string, ref: string, name = "Gate"): Promise<void> {
  await client(github, app).rest.checks.create({
    ...where,
    name,
    head_sha: await headOf(ref),
    status: "completed",
    conclusion: "failure",
  });
}

test("a check that nothing has ever reported is not required yet, and that is said", async () => {
  expect(await ask()).toEqual(waiting);
  expect(unreportedWords({ unreported: waiting, kept: {} })[0]).toMatch(
    /^main does not require Gate yet, because nothing has reported it\./,
  );
});

test("what GitHub or the last update requires stays required", async () => {
  const guards = declaredGuards({ repository });
  expect(withoutRequired(gate, {}, guards)).toEqual({});
  expect(withoutRequired(gate, {}, { main: guards.main ?? {} })).toEqual({ develop: ["Gate"] });
  // Of another reporter it is another check: pinned to an app that never reports, it would hold everybody up.
  expect(withoutRequired(gate, {}, { main: { "checks.Gate": "any app" } })).toEqual(waiting);
  expect(await ask("api", {})).toEqual({});
});

test("a repository that is still to be made requires it from its first day", async () => {
  expect(await ask("new")).toEqual({});
});

test("the ruleset then has no rule about checks, and the floor asks for none", () => {
  const { rules } = branchRuleset(branchRules("main", { ...(repository ?? never()), unreported: waiting }), {});
  expect(rules).not.toHaveProperty("requiredStatusChecks");
  const planned = declaredGuards({ repository: repository && { ...repository, unreported: waiting } });
  expect(floorProblems(planned, [], { unreported: waiting })).toEqual([]);
  expect(floorProblems(planned, [], { unreported: { main: ["Gate"] } }).map(({ path }) => path)).toEqual([
    "develop.rules.required_status_checks",
    "develop.checks.Gate",
  ]);
});

test("drift says what waits, where the last update left it out, and nothing else of it", async () => {
  const declaration = { repository, environments: [], github: settings(), teams: {} };
  const told = await takeCensus(reader(), { ...declaration, waiting: lastWaiting('{"deployment":{}}') }, []);
  expect(told.waiting).toEqual(unreportedWords({ unreported: waiting, kept: {} }));
  expect((await takeCensus(reader(), declaration, [])).waiting).toEqual([]);
});

describe("secrets that Slipway's workflows read", () => {
  const sections = (): Sections[] =>
    allSections({
      github: settings(),
      repository: undefined,
      environment: undefined,
      environments: [],
      repositoryDefaults: {},
      repositories: {
        api: {
          ...repositorySchema.parse({ visibility: "public", codeOwners: ["@maintainer"] }),
          environments: [environmentSchema.parse({ name: "staging", secretsUsedElsewhere: ["NPM_TOKEN"] })],
        },
      },
      ...{ webhookSecrets: {}, repositorySecrets: {}, dependabotSecrets: {}, environmentSecrets: {} },
    }).filter(({ listed }) => listed === "api");

  /** What an update says of them, and what drift misses. */
  async function asked() {
    const [one = never()] = sections();
    const [at, among] = [reader(), { prefix: "api/", others: [] }];
    const people = await askPeople(at.octokit, "acme", [one]);
    const planned = await askPlanned(at, one, people, {}, among);
    const { notes } = planRepository(one, planned, noRules, among, new Date());
    const waits = lastWaiting('{"deployment":{}}');
    const { findings } = await census({
      ...{ sections: one, token: github.tokenOf("admin"), environmentsElsewhere: [], waiting: waits },
    });
    return {
      says: notes.filter((note) => note.startsWith("Workflows read")).join(),
      misses: findings.flatMap(({ kind, object, is }) => (kind === "secret" && is === "missing" ? [object] : [])),
    };
  }

  test("are not expected where none of them has ever run: the repository has other workflows", async () => {
    const { says, misses } = await asked();
    expect(says).toContain("NPM_TOKEN of environment staging");
    expect(says).not.toContain("SSH_PRIVATE_KEY");
    expect(misses.filter((object) => object.includes("SSH_PRIVATE_KEY"))).toEqual([]);
  });

  test("are expected from the first run of the gate on", async () => {
    await report("github-actions", "feature/one");
    const { says } = await asked();
    github.repository("acme/api").checks.length = 0;
    expect(says).toContain("SSH_PRIVATE_KEY of environment staging");
  });
});

test("the state tells what the last update left out", () => {
  const state = (rules: object) =>
    JSON.stringify({ deployment: { resources: [{ urn: "", type: "pulumi:pulumi:Stack", outputs: { rules } }] } });
  const left = { unreported: { main: ["Gate"] }, kept: { main: [{ context: "old", app: 9 }] } };
  expect(lastWaiting(state(left))).toEqual(left);
  expect(lastWaiting(state({ unreported: left.unreported }))).toEqual({ ...left, kept: {} });
  expect(lastWaiting(state({ guards: {} }))).toEqual({ unreported: {}, kept: {} });
});

test("another app's report is none; one of GitHub Actions on a pull request is enough, whatever came of it", async () => {
  github.world.addApp({ slug: "other" });
  await report("other", "feature/one");
  expect(await ask()).toEqual(waiting);
  await report("github-actions", "feature/one");
  expect(await ask()).toEqual({});
});

test("a check of one's own waits for its own app, which may report it as a check run or as a status", async () => {
  const circle = github.world.addApp({ slug: "circle" });
  const own = repositorySchema.parse({
    visibility: "public",
    codeOwners: ["@maintainer"],
    requiredChecks: [{ name: "test" }, { name: "ci/circle: build", app: circle.id }],
  });
  const { repository: named } = withinPlan({ repository: own }, account);
  const left = async () => (await askUnreported(reader(), named, everyCheck(own))).main;
  const status = async (by: string) =>
    client(github, by).rest.repos.createCommitStatus({
      ...where,
      sha: await headOf("feature/one"),
      context: "ci/circle: build",
      state: "success",
    });
  expect(await left()).toEqual(["test", "ci/circle: build"]);
  await report("github-actions", "main", "test");
  await status("writer");
  await status("other");
  expect(await left()).toEqual(["ci/circle: build"]);
  await status("circle");
  expect(await left()).toBeUndefined();
});

describe("older checks stand in for one that waits", () => {
  const guards = { main: { "checks.old": "any app", "checks.own": "app 9", reviews: 2 }, develop: {} };

  test("as they were, on the branch that required them", () => {
    expect(keptChecks(waiting, {}, [guards])).toEqual({ main: [{ context: "old" }, { context: "own", app: 9 }] });
    expect(unreportedWords({ unreported: waiting, kept: keptChecks(waiting, {}, [guards]) })[0]).toMatch(
      /has requires it\. Until then it requires old, own, as before$/,
    );
  });

  test("until it has reported, or somebody answers for it that they go", () => {
    expect(keptChecks({}, {}, [guards])).toEqual({});
    expect(keptChecks(waiting, {}, [guards], ["main.checks.old"])).toEqual({ main: [{ context: "own", app: 9 }] });
  });

  test("the same check of any app among them, where its own app has not reported it", () => {
    const any = { main: { "checks.Gate": "any app" } };
    expect(keptChecks(waiting, {}, [any])).toEqual({ main: [{ context: "Gate" }] });
    const two = {
      requiredChecks: [
        { name: "Gate", app: 15_368 },
        { name: "test", app: 15_368 },
      ],
    };
    expect(keptChecks({ main: ["test"] }, two, [any])).toEqual({});
  });

  test("drift says so", async () => {
    const declaration = { repository, environments: [], github: settings(), teams: {} };
    const waits = { unreported: waiting, kept: { main: [{ context: "old", app: 9 }] } };
    github.repository("acme/api").checks.length = 0;
    const told = await takeCensus(reader(), { ...declaration, waiting: waits }, []);
    expect(told.waiting).toEqual(unreportedWords(waits));
  });
});

function never(): never {
  throw new Error("no repository");
}
