// Values of an organisation's custom properties.
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { ensure, type Send } from "../../github/api-setting.ts";
import type { Json } from "../../github/compare.ts";
import { propertySettings } from "../../github/kinds/custom-property.ts";
import { passGate } from "../../github/plan/gate.ts";
import { askPresent, declaredGuards, presentGuards } from "../../github/plan/guards.ts";
import { withinPlan, type Account } from "../../github/plan/limits.ts";
import { askPlanned } from "../../github/plan/plan-repository.ts";
import { propertyProblems } from "../../github/plan/property-problems.ts";
import { askPeople } from "../../github/plan/within-account.ts";
import { readerOf } from "../../github/read/reader.ts";
import { githubSchema, repositorySchema } from "../../github/schema.ts";
import { takeCensus } from "../../github/take-census.ts";
import { GitHub } from "../emulators/github/github.ts";
import { client } from "../emulators/github/support.ts";
import { recordGitHub } from "../support/github-program.ts";

const where = { owner: "acme", repo: "api" };
const base = { visibility: "public", codeOwners: ["@maintainer"] };
const declared = (properties: object) => repositorySchema.parse({ ...base, properties });
const wanted = declared({ tier: "one", audited: true, regions: ["eu", "us"] });
const account: Account = { kind: "organization", plan: "team", visibility: "public", advancedSecurity: false };

let github: GitHub;
beforeAll(async () => {
  const properties = [
    { name: "tier", type: "single_select", values: ["one", "two"] },
    { name: "audited", type: "true_false" },
    { name: "regions", type: "multi_select", values: ["eu", "us", "asia"] },
    { name: "contact", type: "string" },
  ] as const;
  github = await GitHub.start({ accounts: [{ login: "acme", plan: "team", properties }] });
  await client(github, "admin").rest.repos.createInOrg({ org: "acme", name: "api", auto_init: true });
});
beforeEach(() => {
  values().clear();
});
afterAll(async () => {
  github.traffic.assertClean();
  await github.stop();
});

const values = () => github.repository("acme/api").properties;
const reader = (as = "admin") => {
  const settings = githubSchema.parse({ owner: "acme", repository: "api", baseUrl: `${github.url}/` });
  return readerOf(settings, github.tokenOf(as));
};
const within = (repository: typeof wanted) => withinPlan({ repository }, account);

async function set(repository: typeof wanted): Promise<readonly string[]> {
  const api = client(github, "admin");
  const send: Send = async (method, path, body) => {
    const answer = await api.request(`${method} ${path}`, body as Record<string, unknown> | undefined);
    return { status: answer.status, data: answer.data as Json };
  };
  const settings = propertySettings(`/repos/${where.owner}/${where.repo}`, repository);
  return Promise.all(settings.map((setting) => ensure(send, setting)));
}

async function drift(repository: typeof wanted, as?: string): Promise<readonly string[]> {
  const github = githubSchema.parse({ owner: "acme", repository: "api" });
  const { findings, hidden } = await takeCensus(
    reader(as),
    { ...within(repository), github, secrets: {}, teams: {} },
    [],
  );
  return [...findings.map(({ sentence }) => sentence), ...hidden].filter((said) => said.includes("custom property"));
}

test("are made as declared, once, and others stay", async () => {
  values().set("contact", "ann");
  expect(await set(wanted)).toEqual(["custom properties: set"]);
  expect(Object.fromEntries(values())).toEqual({ contact: "ann", tier: "one", audited: "true", regions: ["eu", "us"] });
  expect(await set(wanted)).toEqual(["custom properties: as wanted"]);
  expect(await drift(wanted)).toEqual([]);
});

test("a value that somebody changed is told and made so again", async () => {
  await set(wanted);
  values().set("tier", "two");
  values().set("regions", ["eu", "us", "asia"]);
  values().delete("audited");
  expect(await drift(wanted)).toEqual([
    "custom property tier: it is two, declared is: it is one",
    "custom property audited is declared and not there",
    "custom property regions: it is eu, us, asia, declared is: it is eu, us",
  ]);
  expect(await set(wanted)).toEqual(["custom properties: set"]);
  expect(await drift(wanted)).toEqual([]);
});

test("so is one more of several values", async () => {
  await set(wanted);
  values().set("regions", ["eu", "us", "asia"]);
  expect(await set(wanted)).toEqual(["custom properties: set"]);
  expect(values().get("regions")).toEqual(["eu", "us"]);
});

test("nobody is asked about them where none is declared", async () => {
  values().set("tier", "two");
  github.traffic.clear();
  expect(await drift(declared({}))).toEqual([]);
  expect(await propertyProblems(reader(), declared({}))).toEqual([]);
  expect(github.traffic.lines.filter((line) => line.includes("properties"))).toEqual([]);
  const resources = await recordGitHub();
  expect(resources.filter(({ name }) => name.includes("properties"))).toEqual([]);
});

test("the engine has a step for them", async () => {
  const resources = await recordGitHub({ repository: { properties: { tier: "one" } } });
  const step = resources.find(({ name }) => name === "repository-settings-properties");
  expect(String(step?.inputs.stdin)).toContain('"property_name":"tier"');
});

test("any other value is a weakening, because the organisation's rulesets go by them", async () => {
  const judged = async (last: typeof wanted | undefined, next: typeof wanted) => {
    const present = presentGuards(within(next), await askPresent(reader(), within(next), {}));
    const own = Object.fromEntries(
      Object.entries(declaredGuards(within(next))).filter(([name]) => name === "repository"),
    );
    const before = last ? declaredGuards(within(last)) : {};
    const { problems } = passGate({ declared: own, wanted: {} }, { last: before, present }, [], new Date());
    return problems.map(({ path, problem }) => `${path} ${problem}`).filter((said) => said.includes("property"));
  };
  expect(await judged(undefined, wanted)).toEqual([]);
  values().set("tier", "two");
  expect(await judged(undefined, wanted)).toEqual([
    "repository.property.tier is weakened (repository: custom property tier two → one), and GitHub has more",
  ]);
  // Somebody changed it by hand: an update mends it.
  expect(await judged(wanted, wanted)).toEqual([]);
  expect(await judged(wanted, declared({ audited: true, regions: ["us", "eu"] }))).toEqual([
    "repository.property.tier is weakened (repository: custom property tier one → not declared), and the last update declared more",
  ]);
});

test("what the organisation does not define is an error before the first write", async () => {
  const wrong = declared({ teir: "one", tier: "three", audited: "maybe", regions: "eu", contact: ["a"] });
  const problems = await propertyProblems(reader(), wrong);
  expect(problems.map(({ path, problem, allowed }) => `${path} ${problem}: ${allowed ?? ""}`)).toEqual([
    "slipway:repository.properties.teir is no custom property of the organisation: tier, audited, regions, contact",
    "slipway:repository.properties.tier is no value of that property: one, two",
    "slipway:repository.properties.audited is no value of that property: true, false",
    "slipway:repository.properties.regions is of the wrong type: a list",
    "slipway:repository.properties.contact is of the wrong type: one text",
  ]);
  expect(await propertyProblems(reader(), wanted)).toEqual([]);
  expect(await propertyProblems(reader("stranger"), wrong)).toEqual([]);
  const github = githubSchema.parse({ owner: "acme", repository: "api" });
  const sections = { github, repository: wrong, environments: [] };
  const at = reader();
  const people = await askPeople(at.octokit, "acme", [sections]);
  const { within: planned } = await askPlanned(at, sections, people, {}, { prefix: "", others: [] });
  expect(planned.refusals.filter(({ path }) => path.includes(".properties."))).toEqual(problems);
});

test("a user's repository has none", () => {
  const { limits, repository } = withinPlan({ repository: wanted }, { ...account, kind: "user" });
  expect(limits.map(({ path }) => path)).toContain("slipway:repository.properties");
  expect(repository?.properties).toEqual({});
});
