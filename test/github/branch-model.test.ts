// Trunk-based development: main is all that stays.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { declaredThings } from "../../github/kinds/index.ts";
import { floor, floorFacts, missingRules } from "../../github/plan/floor.ts";
import { passGate } from "../../github/plan/gate.ts";
import { withinPlan } from "../../github/plan/limits.ts";
import { everyCheck } from "../../github/plan/unreported-checks.ts";
import { readerOf } from "../../github/read/reader.ts";
import { environmentSchema, githubSchema, repositorySchema } from "../../github/schema.ts";
import { githubProblems } from "../../github/settings-problems.ts";
import { takeCensus } from "../../github/take-census.ts";
import { accountSeenBy } from "../../policy/account.ts";
import { GitHub } from "../emulators/github/github.ts";
import { client, refused } from "../emulators/github/support.ts";
import { govern } from "../support/governed-repository.ts";
import { recordGitHub } from "../support/github-program.ts";
import { declare } from "./plan/mutants.ts";

const base = { visibility: "private", codeOwners: ["@acme/platform"] };
const trunk = repositorySchema.parse({ ...base, branchModel: "trunk" });
const where = { owner: "acme", repo: "api" };

describe("a repository without develop", () => {
  let github: GitHub;
  beforeAll(async () => {
    github = await GitHub.start({
      accounts: [{ login: "acme", plan: "enterprise", teams: { platform: ["maintainer"] } }],
    });
    await govern(github, "api", trunk);
  }, 60_000);
  afterAll(async () => {
    github.traffic.assertClean();
    await github.stop();
  });

  test("is as declared: no drift asks for it, and nobody makes it", async () => {
    const { rest } = client(github, "writer");
    const { data } = await rest.git.getRef({ ...where, ref: "heads/main" });
    const made = rest.git.createRef({ ...where, ref: "refs/heads/develop", sha: data.object.sha });
    expect(await refused(made)).toMatchObject({ status: 422 });
    expect(await about("develop")).toEqual([]);
  });

  test("one that is there all the same is told", async () => {
    const { git } = github.repository("acme/api");
    await git.run(["branch", "develop", "main"]);
    expect(await about("develop")).toEqual(["branch develop has a name outside GitFlow"]);
    await git.run(["branch", "-D", "develop"]);
  });

  async function about(word: string) {
    const settings = githubSchema.parse({ owner: "acme", repository: "api", baseUrl: `${github.url}/` });
    const within = withinPlan(
      { repository: trunk },
      { kind: "organization", plan: "enterprise", visibility: "private", advancedSecurity: false },
    );
    const declared = { ...within, github: settings, secrets: {}, teams: {} };
    const { findings } = await takeCensus(readerOf(settings, github.tokenOf("admin")), declared, []);
    return findings.map(({ sentence }) => sentence).filter((sentence) => sentence.includes(word));
  }
});

test.each(["rulesets", "classic"])("%s: declares main only, in full", (rules) => {
  const names = (more: object) =>
    declaredThings({
      ...withinPlan(
        { repository: repositorySchema.parse({ ...base, rules, ...more }) },
        { kind: "organization", plan: "enterprise", visibility: "private", advancedSecurity: false },
      ),
    }).map(({ kind, name, fields }) => `${kind} ${name} ${JSON.stringify(fields)}`);
  const [usual, mainOnly] = [names({}), names({ branchModel: "trunk" })];
  expect(mainOnly.join("\n")).not.toContain("develop");
  expect(mainOnly).toHaveLength(usual.length - 2);
});

test("the engine makes no develop, and environments wait for the files instead", async () => {
  const resources = await recordGitHub({ repository: { branchModel: "trunk" } });
  expect(resources.filter(({ name }) => name.includes("develop"))).toEqual([]);
  const environment = resources.find(({ type }) => type.endsWith(":RepositoryEnvironment"));
  expect(environment?.dependsOn.some((urn) => urn.endsWith("repository-files-given"))).toBe(true);
});

describe("the gate", () => {
  const [usual, mainOnly] = [{}, { branchModel: "trunk" }].map((more) => declare({ repository: more }));
  const judged = (last: typeof usual = {}, declared: typeof usual = {}) =>
    passGate({ declared, wanted: declared, ...floorFacts(trunk) }, { last, present: {} }, [], new Date()).problems;

  test("asks nothing of a branch that is not there", () => {
    expect(judged(mainOnly, mainOnly)).toEqual([]);
    expect(Object.keys(floor(undefined, ["main"]))).not.toContain("develop");
    expect(missingRules([mainOnly ?? {}], ["main"])).toEqual([]);
    expect(missingRules([mainOnly ?? {}])).toEqual(["develop"]);
    expect(everyCheck(trunk)).toEqual({ main: ["Gate"] });
  });

  test("asks for a name where develop had rules and shall have none", () => {
    expect(judged(usual, mainOnly).map(({ path }) => path)).toEqual(["develop", "branchStay.scope"]);
  });

  test("knows each repository's own branches, whatever the stack's own has", () => {
    const account = { approvals: [], approvedWeakenings: [], planLimits: "stop", unreported: {}, branches: ["main"] };
    const seen = (urn: string) =>
      accountSeenBy({
        type: "slipway:github:Account",
        props: { ...account, listed: { api: { approvals: [] } } },
        urn,
      }).branches;
    expect(seen("a::b::c::repository")).toEqual(["main"]);
    expect(seen("a::b::c::api/repository")).toBeUndefined();
  });
});

test("what means nothing without develop is told", () => {
  const problems = (repository: object, environment: object = {}) =>
    githubProblems({
      github: githubSchema.parse({ owner: "acme", repository: "api" }),
      repository: repositorySchema.parse({ ...base, ...repository }),
      environment: undefined,
      environments: [environmentSchema.parse({ name: "staging", ...environment })],
      ...{ repositoryDefaults: {}, repositories: {} },
      ...{ webhookSecrets: {}, repositorySecrets: {}, dependabotSecrets: {}, environmentSecrets: {} },
    }).map(({ path }) => path);
  const develop = { branches: { develop: { reviews: 2 } } };
  expect(problems({ branchModel: "trunk" })).toEqual([]);
  expect(problems({ ...develop }, { branches: ["develop"] })).toEqual([]);
  expect(problems({ branchModel: "trunk", ...develop }, { branches: ["main", "develop"] })).toEqual([
    "slipway:repository.branches.develop",
    "slipway:environments.staging.branches",
  ]);
});
