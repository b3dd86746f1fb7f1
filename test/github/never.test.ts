// What no setting and no approval lets anybody do to main and develop, tried with real git.
import type { Octokit } from "@octokit/rest";
import { afterAll, beforeAll, expect, test } from "vitest";
import { declaredGuards } from "../../github/plan/guards.ts";
import { floorProblems } from "../../github/plan/floor.ts";
import { passGate } from "../../github/plan/gate.ts";
import { branchRules } from "../../github/kinds/branch-rules.ts";
import { permanentBranches } from "../../github/kinds/defaults.ts";
import { branchesStayRuleset, branchRuleset, rulesetJson, type Ruleset } from "../../github/kinds/ruleset.ts";
import { withinPlan } from "../../github/plan/limits.ts";
import { repositorySchema } from "../../github/schema.ts";
import { GitHub } from "../emulators/github/github.ts";
import { client, Clone, refused } from "../emulators/github/support.ts";

type CreateRuleset = Parameters<Octokit["rest"]["repos"]["createRepoRuleset"]>[0];
const where = { owner: "acme", repo: "api" };
const { branches } = repositorySchema.parse({
  visibility: "public",
  codeOwners: ["@acme/platform"],
  branches: { main: { bypass: ["role:admin"] }, develop: { bypass: ["role:admin"] } },
});

let github: GitHub;
let admin: Octokit;
let clone: Clone;

beforeAll(async () => {
  github = await GitHub.start();
  admin = client(github, "admin");
  await admin.rest.repos.createInOrg({ org: "acme", name: "api", auto_init: true, delete_branch_on_merge: true });
  const { data } = await admin.rest.git.getRef({ ...where, ref: "heads/main" });
  await admin.rest.git.createRef({ ...where, ref: "refs/heads/develop", sha: data.object.sha });
  const make = (ruleset: Ruleset) =>
    admin.rest.repos.createRepoRuleset({ ...where, ...(rulesetJson(ruleset) as object) } as CreateRuleset);
  for (const name of permanentBranches) await make(branchRuleset(branchRules(name, { branches }), {}));
  await make(branchesStayRuleset());
  clone = await Clone.of(github, "acme/api", "admin");
}, 60_000);
afterAll(async () => {
  github.traffic.assertClean();
  await clone.remove();
  await github.stop();
});

test.each(permanentBranches)(
  "an administrator with an approved bypass pushes to %s, but not by force",
  async (name) => {
    await clone.git("fetch", "--quiet");
    await clone.git("checkout", "--quiet", "-B", "work", `origin/${name}`);
    // Two commits of one second are one, unless they say different things.
    await clone.commit(`work on ${name}`);
    expect(await clone.push(`work:${name}`)).toBeUndefined();
    await clone.git("reset", "--quiet", "--hard", "HEAD~1");
    await clone.commit("another history");
    expect(await clone.push("--force", `work:${name}`)).toContain("Cannot force-push to this branch");
  },
);

test("evenfire#211: develop is deleted neither by hand nor by merging it", async () => {
  expect(await clone.push(":develop")).toContain("Cannot delete this branch");
  const { data } = await admin.rest.pulls.create({ ...where, title: "Release", head: "develop", base: "main" });
  await admin.rest.pulls.merge({ ...where, pull_number: data.number });
  expect(await github.repository("acme/api").git.commitOf("refs/heads/develop")).toBeDefined();
});

test("updating a pull request from main to develop needs what a push to main needs", async () => {
  const writer = client(github, "writer");
  const before = await github.repository("acme/api").git.commitOf("refs/heads/main");
  const { data } = await writer.rest.pulls.create({ ...where, title: "Back", head: "main", base: "develop" });
  const update = writer.rest.pulls.updateBranch({ ...where, pull_number: data.number });
  expect(await refused(update)).toMatchObject({ status: 422 });
  expect(await github.repository("acme/api").git.commitOf("refs/heads/main")).toBe(before);
});

const repository = (change: object) =>
  withinPlan(
    { repository: repositorySchema.parse({ visibility: "public", codeOwners: ["@acme/p"], ...change }) },
    { kind: "organization", plan: "enterprise", visibility: "public", advancedSecurity: true },
  );

test.each(["rulesets", "classic"])(
  "%s: the rules of staying have no bypass, whoever may bypass the others",
  (rules) => {
    const { branchStay } = declaredGuards(repository({ rules, branches: { main: { bypass: ["role:admin"] } } }));
    expect(branchStay).toEqual({
      enforcement: "active",
      scope: ["refs/heads/main", "refs/heads/develop"],
      "rules.deletion": true,
      "rules.non_fast_forward": true,
    });
  },
);

test("nobody can approve a weaker one", () => {
  const declared = declaredGuards(repository({}));
  const by = { by: "jane", reason: "for once", until: "2026-12-01" };
  const today = new Date("2026-11-24T12:00:00Z");
  for (const change of [{ "bypass.role:admin": "always" }, { "rules.deletion": false }, { enforcement: "evaluate" }]) {
    const weak = { ...declared, branchStay: { ...declared.branchStay, ...change } };
    const weakening = `branchStay.${Object.keys(change)[0] ?? ""}`;
    const approvals = [{ ...by, weakening }];
    const problems = [
      ...passGate({ declared: weak, wanted: weak }, { last: declared, present: declared }, approvals, today).problems,
      ...floorProblems(weak, approvals, {}, today),
    ];
    expect(problems.map(({ path, problem }) => `${path} ${problem}`)).toEqual([
      expect.stringMatching(`^${weakening} .*nobody can approve that$`),
      expect.stringMatching(`^${weakening} .*nobody can approve that$`),
    ]);
  }
});
