import type { Json } from "../compare.ts";
import { levels, more, off, on, pinned, reporter, type Direction, type Value } from "./directions.ts";
import { rules } from "./guards.ts";

/** One place where GitHub has something else than was declared. */
export interface Drifted {
  /** What it is about, in Slipway's words: `ruleset "main branch"`, `environment production`. */
  readonly object: string;
  /** As `differences` tells it: `rules[pull_request].parameters.required_approving_review_count`; empty for the whole object. */
  readonly path: string;
  /** Null or undefined: nobody declared it. */
  readonly declared: Json | undefined;
  /** Null or undefined: it is not there. */
  readonly actual: Json | undefined;
}

/** `loosened`: what GitHub has is weaker than what was declared. */
export type Change = "loosened" | "tightened" | "other";

/** Which way each single value of GitHub's REST API is weaker. */
const directionOfField: Readonly<Record<string, Direction | undefined>> = {
  // rulesets and branch protection
  enforcement: rules.enforcement?.direction,
  required_approving_review_count: more,
  dismiss_stale_reviews_on_push: on,
  dismiss_stale_reviews: on,
  require_code_owner_review: on,
  require_code_owner_reviews: on,
  require_last_push_approval: on,
  required_review_thread_resolution: on,
  required_conversation_resolution: on,
  strict_required_status_checks_policy: on,
  strict: on,
  integration_id: pinned,
  app_id: pinned,
  bypass_mode: rules.bypass?.direction,
  enforce_admins: on,
  required_signatures: on,
  required_linear_history: on,
  allow_force_pushes: off,
  allow_deletions: off,
  // environments
  wait_timer: more,
  prevent_self_review: on,
  can_admins_bypass: off,
  // Actions
  allowed_actions: levels("all", "selected", "local_only"),
  github_owned_allowed: off,
  verified_allowed: off,
  sha_pinning_required: on,
  default_workflow_permissions: levels("write", "read"),
  can_approve_pull_request_reviews: off,
  approval_policy: levels(
    "first_time_contributors_new_to_github",
    "first_time_contributors",
    "all_external_contributors",
  ),
  // the repository
  visibility: rules.visibility?.direction,
  secret_scanning: levels("disabled", "enabled"),
  secret_scanning_push_protection: levels("disabled", "enabled"),
  dependabot_security_updates: levels("disabled", "enabled"),
  state: levels("not-configured", "configured"),
  query_suite: levels("default", "extended"),
  enabled: on,
};

/** Lists of GitHub's API whose entries stand in somebody's way: one less is weaker. */
const guardingLists: readonly string[] = [
  "rules",
  "required_status_checks",
  "checks",
  "contexts",
  "include",
  "protection_rules",
  "custom_deployment_protection_rules",
];
/** Lists whose entries let somebody through: one more is weaker. */
const admittingLists: readonly string[] = [
  "bypass_actors",
  "exclude",
  "reviewers",
  "branch_policies",
  "patterns_allowed",
];

/** Which way somebody changed GitHub by hand. Pure. */
export function classify({ object, path, declared, actual }: Drifted): Change {
  const isGone = (actual ?? undefined) === undefined;
  const isExtra = (declared ?? undefined) === undefined;
  if (path === "") {
    if (!/^(ruleset|protection|environment)\b/.test(object) || isGone === isExtra) return "other";
    return isGone ? "loosened" : "tightened";
  }
  if (isGone !== isExtra) {
    const list = /(\w+)\[[^\]]*\]$/.exec(path)?.[1] ?? "";
    if (guardingLists.includes(list)) return isGone ? "loosened" : "tightened";
    if (admittingLists.includes(list)) return isGone ? "tightened" : "loosened";
  }
  if (/\.(integration_id|app_id)$/.test(path)) {
    return byDirection(path, reporter(declared as number | undefined), reporter(actual as number | undefined));
  }
  return byDirection(path, plain(declared), plain(actual));
}

function byDirection(path: string, declared: Value | undefined, actual: Value | undefined): Change {
  const [field = "", outer = ""] = path.split(".").toReversed();
  // `secret_scanning.status`, `allow_deletions.enabled`
  const direction = directionOfField[outer] ?? directionOfField[field];
  if (direction === undefined) return "other";
  if (direction.isLooser(declared, actual)) return "loosened";
  return direction.isLooser(actual, declared) ? "tightened" : "other";
}

function plain(value: Json | undefined): Value | undefined {
  return typeof value === "number" || typeof value === "boolean" || typeof value === "string" ? value : undefined;
}
