// Which actions may run, and what a job's token may do by default.
import type { Call, Handlers } from "./call.ts";
import { created, noContent, ok } from "./call.ts";
import { conflict, notFound, unprocessable } from "./errors.ts";
import { fullName } from "./repository.ts";

export interface ActionsPolicy {
  enabled: boolean;
  allowed_actions: "all" | "local_only" | "selected";
  sha_pinning_required: boolean;
  selected: { github_owned_allowed: boolean; verified_allowed: boolean; patterns_allowed: string[] };
  workflow: { default_workflow_permissions: "read" | "write"; can_approve_pull_request_reviews: boolean };
  access: "none" | "user" | "organization" | "enterprise";
  oidc: { use_default: boolean; include_claim_keys?: string[] };
  forkApproval: "first_time_contributors_new_to_github" | "first_time_contributors" | "all_external_contributors";
  privateForks: {
    run_workflows_from_fork_pull_requests: boolean;
    send_write_tokens_to_workflows: boolean;
    send_secrets_and_variables: boolean;
    require_approval_for_fork_pr_workflows: boolean;
  };
}

export function newActionsPolicy(): ActionsPolicy {
  return {
    enabled: true,
    allowed_actions: "all",
    sha_pinning_required: false,
    selected: { github_owned_allowed: false, verified_allowed: false, patterns_allowed: [] },
    workflow: { default_workflow_permissions: "read", can_approve_pull_request_reviews: false },
    access: "none",
    oidc: { use_default: true },
    // "Approving workflow runs from forks": first-time contributors is the default.
    forkApproval: "first_time_contributors",
    privateForks: {
      run_workflows_from_fork_pull_requests: false,
      send_write_tokens_to_workflows: false,
      send_secrets_and_variables: false,
      require_approval_for_fork_pr_workflows: false,
    },
  };
}

export const actionsPolicy: Handlers = {
  "actions/get-github-actions-permissions-repository"(call) {
    const repository = call.repository("admin");
    const { enabled, allowed_actions, sha_pinning_required } = repository.actions;
    // Where Actions is off the reply says nothing else.
    if (!enabled) return ok({ enabled });
    const selected_actions_url = `${call.world.url}/api/v3/repos/${fullName(repository)}/actions/permissions/selected-actions`;
    return ok({
      enabled,
      allowed_actions,
      sha_pinning_required,
      ...(allowed_actions === "selected" && { selected_actions_url }),
    });
  },
  "actions/set-github-actions-permissions-repository"(call) {
    const { actions } = call.repository("admin");
    const { enabled, allowed_actions, sha_pinning_required } = call.body;
    actions.enabled = enabled;
    if (allowed_actions !== undefined) actions.allowed_actions = allowed_actions;
    if (sha_pinning_required !== undefined) actions.sha_pinning_required = sha_pinning_required;
    return noContent;
  },
  "actions/get-allowed-actions-repository"(call) {
    const { actions } = call.repository("admin");
    if (actions.allowed_actions !== "selected") throw conflict(notSelected);
    return ok(actions.selected);
  },
  "actions/set-allowed-actions-repository"(call) {
    const { actions } = call.repository("admin");
    if (actions.allowed_actions !== "selected") throw conflict(notSelected);
    Object.assign(actions.selected, call.body);
    return noContent;
  },
  "actions/get-github-actions-default-workflow-permissions-repository"(call) {
    return ok(call.repository("admin").actions.workflow);
  },
  "actions/set-github-actions-default-workflow-permissions-repository"(call) {
    Object.assign(call.repository("admin").actions.workflow, call.body);
    return noContent;
  },
  "actions/get-workflow-access-to-repository"(call) {
    return ok({ access_level: call.repository("admin").actions.access });
  },
  "actions/set-workflow-access-to-repository"(call) {
    const repository = call.repository("admin");
    if (repository.visibility === "public")
      throw unprocessable("Access policy only applies to internal and private repositories.");
    const { kind, plan } = repository.owner;
    // "User level access allows sharing across user owned private repositories only": GitHub's description of the level.
    const levels = ["none", kind, ...(kind === "organization" && plan === "enterprise" ? ["enterprise"] : [])];
    if (!levels.includes(call.body.access_level)) throw unprocessable("Invalid access level for this repository.");
    repository.actions.access = call.body.access_level;
    return noContent;
  },
  "actions/get-custom-oidc-sub-claim-for-repo"(call) {
    return ok(call.repository("admin").actions.oidc);
  },
  "actions/set-custom-oidc-sub-claim-for-repo"(call) {
    const { actions } = call.repository("admin");
    const { use_default, include_claim_keys } = call.body;
    // "Array of unique strings. Each claim key can only contain alphanumeric characters and underscores": GitHub's description.
    const keys = include_claim_keys ?? [];
    if (new Set(keys).size !== keys.length || keys.some((key) => !/^\w+$/.test(key)))
      throw unprocessable("Invalid include_claim_keys.");
    actions.oidc = { use_default, ...(include_claim_keys !== undefined && { include_claim_keys }) };
    return created({});
  },
  "actions/get-fork-pr-contributor-approval-permissions-repository"(call) {
    return ok({ approval_policy: publicActionsOf(call).forkApproval });
  },
  "actions/set-fork-pr-contributor-approval-permissions-repository"(call) {
    publicActionsOf(call).forkApproval = call.body.approval_policy;
    return noContent;
  },
  "actions/get-private-repo-fork-pr-workflows-settings-repository"(call) {
    return ok(privateForksOf(call));
  },
  "actions/set-private-repo-fork-pr-workflows-settings-repository"(call) {
    Object.assign(privateForksOf(call), call.body);
    return noContent;
  },
};

/** "Gets the settings for whether workflows from fork pull requests can run on a private repository": public ones have none. */
function privateForksOf(call: Call<never> | Call): ActionsPolicy["privateForks"] {
  const repository = call.repository("admin");
  if (repository.visibility === "public") throw notFound();
  return repository.actions.privateForks;
}

/** Contributors from outside are those of public repositories ("Approving workflow runs from forks" on docs.github.com). */
function publicActionsOf(call: Call<never> | Call): ActionsPolicy {
  const repository = call.repository("admin");
  if (repository.visibility !== "public") throw notFound();
  return repository.actions;
}

const notSelected = "Conflict: the repository's actions permissions are not set to selected.";
