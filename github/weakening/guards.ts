import { approvers, levels, more, narrow, off, on, pinned, wide, type Direction, type Value } from "./directions.ts";

/**
 * Everything that stands in somebody's way, by object and rule: `guards.main.reviews` is 2.
 *
 * Objects are `repository`, `actions`, `main`, `develop`, `tagCreation`, `tagStay`, `branchNames` and `environments.<name>`. A rule that is
 * not there does not hold.
 */
export type Guards = Readonly<Record<string, ObjectGuards>>;
export type ObjectGuards = Readonly<Record<string, Value>>;

interface Rule {
  readonly words: string;
  readonly direction: Direction;
}

/** Every rule by the first part of its name; what follows says of which check, person or app. */
export const rules: Readonly<Record<string, Rule>> = {
  // rulesets and branch protection
  enforcement: { words: "enforcement", direction: levels("none", "disabled", "evaluate", "active") },
  scope: { words: "references that it holds for", direction: wide },
  reviews: { words: "required reviews", direction: more },
  dismissStaleReviews: { words: "a push takes approvals away", direction: on },
  lastPushApproval: { words: "approval of the last push by somebody else", direction: on },
  codeOwners: { words: "approval by a code owner", direction: on },
  resolvedThreads: { words: "resolved conversations", direction: on },
  upToDate: { words: "branches are up to date before a merge", direction: on },
  checks: { words: "required check", direction: pinned },
  rules: { words: "rule", direction: on },
  bypass: { words: "bypass for", direction: levels("exempt", "always", "pull_request", "none") },
  // environments
  reviewers: { words: "who approves", direction: approvers },
  waitMinutes: { words: "wait in minutes", direction: more },
  selfReview: { words: "approval of one's own run", direction: off },
  adminsBypass: { words: "administrators bypass the rules", direction: off },
  refs: { words: "references that may enter", direction: narrow("references") },
  apps: { words: "decision of app", direction: on },
  // Actions
  allowed: { words: "actions that may run", direction: narrow("actions") },
  shaPinning: { words: "actions pinned by commit", direction: on },
  token: { words: "the workflows' own token", direction: levels("write", "read") },
  approvesPullRequests: { words: "workflows approve pull requests", direction: off },
  // the repository
  visibility: { words: "visibility", direction: levels("public", "internal", "private") },
  secretScanning: { words: "secret scanning", direction: on },
  pushProtection: { words: "push protection", direction: on },
  dependabotAlerts: { words: "Dependabot alerts", direction: on },
  dependabotUpdates: { words: "Dependabot security updates", direction: on },
  codeScanning: { words: "CodeQL", direction: levels("none", "default", "extended") },
  vulnerabilityReports: { words: "private vulnerability reports", direction: on },
  immutableReleases: { words: "immutable releases", direction: on },
};

/** @throws Error for a rule that the table does not have: a mistake in Slipway */
export function ruleOf(name: string): Rule & { readonly of: string } {
  const [key = "", ...of] = name.split(".");
  const rule = rules[key];
  if (rule === undefined) throw new Error(`no rule says which way ${name} is weaker`);
  return { ...rule, of: of.join(".") };
}
