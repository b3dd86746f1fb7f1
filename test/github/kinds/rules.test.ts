import { describe, expect, test } from "vitest";
import { actorPattern, bypassActors } from "../../../github/kinds/actors.ts";
import { defaultBranchNames } from "../../../github/kinds/defaults.ts";
import { branchRules, type BranchChoice } from "../../../github/kinds/branch-rules.ts";
import { classicProtection, protectionSettings } from "../../../github/kinds/protection.ts";
import { branchNamesRuleset, branchRuleset, rulesetJson, tagRulesets } from "../../../github/kinds/ruleset.ts";
import { rulesetFields } from "../../../github/kinds/ruleset-fields.ts";
import { repositorySchema } from "../../../github/schema.ts";
import { actionsApp } from "../../../workflows/ci.ts";

const { branches } = repositorySchema.parse({ visibility: "public", codeOwners: ["@acme/platform"] });
const main = branchRules("main", { branches });
const changed = (change: Partial<BranchChoice>) =>
  branchRules("main", { branches: { ...branches, main: { ...branches.main, ...change } } });

test.each(["always", "exempt", "unheard-of"])("an actor who is named twice may do the most of it: %s", (mode) => {
  const twice = [mode, "pull_request"].map((bypass_mode) => {
    return { actor_id: 5, actor_type: "RepositoryRole", bypass_mode };
  });
  for (const bypass_actors of [twice, twice.toReversed()]) {
    const { bypass } = rulesetFields({ name: "main branch", enforcement: "active", bypass_actors });
    expect(bypass).toEqual({ "role:admin": mode });
  }
});

describe("branches by default", () => {
  test("main needs two approvals and develop one, as the guide says", () => {
    expect([branches.main.reviews, branches.develop.reviews]).toEqual([2, 1]);
  });

  test("a ruleset says every rule of the model", () => {
    expect(branchRuleset(main, {})).toMatchObject({
      name: "main branch",
      enforcement: "active",
      bypassActors: [],
      conditions: { refName: { includes: ["refs/heads/main"], excludes: [] } },
      rules: {
        deletion: true,
        nonFastForward: true,
        pullRequest: {
          requiredApprovingReviewCount: 2,
          dismissStaleReviewsOnPush: true,
          requireCodeOwnerReview: true,
          requireLastPushApproval: true,
          requiredReviewThreadResolution: true,
        },
        requiredStatusChecks: { strictRequiredStatusChecksPolicy: true },
      },
    });
  });

  test("every check is pinned to GitHub Actions, so nobody else can report it", () => {
    const { requiredChecks = [] } = branchRuleset(main, {}).rules.requiredStatusChecks ?? {};
    expect(requiredChecks.map(({ context }) => context)).toEqual(["Gate"]);
    expect(requiredChecks.every(({ integrationId }) => integrationId === actionsApp)).toBe(true);
  });

  test("signed commits are an option", () => {
    expect(branchRuleset(main, {}).rules).not.toHaveProperty("requiredSignatures");
    expect(branchRuleset(changed({ signedCommits: true }), {}).rules.requiredSignatures).toBe(true);
  });

  test("a repository with workflows of its own names its checks, and the gate is none of them", () => {
    const own = (...requiredChecks: object[]) =>
      repositorySchema.safeParse({ visibility: "public", codeOwners: ["@a"], requiredChecks });
    const named = own({ name: "build" }, { name: "ci/circleci", app: 18_001 }).data;
    expect(named && branchRules("main", named).checks).toEqual([
      { context: "build", app: actionsApp },
      { context: "ci/circleci", app: 18_001 },
    ]);
    expect(own().success).toBe(false);
    expect(own({ name: "build" }, { name: "build", app: 18_001 }).success).toBe(false);
  });

  test("an older check that stands in for one that waits is required as it was", () => {
    const waiting = {
      unreported: { main: ["Gate"] },
      kept: { main: [{ context: "old" }, { context: "own", app: 9 }] },
    };
    const rules = branchRules("main", { branches, ...waiting });
    expect(branchRuleset(rules, {}).rules.requiredStatusChecks?.requiredChecks).toEqual([
      { context: "old" },
      { context: "own", integrationId: 9 },
    ]);
    const [{ wanted, write } = never()] = protectionSettings("", rules);
    const checks = (any: number | null) => ({ required_status_checks: { checks: [{ app_id: any }, { app_id: 9 }] } });
    expect(wanted).toMatchObject(checks(null));
    expect(write?.body).toMatchObject(checks(-1));
  });

  test.each<[string, Partial<BranchChoice>, unknown, unknown]>([
    [
      "reviews",
      { reviews: 4 },
      { pullRequest: { requiredApprovingReviewCount: 4 } },
      { requiredPullRequestReviews: [{ requiredApprovingReviewCount: 4 }] },
    ],
    [
      "stale reviews",
      { dismissStaleReviews: false },
      { pullRequest: { dismissStaleReviewsOnPush: false } },
      { requiredPullRequestReviews: [{ dismissStaleReviews: false }] },
    ],
    [
      "last push",
      { lastPushApproval: false },
      { pullRequest: { requireLastPushApproval: false } },
      { requiredPullRequestReviews: [{ requireLastPushApproval: false }] },
    ],
    [
      "code owners",
      { codeOwners: false },
      { pullRequest: { requireCodeOwnerReview: false } },
      { requiredPullRequestReviews: [{ requireCodeOwnerReviews: false }] },
    ],
    [
      "threads",
      { resolvedThreads: false },
      { pullRequest: { requiredReviewThreadResolution: false } },
      { requireConversationResolution: false },
    ],
    [
      "up to date",
      { upToDate: false },
      { requiredStatusChecks: { strictRequiredStatusChecksPolicy: false } },
      { requiredStatusChecks: [{ strict: false }] },
    ],
    ["signatures", { signedCommits: true }, { requiredSignatures: true }, { requireSignedCommits: true }],
  ])("ruleset and classic protection follow the same choice: %s", (_, choice, ruleset, classic) => {
    expect(branchRuleset(changed(choice), {}).rules).toMatchObject(ruleset as object);
    expect(classicProtection(changed(choice))).toMatchObject(classic as object);
  });

  test("classic protection requires the same checks, and never lets history go", () => {
    const classic = classicProtection(main);
    expect(classic.requiredStatusChecks[0]?.contexts).toEqual(main.checks.map(({ context }) => context));
    expect(classic).toMatchObject({ allowsForcePushes: false, allowsDeletions: false, enforceAdmins: true });
  });

  test("an actor that bypasses means that administrators are not included", () => {
    expect(classicProtection(changed({ bypass: ["role:admin"] })).enforceAdmins).toBe(false);
  });
});

describe("who may bypass", () => {
  test("terraform-provider-github#2873: nobody is an empty list, never null", () => {
    expect(branchRuleset(main, {}).bypassActors).toEqual([]);
    expect(branchNamesRuleset(defaultBranchNames).bypassActors).toEqual([]);
    expect(rulesetJson(branchRuleset(main, {}))).toMatchObject({ bypass_actors: [] });
  });

  test("terraform-provider-github#2236: an app can", () => {
    expect(bypassActors(["app:42"], {})).toEqual([{ actorId: 42, actorType: "Integration", bypassMode: "always" }]);
  });

  test("HAMi-WebUI#138: GitHub Actions itself can't", () => {
    expect(actorPattern.test(`app:${actionsApp}`)).toBe(false);
    expect(actorPattern.test("app:153680")).toBe(true);
  });

  test("terraform-provider-github#2747: a deploy key can't, because anybody who holds it could", () => {
    expect(actorPattern.test("deploy-key")).toBe(false);
  });

  test("roles, teams and the organisation's administrators have GitHub's numbers", () => {
    const actors = bypassActors(["role:maintain", "role:write", "role:admin", "team:ops", "organization-admin"], {
      ops: 77,
    });
    expect(actors.map(({ actorId, actorType }) => `${actorType} ${actorId}`)).toEqual([
      "RepositoryRole 2",
      "RepositoryRole 4",
      "RepositoryRole 5",
      "Team 77",
      "OrganizationAdmin 1",
    ]);
  });
});

describe("release tags", () => {
  const [made, stay] = tagRulesets(["app:42"], {});

  test("CUDly#1896: nobody but the named creators makes one", () => {
    expect(made).toMatchObject({
      target: "tag",
      conditions: { refName: { includes: ["refs/tags/v*.*.*"] } },
      rules: { creation: true },
      bypassActors: [{ actorId: 42 }],
    });
  });

  test("stella#938: who can push is not among the creators", () => {
    const settings = repositorySchema.parse({ visibility: "public", codeOwners: ["@acme/platform"] });
    expect(settings.tagCreators).toEqual(["role:admin"]);
  });

  test("nobody at all moves one", () => {
    expect(stay).toMatchObject({ rules: { update: true, nonFastForward: true }, bypassActors: [] });
  });

  test("hve-core#554: nobody at all removes one, because its name would be burnt", () => {
    expect(stay).toMatchObject({ rules: { deletion: true }, bypassActors: [] });
  });
});

test("no branch outside GitFlow can be made", () => {
  const { conditions, rules } = branchNamesRuleset(defaultBranchNames);
  expect(rules).toEqual({ creation: true });
  expect(conditions.refName.includes).toEqual(["~ALL"]);
  expect(conditions.refName.excludes).toEqual(
    expect.arrayContaining(["refs/heads/main", "refs/heads/feature/**/*", "refs/heads/release/v*.*.*"]),
  );
});

function never(): never {
  throw new Error("no setting");
}
