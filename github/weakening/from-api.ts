import type { Json } from "../compare.ts";
import { anybody, reporter } from "./directions.ts";
import type { ObjectGuards } from "./guards.ts";

/** A ruleset as GitHub's REST API tells it, as far as it goes here. */
export interface ApiRuleset {
  readonly enforcement: string;
  /** Left out for those who may not see it. */
  readonly bypass_actors?:
    | readonly { readonly actor_id?: number | null; readonly actor_type: string; readonly bypass_mode?: string }[]
    | undefined;
  readonly conditions?:
    { readonly ref_name?: { readonly include?: string[]; readonly exclude?: string[] } } | null | undefined;
  readonly rules?: readonly { readonly type: string; readonly parameters?: unknown }[] | undefined;
}

/** Names of teams by id. */
export type TeamNames = Readonly<Record<number, string>>;

/** @param teams for those who may bypass; others are called by their id */
export function rulesetGuards(ruleset: ApiRuleset, teams: TeamNames = {}): ObjectGuards {
  const { include = [], exclude = [] } = ruleset.conditions?.ref_name ?? {};
  const guards: Record<string, ObjectGuards[string]> = {
    enforcement: ruleset.enforcement,
    scope: [...include, ...exclude.map((pattern) => `!${pattern}`)],
  };
  for (const { type, parameters } of ruleset.rules ?? []) {
    guards[`rules.${type}`] = true;
    const given = (parameters ?? {}) as Readonly<Record<string, Json>>;
    if (type === "pull_request") Object.assign(guards, reviewGuards(given));
    if (type === "required_status_checks") {
      if (given.strict_required_status_checks_policy === true) guards.upToDate = true;
      const checks = (given.required_status_checks ?? []) as { context: string; integration_id?: number }[];
      Object.assign(guards, checkGuards(checks.map(({ context, integration_id: app }) => ({ context, app }))));
    }
  }
  for (const { actor_type: type, actor_id: id, bypass_mode: mode } of ruleset.bypass_actors ?? []) {
    guards[`bypass.${actorName(type, id, teams)}`] = mode ?? "always";
  }
  return guards;
}

function reviewGuards(given: Readonly<Record<string, Json>>): ObjectGuards {
  return {
    reviews: Number(given.required_approving_review_count ?? 0),
    ...flags({
      dismissStaleReviews: given.dismiss_stale_reviews_on_push ?? given.dismiss_stale_reviews,
      codeOwners: given.require_code_owner_review ?? given.require_code_owner_reviews,
      lastPushApproval: given.require_last_push_approval,
      resolvedThreads: given.required_review_thread_resolution,
    }),
  };
}

function checkGuards(checks: readonly { context: string; app?: number | null | undefined }[]): ObjectGuards {
  return Object.fromEntries(checks.map(({ context, app }) => [`checks.${context}`, reporter(app)]));
}

/** Rules that are on; the others are not there. */
function flags(given: Readonly<Record<string, unknown>>): Record<string, true> {
  return Object.fromEntries(Object.entries(given).flatMap(([name, value]) => (value === true ? [[name, true]] : [])));
}

/** GitHub's ids of its own roles. */
const roles: Readonly<Record<number, string>> = { 1: "read", 2: "maintain", 3: "triage", 4: "write", 5: "admin" };

/** As the configuration names it, where it can. */
function actorName(type: string, id: number | null | undefined, teams: TeamNames): string {
  const number = id ?? 0;
  switch (type) {
    case "RepositoryRole":
      return `role:${roles[number] ?? number}`;
    case "Team":
      return `team:${teams[number] ?? number}`;
    case "Integration":
      return `app:${number}`;
    case "OrganizationAdmin":
      return "organization-admin";
    default:
      return `${type}:${number}`;
  }
}

interface Switch {
  readonly enabled?: boolean | undefined;
}

/** Branch protection as GitHub's REST API tells it, as far as it goes here. */
export interface ApiProtection {
  readonly enforce_admins?: Switch | undefined;
  readonly allow_force_pushes?: Switch | undefined;
  readonly allow_deletions?: Switch | undefined;
  readonly required_conversation_resolution?: Switch | undefined;
  readonly required_signatures?: Switch | undefined;
  readonly required_linear_history?: Switch | undefined;
  readonly lock_branch?: Switch | undefined;
  readonly restrictions?: unknown;
  readonly required_pull_request_reviews?: object | null | undefined;
  readonly required_status_checks?:
    | {
        readonly strict?: boolean | undefined;
        readonly checks?: readonly { readonly context: string; readonly app_id?: number | null }[] | undefined;
        readonly contexts?: readonly string[] | undefined;
      }
    | null
    | undefined;
}

/** The same rules as a ruleset's, so that going from one to the other is no weakening by itself. */
export function protectionGuards(branch: string, protection: ApiProtection): ObjectGuards {
  const { required_pull_request_reviews: reviews, required_status_checks: checks } = protection;
  return {
    enforcement: "active",
    scope: [`refs/heads/${branch}`],
    ...flags({
      "rules.deletion": protection.allow_deletions?.enabled !== true,
      "rules.non_fast_forward": protection.allow_force_pushes?.enabled !== true,
      "rules.required_signatures": protection.required_signatures?.enabled,
      "rules.required_linear_history": protection.required_linear_history?.enabled,
      "rules.update": protection.lock_branch?.enabled ?? protection.restrictions != null,
      "rules.pull_request": reviews != null,
      "rules.required_status_checks": checks != null,
      resolvedThreads: protection.required_conversation_resolution?.enabled,
      upToDate: checks?.strict,
    }),
    ...(reviews == null ? {} : reviewGuards(reviews as Readonly<Record<string, Json>>)),
    ...checkGuards(
      checks?.checks?.map(({ context, app_id: app }) => ({ context, app })) ??
        checks?.contexts?.map((context) => ({ context })) ??
        [],
    ),
    ...(protection.enforce_admins?.enabled === true ? {} : { "bypass.role:admin": "always" }),
  };
}

/** An environment as GitHub's REST API tells it, in up to three answers. */
export interface ApiEnvironment {
  readonly can_admins_bypass?: boolean | undefined;
  readonly deployment_branch_policy?:
    { readonly protected_branches: boolean; readonly custom_branch_policies: boolean } | null | undefined;
  readonly protection_rules?: readonly ApiProtectionRule[] | undefined;
  readonly branch_policies?: readonly { readonly name?: string; readonly type?: string }[] | undefined;
  readonly apps?: readonly number[] | undefined;
}

interface ApiProtectionRule {
  readonly type: string;
  readonly wait_timer?: number | undefined;
  readonly prevent_self_review?: boolean | undefined;
  readonly reviewers?:
    | readonly { readonly type?: string; readonly reviewer?: { readonly login?: string; readonly slug?: string } }[]
    | undefined;
}

export function environmentGuards(environment: ApiEnvironment): ObjectGuards {
  const { protection_rules: rules = [], apps = [] } = environment;
  const required = rules.find(({ type }) => type === "required_reviewers");
  const reviewers = (required?.reviewers ?? []).map(({ type, reviewer }) =>
    type === "Team" ? `team:${reviewer?.slug ?? ""}` : `user:${reviewer?.login ?? ""}`,
  );
  return {
    reviewers: reviewers.length > 0 ? reviewers : [anybody],
    ...flags({
      // Where nobody has to approve, whoever starts a run lets it in.
      selfReview: reviewers.length === 0 || required?.prevent_self_review !== true,
      adminsBypass: environment.can_admins_bypass ?? true,
    }),
    waitMinutes: rules.find(({ type }) => type === "wait_timer")?.wait_timer ?? 0,
    refs: admitted(environment),
    ...Object.fromEntries(apps.map((app) => [`apps.${app}`, true as const])),
  };
}

function admitted({ deployment_branch_policy: policy, branch_policies: policies = [] }: ApiEnvironment): string[] {
  if (policy == null) return ["~ALL"];
  // Which branches those are is another question; Slipway protects these two.
  if (policy.protected_branches) return ["refs/heads/main", "refs/heads/develop"];
  return policies.map(({ name = "", type }) => `refs/${type === "tag" ? "tags" : "heads"}/${name}`);
}

/** What GitHub's REST API tells of Actions, in up to three answers. */
export interface ApiActions {
  readonly enabled: boolean;
  readonly allowed_actions?: string | undefined;
  readonly sha_pinning_required?: boolean | undefined;
  readonly selected?:
    | {
        readonly github_owned_allowed?: boolean | undefined;
        readonly verified_allowed?: boolean | undefined;
        readonly patterns_allowed?: readonly string[] | undefined;
      }
    | undefined;
  readonly workflow?:
    { readonly default_workflow_permissions: string; readonly can_approve_pull_request_reviews: boolean } | undefined;
}

export function actionsGuards(actions: ApiActions): ObjectGuards {
  return {
    allowed: allowedActions(actions),
    ...flags({ shaPinning: actions.sha_pinning_required }),
    ...(actions.workflow
      ? {
          token: actions.workflow.default_workflow_permissions,
          ...flags({ approvesPullRequests: actions.workflow.can_approve_pull_request_reviews }),
        }
      : {}),
  };
}

function allowedActions({ enabled, allowed_actions: allowed, selected }: ApiActions): string[] {
  if (!enabled || allowed === "local_only") return [];
  if (allowed !== "selected") return ["*"];
  return [
    ...(selected?.github_owned_allowed === true ? ["actions/*", "github/*"] : []),
    ...(selected?.verified_allowed === true ? ["~VERIFIED"] : []),
    ...(selected?.patterns_allowed ?? []),
  ];
}

/** What GitHub's REST API tells of a repository, in up to six answers. */
export interface ApiRepository {
  readonly visibility: string;
  readonly secretScanning?: boolean | undefined;
  readonly pushProtection?: boolean | undefined;
  readonly dependabotAlerts?: boolean | undefined;
  readonly dependabotUpdates?: boolean | undefined;
  /** Query suite of the default setup where it is configured. */
  readonly codeScanning?: string | undefined;
  readonly vulnerabilityReports?: boolean | undefined;
  readonly immutableReleases?: boolean | undefined;
}

export function repositoryGuards({ visibility, codeScanning, ...switches }: ApiRepository): ObjectGuards {
  return {
    visibility,
    ...(codeScanning === undefined ? {} : { codeScanning }),
    ...flags(switches),
    // Where nobody else reads along, every report is private.
    ...flags({ vulnerabilityReports: visibility !== "public" || switches.vulnerabilityReports }),
  };
}

/** Name of an environment's guards among all. */
export const environmentObject = (name: string) => `environments.${name}`;
