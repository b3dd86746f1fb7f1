import { afterAll, beforeAll, expect, test } from "vitest";
import { GitHub } from "../emulators/github/github.ts";
import { inDays } from "../support/in-days.ts";
import { githubStack, neededSecrets } from "../support/github-stack.ts";
import type { PulumiStack } from "../support/pulumi-stack.ts";

const sections = {
  rules: { visibility: "private", codeOwners: ["@acme/platform"] },
  environment: { name: "production", reviewers: { teams: ["platform"] }, waitMinutes: 5 },
};
const pack = ["--policy-pack", "policy"];
const approval = "github.approvedWeakenings[0]";
const writes = () => github.traffic.lines.filter((line) => !/^GET|graphql/.test(line));
const main = () => github.repository("acme/ape-2026").rulesets.find(({ name }) => name === "main branch");
/** The rule itself, to look at and to change behind the API's back. */
function reviews(): object {
  const rule = main()?.rules.find(({ type }) => type === "pull_request");
  return rule !== undefined && "parameters" in rule ? (rule.parameters ?? {}) : {};
}

let github: GitHub;
let stack: PulumiStack;

beforeAll(async () => {
  github = await GitHub.start({
    accounts: [{ login: "acme", plan: "enterprise", teams: { platform: ["maintainer"] } }],
  });
  stack = githubStack("e2e-weakening", { github, owner: "acme", ...sections });
  await stack.init();
  await stack.setSecrets(neededSecrets(sections));
  const { code, output } = await stack.up(...pack);
  expect(code, output).toBe(0);
});
afterAll(async () => {
  stack.remove();
  await github.stop();
});

test("a second preview under the policy pack changes nothing", async () => {
  const { code, output } = await stack.preview("--expect-no-changes", ...pack);
  expect(code, output).toBe(0);
  expect(output).toContain("slipway@v0.1.0");
});

test("a token below an administrator's sees less and accuses nobody", async () => {
  await stack.set({ "github.plan": "enterprise" });
  for (const name of ["maintainer", "writer", "reader"]) {
    stack.env.GITHUB_TOKEN = github.tokenOf(name);
    const { output } = await stack.preview();
    expect(output).not.toContain("is weakened");
  }
  stack.env.GITHUB_TOKEN = github.tokenOf("admin");
  await stack.unset("github.plan");
});

test("every weakening is told on one screen, in a preview and an update, before the first write", async () => {
  await stack.set({
    "repository.branches.main.reviews": "1",
    "repository.branches.develop.codeOwners": "false",
    "repository.branches.main.bypass[0]": "role:admin",
    "environment.reviewers.users[0]": "maintainer",
    "environment.waitMinutes": "0",
  });
  github.traffic.clear();
  for (const { code, output } of [await stack.preview(), await stack.up()]) {
    expect(code, output).not.toBe(0);
    for (const sentence of [
      "main.reviews: is weakened (main: required reviews 2 → 1)",
      "main.bypass.role:admin: is weakened (main: bypass for role:admin none → always)",
      "develop.codeOwners: is weakened (develop: approval by a code owner on → off)",
      "environments.production.reviewers: is weakened (environment production: who approves team:platform → user:maintainer, team:platform)",
      "environments.production.waitMinutes: is weakened (environment production: wait in minutes 5 → 0)",
      'slipway:github.approvedWeakenings: {weakening: main.reviews, to: 1, by: <login>, reason: <why>, until: "<date>"}',
    ]) {
      expect(output).toContain(sentence);
    }
    expect(output).not.toContain("    at ");
  }
  expect(writes()).toEqual([]);
});

test("weakened on GitHub first, it is still weaker than what the last update declared", async () => {
  const rules = reviews();
  Object.assign(rules, { require_last_push_approval: false });
  await stack.unset("repository.branches");
  await stack.unset("environment.reviewers.users");
  await stack.set({ "environment.waitMinutes": "5", "repository.branches.main.lastPushApproval": "false" });
  const { code, output } = await stack.preview();
  expect(code, output).not.toBe(0);
  expect(output).toContain("main.lastPushApproval: is weakened");
  expect(output).toContain("the last update declared more");
  Object.assign(rules, { require_last_push_approval: true });
  await stack.unset("repository.branches");
});

test("tightened on GitHub by hand, no update takes it back unasked", async () => {
  const rules = reviews();
  Object.assign(rules, { required_approving_review_count: 3 });
  const { code, output } = await stack.preview();
  expect(code, output).not.toBe(0);
  expect(output).toContain("main.reviews: is weakened (main: required reviews 3 → 2), and GitHub has more");
  Object.assign(rules, { required_approving_review_count: 2 });
});

test("approved by name it goes through, under the policy pack too, and stays in the outputs", async () => {
  await stack.set({
    "repository.branches.main.reviews": "1",
    [`${approval}.weakening`]: "main.reviews",
    [`${approval}.to`]: "1",
    [`${approval}.by`]: "maintainer",
    [`${approval}.reason`]: "two of us until May",
    [`${approval}.until`]: inDays(30),
  });
  const { code, output } = await stack.up(...pack);
  expect(code, output).toBe(0);
  expect(reviews()).toMatchObject({ required_approving_review_count: 1 });
  expect((await stack.outputs()).rules).toMatchObject({
    approvedWeakenings: [{ weakening: "main.reviews", by: "maintainer", sentence: "main: required reviews 2 → 1" }],
  });
});

test("an approval that has ended approves nothing, also of what GitHub has by now", async () => {
  await stack.set({ [`${approval}.until`]: "2020-01-31" });
  const { code, output } = await stack.preview();
  expect(code, output).not.toBe(0);
  expect(output).toContain("the guide asks for more; maintainer's approval ended on 2020-01-31");
});

test("sections that are taken away take no rule with them", async () => {
  for (const key of [
    "github",
    "repository",
    "environment",
    "repositorySecrets",
    "dependabotSecrets",
    "environmentSecrets",
  ]) {
    await stack.unset(key);
  }
  github.traffic.clear();
  const { code, output } = await stack.up();
  expect(code, output).not.toBe(0);
  expect(output).toMatch(
    /slipway:github: is missing, and the last update declared the rules of .*environments\.production/,
  );
  expect(writes()).toEqual([]);
});

test("all traffic was as GitHub describes it", () => {
  github.traffic.assertClean();
});
