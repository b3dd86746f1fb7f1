// Classic branch protection: one rule per pattern, seen through REST by branch and through GraphQL by rule.
import type { Account, Actor, App, Organization, Team } from "./accounts.ts";
import { atLeast, roleOf } from "./accounts.ts";
import { unprocessable } from "./errors.ts";
import { matchesRef } from "./patterns.ts";
import type { Repository } from "./repository.ts";
import { accountNode, appNode, teamNode } from "./shown.ts";
import type { World } from "./world.ts";

/** The fields that GraphQL and this state share. */
export interface BranchProtection {
  id: number;
  creator: string;
  pattern: string;
  allowsDeletions: boolean;
  allowsForcePushes: boolean;
  blocksCreations: boolean;
  dismissesStaleReviews: boolean;
  isAdminEnforced: boolean;
  lockAllowsFetchAndMerge: boolean;
  lockBranch: boolean;
  requireLastPushApproval: boolean;
  requiredApprovingReviewCount: number | null;
  /** The app is null where any may report the check. */
  requiredStatusChecks: { context: string; app: number | null }[];
  requiresApprovingReviews: boolean;
  requiresCodeOwnerReviews: boolean;
  requiresCommitSignatures: boolean;
  requiresConversationResolution: boolean;
  requiresLinearHistory: boolean;
  requiresStatusChecks: boolean;
  requiresStrictStatusChecks: boolean;
  restrictsPushes: boolean;
  restrictsReviewDismissals: boolean;
  pushActors: Principal[];
  reviewDismissalActors: Principal[];
  bypassForcePushActors: Principal[];
  bypassPullRequestActors: Principal[];
}

/** Someone an allowance names. */
export type Principal =
  { kind: "user"; account: Account } | { kind: "team"; team: Team; owner: Organization } | { kind: "app"; app: App };

export function newProtection(world: World, pattern: string, creator: string): BranchProtection {
  return {
    id: world.nextId(),
    creator,
    pattern,
    allowsDeletions: false,
    allowsForcePushes: false,
    blocksCreations: false,
    dismissesStaleReviews: false,
    isAdminEnforced: false,
    lockAllowsFetchAndMerge: false,
    lockBranch: false,
    requireLastPushApproval: false,
    requiredApprovingReviewCount: null,
    requiredStatusChecks: [],
    requiresApprovingReviews: false,
    requiresCodeOwnerReviews: false,
    requiresCommitSignatures: false,
    requiresConversationResolution: false,
    requiresLinearHistory: false,
    requiresStatusChecks: false,
    requiresStrictStatusChecks: false,
    restrictsPushes: false,
    restrictsReviewDismissals: false,
    pushActors: [],
    reviewDismissalActors: [],
    bypassForcePushActors: [],
    bypassPullRequestActors: [],
  };
}

/** The rule that holds for a branch: one with its very name before patterns, then the oldest. */
export function protectionOf(repository: Repository, branch: string): BranchProtection | undefined {
  const { protections } = repository;
  return (
    protections.find(({ pattern }) => pattern === branch) ??
    protections.find(({ pattern }) => matchesRef(pattern, branch))
  );
}

export function includes(principals: Principal[], actor: Actor | undefined): boolean {
  if (actor === undefined) return false;
  return principals.some((principal) => {
    if (principal.kind === "app") return actor.kind === "app" && principal.app.id === actor.id;
    if (actor.kind === "app") return false;
    return principal.kind === "user"
      ? principal.account.login === actor.login
      : principal.team.members.has(actor.login);
  });
}

/** Administrators pass unless the rule holds them too. */
export function passesAsAdmin(protection: BranchProtection, repository: Repository, actor: Actor | undefined): boolean {
  return !protection.isAdminEnforced && atLeast(roleOf(actor, repository), "admin");
}

export function principalNode(principal: Principal): string {
  if (principal.kind === "user") return accountNode(principal.account);
  return principal.kind === "team" ? teamNode(principal.team) : appNode(principal.app);
}

/** @throws 422 for allowances where only organisations have them. */
export function requireOrganization(repository: Repository, what: string): void {
  if (repository.owner.kind === "organization") return;
  throw unprocessable("Validation Failed", [`Only organization repositories can have ${what}`]);
}
