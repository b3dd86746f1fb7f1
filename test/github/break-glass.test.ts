// A hotfix that can't wait for approvals: who may merge it, and what is said of it until it is reviewed.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { passGate } from "../../github/plan/gate.ts";
import { askPresent, declaredGuards } from "../../github/plan/guards.ts";
import { withinPlan } from "../../github/plan/limits.ts";
import { readerOf } from "../../github/read/reader.ts";
import { githubSchema, repositorySchema } from "../../github/schema.ts";
import { takeCensus } from "../../github/take-census.ts";
import { GitHub } from "../emulators/github/github.ts";
import { client } from "../emulators/github/support.ts";
import { govern } from "../support/governed-repository.ts";
import { problemsOf } from "../support/settings-of.ts";

const at = { owner: "acme", repo: "api" };
const choice = { visibility: "private", codeOwners: ["@acme/platform"] };
const [open, closed] = [repositorySchema.parse({ ...choice, breakGlass: "on-call" }), repositorySchema.parse(choice)];
const declare = (repository = open) => ({
  ...withinPlan({ repository }, { kind: "organization", plan: "team", visibility: "private", advancedSecurity: false }),
  github: githubSchema.parse({ owner: "acme", repository: "api" }),
});

let github: GitHub;
let teams: Record<string, number>;
beforeAll(async () => {
  github = await GitHub.start({
    accounts: [{ login: "acme", plan: "team", teams: { platform: ["maintainer"], "on-call": ["writer"] } }],
  });
  const { rest } = client(github, "admin");
  const ids = (await rest.teams.list({ org: "acme" })).data.map(({ slug, id }) => [slug, id] as const);
  teams = Object.fromEntries(ids);
  await govern(github, "api", open, teams);
}, 60_000);
afterAll(async () => {
  github.traffic.assertClean();
  await github.stop();
});

const as = (name: string) => client(github, name).rest;
const reader = (name = "admin") =>
  readerOf({ owner: "acme", repository: "api", baseUrl: `${github.url}/` }, github.tokenOf(name));
async function told(name?: string, declared = declare()): Promise<string[]> {
  const { findings } = await takeCensus(reader(name), { ...declared, teams }, []);
  return findings.filter(({ kind }) => kind === "merge past the rules").map(({ sentence }) => sentence);
}
async function hotfix(branch: string, body: string): Promise<number> {
  const { git, repos, pulls } = as("writer");
  const { data } = await git.getRef({ ...at, ref: "heads/main" });
  await git.createRef({ ...at, ref: `refs/heads/${branch}`, sha: data.object.sha });
  const content = Buffer.from(branch).toString("base64");
  await repos.createOrUpdateFileContents({ ...at, path: `${branch}.md`, message: "fix: it", content, branch });
  return (await pulls.create({ ...at, head: branch, base: "main", title: "fix: it", body })).data.number;
}

let number = 0;

test("the team merges a pull request without approvals and checks; it pushes nothing to main, and nobody else may do either", async () => {
  number = await hotfix("hotfix/leak", "The site is down.");
  const merge = (name: string) => as(name).pulls.merge({ ...at, pull_number: number });
  await expect(merge("maintainer")).rejects.toThrow(/approving review/);
  const content = Buffer.from("x").toString("base64");
  const push = { ...at, path: "x.md", message: "fix: x", content, branch: "main" };
  await expect(as("writer").repos.createOrUpdateFileContents(push)).rejects.toThrow(/pull request/);
  expect(await told()).toEqual([]);
  expect((await merge("writer")).data.merged).toBe(true);
});

test("drift tells it until somebody else has approved it and its text gives the reason", async () => {
  const said = `pull request #${number} to main went past the rules by writer`;
  const noReason = "its text gives no reason in a line “Break glass: …”";
  expect(await told()).toEqual([`${said}: nobody else has approved it since, and ${noReason}`]);
  const body = "The site is down.\n\nBreak glass: keys leaked, incident 12\n";
  await as("writer").pulls.update({ ...at, pull_number: number, body });
  expect(await told()).toEqual([`${said} (keys leaked, incident 12): nobody else has approved it since`]);
  await as("maintainer").pulls.createReview({ ...at, pull_number: number, event: "APPROVE" });
  expect(await told()).toEqual([]);
});

test("what keeps to the rules is not told", async () => {
  const kept = await hotfix("hotfix/calm", "Break glass: not needed");
  github
    .repository("acme/api")
    .pulls.find((pull) => pull.number === kept)
    ?.reviews.splice(0);
  expect(await told()).toEqual([]);
});

test("who may not see the record is told that, and accuses nobody", async () => {
  await hotfix("hotfix/again", "").then((pull_number) => as("writer").pulls.merge({ ...at, pull_number }));
  expect(await told("reader")).toEqual([]);
  const { hidden } = await takeCensus(reader("reader"), { ...declare(), teams }, []);
  expect(hidden).toContain("every merge past the rules");
  expect(await told()).toHaveLength(1);
});

describe("the setting", () => {
  test("is a weakening by name, and asks GitHub for no record in a plan", async () => {
    const { problems } = passGate(
      { declared: declaredGuards(declare()), wanted: {} },
      { last: declaredGuards(declare(closed)), present: {} },
      [],
      new Date(),
    );
    expect(problems.map(({ path }) => path)).toEqual(["main.bypass.team:on-call"]);
    github.traffic.clear();
    await askPresent(reader(), declare(), teams);
    expect(github.traffic.lines.filter((line) => line.includes("rule-suites"))).toEqual([]);
  });

  test("does not reach deletion and force pushes, nor develop", () => {
    const guards = declaredGuards(declare());
    const passing = Object.entries(guards).filter(([, rules]) =>
      Object.keys(rules).some((rule) => rule.includes("on-call")),
    );
    expect(passing.map(([object]) => object)).toEqual(["main"]);
  });

  test("is refused with classic protection", () => {
    const repository = { ...choice, breakGlass: "on-call", rules: "classic" };
    expect(problemsOf({ github: { owner: "acme", repository: "api" }, repository }).join("\n")).toMatch(
      /slipway:repository.breakGlass: can't be kept by classic protection/,
    );
  });
});
