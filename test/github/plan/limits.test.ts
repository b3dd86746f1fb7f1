import { describe, expect, test } from "vitest";
import { withinPlan, type Account, type Wanted } from "../../../github/plan/limits.ts";
import { environmentSchema, repositorySchema } from "../../../github/schema.ts";

const organization = (plan: Account["plan"], visibility: Account["visibility"] = "private"): Account => ({
  kind: "organization",
  plan,
  visibility,
  advancedSecurity: false,
});
const user = (plan: Account["plan"], visibility: Account["visibility"] = "private"): Account => ({
  ...organization(plan, visibility),
  kind: "user",
});

function wanted({ visibility }: Account, change: object = {}, environment: object = {}): Wanted {
  return {
    repository: repositorySchema.parse({ visibility, codeOwners: ["@acme/platform", "@ann"], ...change }),
    environments: [
      environmentSchema.parse({
        name: "production",
        reviewers: { users: ["ann"], teams: ["platform"] },
        waitMinutes: 5,
        ...environment,
      }),
    ],
    ownEnvironment: "production",
  };
}
const limitsOf = (account: Account, change?: object, environment?: object) =>
  withinPlan(wanted(account, change, environment), account).limits.map(({ path }) => path.replace("slipway:", ""));

describe("what the plan forbids is found before the first write", () => {
  test.each([
    [organization("free", "public"), []],
    [organization("team", "public"), []],
    [organization("enterprise", "public"), []],
    [organization("enterprise"), []],
    [organization("team"), ["environment.reviewers", "environment.waitMinutes"]],
    [organization("free"), ["repository.rules", "environment"]],
    [user("free", "public"), ["environment.reviewers.teams", "repository.codeOwners"]],
    [
      user("pro"),
      ["environment.reviewers", "environment.waitMinutes", "environment.reviewers.teams", "repository.codeOwners"],
    ],
    [user("free"), ["repository.rules", "environment", "environment.reviewers.teams", "repository.codeOwners"]],
  ])("%o: %j", (account, limits) => {
    expect(limitsOf(account)).toEqual(limits);
  });

  test("SoftEther-Web#37: no ruleset on a private repository of the Free plan", () => {
    const { repository, limits } = withinPlan(wanted(organization("free")), organization("free"));
    expect(repository?.isProtected).toBe(false);
    expect(limits[0]).toEqual({
      path: "slipway:repository.rules",
      reason: "private repositories have neither rulesets nor branch protection on the Free plan",
      fallBack: "no rule for branches and tags; CI and the deploy jobs are all that stands",
    });
  });

  test("opencraft1#22: classic protection is no way around it", () => {
    expect(limitsOf(organization("free"), { rules: "classic" })).toContain("repository.rules");
  });

  test("terraform-provider-github#1262: reviewers on a private repository are Enterprise's", () => {
    const { environments } = withinPlan(wanted(organization("team")), organization("team"));
    expect(environments[0]?.reviewers).toEqual({ users: [], teams: [] });
  });

  test("terraform-provider-github#1311: so are wait timers", () => {
    expect(withinPlan(wanted(organization("team")), organization("team")).environments[0]?.waitMinutes).toBe(0);
  });

  test("SSW.Rules.Content#13081: Team is not enough, whatever people say", () => {
    expect(limitsOf(organization("team"))).toContain("environment.reviewers");
    expect(limitsOf(organization("enterprise"))).not.toContain("environment.reviewers");
  });

  test("backstage#28977: without reviewers and timers Team has environments, secrets and policies", () => {
    expect(limitsOf(organization("team"), {}, { name: "staging", reviewers: {}, waitMinutes: 0 })).toEqual([]);
  });

  test("apps that decide on private deployments are Enterprise's", () => {
    expect(limitsOf(organization("team"), {}, { protectionApps: [7] })).toContain("environment.protectionApps");
  });

  test("an environment that would be ignored is not declared, and its secrets go nowhere wider", () => {
    expect(withinPlan(wanted(organization("free")), organization("free")).environments).toEqual([]);
  });

  test("a governance stack is told the names of its own settings, each environment's", () => {
    const named = (name: string, waitMinutes = 0) =>
      environmentSchema.parse({ name, reviewers: { users: ["ann"] }, waitMinutes });
    const environments = [named("production-approval"), named("production", 5)];
    expect(withinPlan({ environments }, organization("team")).limits.map(({ path }) => path)).toEqual([
      "slipway:environments.production-approval.reviewers",
      "slipway:environments.production.reviewers",
      "slipway:environments.production.waitMinutes",
    ]);
  });

  test("a user's repositories know one role, and nobody gets more than was meant", () => {
    const collaborators = { bob: "write", cy: "read", di: "admin" };
    expect(limitsOf(user("pro"), { collaborators })).toContain("repository.collaborators");
    const { repository } = withinPlan(wanted(user("pro"), { collaborators }), user("pro"));
    expect(repository?.collaborators).toEqual({ bob: "write" });
    expect(limitsOf(user("pro"), { collaborators: { bob: "write" } })).not.toContain("repository.collaborators");
    expect(limitsOf(organization("team"), { collaborators })).not.toContain("repository.collaborators");
  });

  test("internal repositories are Enterprise organisations'", () => {
    const account = organization("team", "internal");
    expect(limitsOf(account)).toContain("repository.visibility");
    expect(withinPlan(wanted(account), account).repository?.visibility).toBe("private");
    expect(limitsOf(organization("enterprise", "internal"))).toEqual([]);
  });

  test("a user's repositories have no teams to bypass or to make tags", () => {
    const change = { tagCreators: ["team:ops", "role:admin"], branches: { main: { bypass: ["organization-admin"] } } };
    const { limits, repository } = withinPlan(wanted(user("pro"), change), user("pro"));
    expect(limits.map(({ path }) => path)).toEqual(
      expect.arrayContaining(["slipway:repository.tagCreators", "slipway:repository.branches"]),
    );
    expect(repository?.tagCreators).toEqual(["role:admin"]);
    expect(repository?.branches.main.bypass).toEqual([]);
    expect(repository?.codeOwners).toEqual(["@ann"]);
  });

  test.each(["secretScanning", "codeScanning", "vulnerabilityReports"])(
    "%s asked for where it is not to be had",
    (feature) => {
      expect(limitsOf(organization("team"), { [feature]: true })).toContain(`repository.${feature}`);
    },
  );

  test("autolinks of a private repository are not for the Free plan", () => {
    const autolinks = { "T-": { url: "https://x/<num>" } };
    expect(limitsOf(organization("free"), { autolinks })).toContain("repository.autolinks");
    expect(withinPlan(wanted(organization("free"), { autolinks }), organization("free")).repository?.autolinks).toEqual(
      {},
    );
    for (const account of [organization("free", "public"), organization("team"), user("pro")])
      expect(limitsOf(account, { autolinks })).not.toContain("repository.autolinks");
  });

  test("what forks may run is another setting in a private repository than in a public one", () => {
    const [outside, inside] = [{ forkApproval: "all_external_contributors" }, { privateForks: {} }];
    const [open, closed] = [organization("team", "public"), organization("team")];
    expect(limitsOf(closed, outside)).toContain("repository.forkApproval");
    expect(limitsOf(open, inside)).toContain("repository.privateForks");
    expect([...limitsOf(open, outside), ...limitsOf(closed, inside)].filter((path) => path.includes("ork"))).toEqual(
      [],
    );
  });

  test.each([
    ["organization", organization("team", "public"), false],
    ["none", organization("team", "public"), false],
    ["none", organization("team"), true],
    ["organization", organization("team"), true],
    ["organization", user("pro"), false],
    ["user", user("pro"), true],
    ["user", organization("team"), false],
    ["enterprise", organization("team"), false],
    ["enterprise", organization("enterprise", "internal"), true],
  ])("use of workflows by the same %s: %o %j", (workflowAccess, account, isHad) => {
    const path = "repository.workflowAccess";
    expect(limitsOf(account, { workflowAccess }).includes(path)).toBe(!isHad);
    expect(withinPlan(wanted(account, { workflowAccess }), account).repository?.workflowAccess).toBe(
      isHad ? workflowAccess : undefined,
    );
  });

  test("auto-merge that GitHub would take and leave off", () => {
    expect(limitsOf(organization("free"), { autoMerge: true })).toContain("repository.autoMerge");
  });
});

describe("what is not set is on where the account has it", () => {
  test.each([
    [organization("free", "public"), true, true],
    [organization("enterprise"), false, false],
    [{ ...organization("enterprise"), advancedSecurity: true }, true, false],
  ])("%o", (account, scanning, reports) => {
    const { repository } = withinPlan(wanted(account), account);
    expect(repository).toMatchObject({
      secretScanning: scanning,
      codeScanning: scanning,
      vulnerabilityReports: reports,
    });
  });
});
