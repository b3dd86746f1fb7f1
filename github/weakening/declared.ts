import { teamsOf } from "../actors.ts";
import { branchRules, branchRuleset, type Ruleset } from "../branch-rules.ts";
import { withinPlan, type RepositoryWithinPlan, type WithinPlan } from "../plan-limits.ts";
import { protectionSetting } from "../protection-setting.ts";
import { branchNamesRuleset, tagRulesets } from "../ref-rules.ts";
import { rulesetJson } from "../ruleset-json.ts";
import type { EnvironmentSettings, RepositorySettings } from "../schema.ts";
import {
  actionsGuards,
  environmentGuards,
  environmentObject,
  protectionGuards,
  repositoryGuards,
  rulesetGuards,
  type ApiProtection,
  type ApiRuleset,
  type TeamNames,
} from "./from-api.ts";
import type { Guards, ObjectGuards } from "./guards.ts";

/** Objects whose rules are rulesets, by the rulesets' names. */
export const rulesetObjects: Readonly<Record<string, string>> = {
  "main branch": "main",
  "develop branch": "develop",
  "release tags are made": "tagCreation",
  "release tags stay": "tagStay",
  "branch names": "branchNames",
};

/** The guards of what a stack declares. Pure. */
export function declaredGuards({ repository, environment }: Pick<WithinPlan, "repository" | "environment">): Guards {
  return {
    ...(repository ? declaredRepository(repository) : {}),
    ...(environment ? { [environmentObject(environment.name)]: declaredEnvironment(environment) } : {}),
  };
}

/** The guards of what a stack would declare if the account had everything: plan limits have their own gate. */
export function wantedGuards({
  repository,
  environment,
}: {
  readonly repository?: RepositorySettings | undefined;
  readonly environment?: EnvironmentSettings | undefined;
}): Guards {
  const visibility = repository?.visibility ?? "public";
  return declaredGuards(
    withinPlan(
      { repository, environment },
      { kind: "organization", plan: "enterprise", visibility, advancedSecurity: true },
    ),
  );
}

function declaredRepository(settings: RepositoryWithinPlan): Guards {
  const { allowedActions, secretScanning, codeScanning, vulnerabilityReports, immutableReleases } = settings;
  return {
    repository: repositoryGuards({
      visibility: settings.visibility,
      dependabotAlerts: true,
      dependabotUpdates: true,
      secretScanning,
      pushProtection: secretScanning,
      codeScanning: codeScanning ? "extended" : undefined,
      vulnerabilityReports,
      immutableReleases,
    }),
    actions: actionsGuards({
      enabled: true,
      allowed_actions: "selected",
      sha_pinning_required: true,
      selected: { github_owned_allowed: true, verified_allowed: false, patterns_allowed: allowedActions },
      workflow: { default_workflow_permissions: "read", can_approve_pull_request_reviews: false },
    }),
    ...(settings.isProtected ? declaredRules(settings) : {}),
  };
}

function declaredRules({ branches, rules: as, tagCreators }: RepositoryWithinPlan): Guards {
  const slugs = teamsOf([...tagCreators, ...branches.main.bypass, ...branches.develop.bypass]);
  // Any number does: it is turned back into the name.
  const teams = Object.fromEntries(slugs.map((slug, index) => [slug, index + 1]));
  const names = Object.fromEntries(slugs.map((slug, index) => [index + 1, slug]));
  const guardsOf = (ruleset: Ruleset) => rulesetModelGuards(ruleset, names);
  const branch = (name: "main" | "develop"): ObjectGuards => {
    const model = branchRules(name, branches[name]);
    return as === "rulesets"
      ? guardsOf(branchRuleset(model, teams))
      : protectionGuards(name, protectionSetting("", model).wanted as unknown as ApiProtection);
  };
  const [made, stay] = tagRulesets(tagCreators, teams);
  return {
    main: branch("main"),
    develop: branch("develop"),
    tagCreation: guardsOf(made),
    tagStay: guardsOf(stay),
    branchNames: guardsOf(branchNamesRuleset()),
  };
}

/** @param teams names of those who may bypass, by id */
export function rulesetModelGuards(ruleset: Ruleset, teams: TeamNames = {}): ObjectGuards {
  return rulesetGuards(rulesetJson(ruleset) as unknown as ApiRuleset, teams);
}

function declaredEnvironment(settings: EnvironmentSettings): ObjectGuards {
  const { users, teams } = settings.reviewers;
  return environmentGuards({
    can_admins_bypass: settings.adminsBypass,
    deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
    protection_rules: [
      {
        type: "required_reviewers",
        prevent_self_review: !settings.selfReview,
        reviewers: [
          ...users.map((login) => ({ type: "User", reviewer: { login } })),
          ...teams.map((slug) => ({ type: "Team", reviewer: { slug } })),
        ],
      },
      { type: "wait_timer", wait_timer: settings.waitMinutes },
    ],
    branch_policies: [
      ...settings.branches.map((name) => ({ name, type: "branch" })),
      ...settings.tags.map((name) => ({ name, type: "tag" })),
    ],
    apps: settings.protectionApps,
  });
}
