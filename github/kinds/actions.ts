import type { ApiSetting } from "../api-setting.ts";
import type { Json } from "../compare.ts";
import type { RepositoryWithinPlan } from "../plan/limits.ts";
import { levels, narrow, off, on, type Value } from "./directions.ts";
import { rulesIn, seen, type Fields, type Kind, type ObjectGuards, type Rule } from "./kind.ts";
import { either, oneOf, onOff } from "./words.ts";

/** What the provider is given of Actions. */
export function actionsInputs({ allowedActions, pinnedActions }: RepositoryWithinPlan) {
  return {
    allowedActions: "selected",
    allowedActionsConfig: { githubOwnedAllowed: true, verifiedAllowed: false, patternsAlloweds: [...allowedActions] },
    shaPinningRequired: pinnedActions,
  };
}

/**
 * What the provider has no resource for, or not in every version, by the name of its step.
 *
 * @param path of the repository in the API
 */
export function actionsSettings(
  path: string,
  { allowedActions, pinnedActions }: Pick<RepositoryWithinPlan, "allowedActions" | "pinnedActions">,
): Record<string, readonly ApiSetting[]> {
  const actions = { enabled: true, allowed_actions: "selected", sha_pinning_required: pinnedActions };
  const token = { default_workflow_permissions: "read", can_approve_pull_request_reviews: false };
  const permissions = `${path}/actions/permissions`;
  const selected = { github_owned_allowed: true, verified_allowed: false, patterns_allowed: [...allowedActions] };
  const put = (what: string, at: string, wanted: Json): ApiSetting => {
    return { what, read: at, wanted, write: { method: "PUT", path: at, body: wanted } };
  };
  return {
    "sha-pinning": [
      put(pinnedActions ? "actions are pinned by commit" : "actions that need not be pinned", permissions, actions),
      put("actions that may run", `${permissions}/selected-actions`, selected),
    ],
    "token-permissions": [put("the workflows' own token only reads", `${permissions}/workflow`, token)],
  };
}

/** What GitHub's REST API tells of Actions, in up to three answers; undefined is hidden. */
export interface ApiActions {
  readonly permissions:
    | { readonly enabled: boolean; readonly allowed_actions?: string; readonly sha_pinning_required?: boolean }
    | undefined;
  /** Asked where only chosen actions may run. */
  readonly selected?:
    | {
        readonly github_owned_allowed?: boolean;
        readonly verified_allowed?: boolean;
        readonly patterns_allowed?: readonly string[];
      }
    | undefined;
  readonly workflow:
    { readonly default_workflow_permissions: string; readonly can_approve_pull_request_reviews: boolean } | undefined;
}

export const isSelected = (permissions: ApiActions["permissions"]) =>
  permissions?.enabled === true && permissions.allowed_actions === "selected";

export function actionsFields({ permissions, selected, workflow }: ApiActions): Record<string, Value | undefined> {
  return {
    enabled: permissions?.enabled,
    allowed: permissions && (permissions.allowed_actions ?? "all"),
    shaPinning: permissions && (permissions.sha_pinning_required ?? false),
    ...(permissions === undefined || isSelected(permissions)
      ? {
          fromGitHub: selected && (selected.github_owned_allowed ?? false),
          fromVerified: selected && (selected.verified_allowed ?? false),
          patterns: selected && (selected.patterns_allowed ?? []),
        }
      : {}),
    token: workflow?.default_workflow_permissions,
    approvesPullRequests: workflow?.can_approve_pull_request_reviews,
  };
}

const rules: Readonly<Record<string, Rule>> = {
  allowed: { words: "actions that may run", direction: narrow("actions") },
  shaPinning: { words: "actions pinned by commit", direction: on },
  token: { words: "the workflows' own token", direction: levels("write", "read") },
  approvesPullRequests: { words: "workflows approve pull requests", direction: off },
};

function guards(fields: Fields): ObjectGuards {
  return { ...rulesIn(fields, rules), allowed: allowed(fields) };
}

function allowed({ enabled, allowed, fromGitHub, fromVerified, patterns }: Fields): string[] {
  if (enabled !== true || allowed === "local_only") return [];
  if (allowed !== "selected") return ["*"];
  return [
    ...(fromGitHub === true ? ["actions/*", "github/*"] : []),
    ...(fromVerified === true ? ["~VERIFIED"] : []),
    ...(Array.isArray(patterns) ? (patterns as string[]) : []),
  ];
}

/** What may run in workflows, and what their token may do. */
export const actions: Kind = {
  title: () => "GitHub Actions",
  declare({ repository: settings }) {
    if (settings === undefined) return [];
    const fields = {
      enabled: true,
      allowed: "selected",
      shaPinning: settings.pinnedActions,
      fromGitHub: true,
      fromVerified: false,
      patterns: settings.allowedActions,
      token: "read",
      approvesPullRequests: false,
    };
    return [{ kind: "actions", name: "", fields }];
  },
  async read(reader) {
    const [permissions, workflow] = await Promise.all([
      reader.ask(
        "permissions of Actions",
        async ({ rest }, at) => (await rest.actions.getGithubActionsPermissionsRepository(at)).data,
      ),
      reader.ask(
        "permissions of workflows",
        async ({ rest }, at) => (await rest.actions.getGithubActionsDefaultWorkflowPermissionsRepository(at)).data,
      ),
    ]);
    const told = permissions.is === "there" ? permissions.value : undefined;
    const selected = isSelected(told)
      ? await reader.ask(
          "allowed actions",
          async ({ rest }, at) => (await rest.actions.getAllowedActionsRepository(at)).data,
        )
      : undefined;
    const fields = actionsFields({
      permissions: told,
      selected: selected?.is === "there" ? selected.value : undefined,
      workflow: workflow.is === "there" ? workflow.value : undefined,
    });
    return { things: [seen({ kind: "actions", name: "" }, fields)], hidden: [] };
  },
  words: {
    enabled: onOff("GitHub Actions is"),
    allowed: oneOf(
      {
        all: "any action may run",
        local_only: "only the owner's own actions may run",
        selected: "only chosen actions may run",
      },
      "actions that may run are",
    ),
    shaPinning: either("actions have to be pinned by commit", "actions need not be pinned by commit"),
    fromGitHub: either("GitHub's own actions may run", "GitHub's own actions may not run"),
    fromVerified: either(
      "every verified creator's actions may run",
      "a verified creator's actions are not allowed for that alone",
    ),
    patterns: { list: "allowed actions" },
    token: oneOf({ read: "the workflows' own token only reads" }, "the workflows' own token may"),
    approvesPullRequests: either("workflows may approve pull requests", "workflows may not approve pull requests"),
  },
  object: () => "actions",
  rules,
  guards,
};
