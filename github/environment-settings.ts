import type { ApiSetting } from "./api-setting.ts";
import type { EnvironmentRules } from "./environment-rules.ts";

/** Ids of those who may approve. */
export interface ReviewerIds {
  readonly users: readonly number[];
  readonly teams: readonly number[];
}

/**
 * The environment as it has to be, and how to make it so: what an older plugin leaves out is set here.
 *
 * @param path of the repository in the API
 */
export function environmentSetting(path: string, rules: EnvironmentRules, { users, teams }: ReviewerIds): ApiSetting {
  const reviewers = [...users.map((id) => ({ type: "User", id })), ...teams.map((id) => ({ type: "Team", id }))];
  const refs = { protected_branches: false, custom_branch_policies: true };
  return {
    what: `environment ${rules.name}`,
    read: `${path}/environments/${rules.name}`,
    // Apps that have a say are among the rules too.
    lists: "contain",
    wanted: {
      can_admins_bypass: rules.adminsBypass,
      deployment_branch_policy: refs,
      protection_rules: [
        ...(reviewers.length > 0
          ? [
              {
                type: "required_reviewers",
                prevent_self_review: !rules.selfReview,
                reviewers: reviewers.map(({ type, id }) => ({ type, reviewer: { id } })),
              },
            ]
          : []),
        ...(rules.waitMinutes > 0 ? [{ type: "wait_timer", wait_timer: rules.waitMinutes }] : []),
      ],
    },
    write: {
      method: "PUT",
      path: `${path}/environments/${rules.name}`,
      body: {
        wait_timer: rules.waitMinutes,
        prevent_self_review: !rules.selfReview && reviewers.length > 0,
        can_admins_bypass: rules.adminsBypass,
        reviewers,
        deployment_branch_policy: refs,
      },
    },
  };
}

/** Runs on tags of this name may enter. */
export function tagPolicySetting(path: string, environment: string, pattern: string): ApiSetting {
  const policies = `${path}/environments/${environment}/deployment-branch-policies`;
  const policy = { name: pattern, type: "tag" };
  return {
    what: `tag policy ${pattern} of ${environment}`,
    read: policies,
    lists: "contain",
    wanted: { branch_policies: [policy] },
    write: { method: "POST", path: policies, body: policy },
  };
}

/** An app has a say before a run enters. The provider knows no such rules (terraform-provider-github#2225). */
export function protectionAppSetting(path: string, environment: string, app: number): ApiSetting {
  const rules = `${path}/environments/${environment}/deployment_protection_rules`;
  return {
    what: `app ${app} decides on ${environment}`,
    read: rules,
    lists: "contain",
    wanted: { custom_deployment_protection_rules: [{ enabled: true, app: { id: app } }] },
    write: { method: "POST", path: rules, body: { integration_id: app } },
  };
}
