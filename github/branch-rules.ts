import { bypassActors, type Actor } from "./actors.ts";
import { actionsApp } from "../workflows/ci.ts";
import { ci, deadlocks, requiredChecks } from "../workflows/ci.ts";

/**
 * What a pull request needs before it reaches a branch. Force pushes and deletion are never allowed, and no setting makes them so.
 *
 * The same rules become a ruleset or, where an organisation asks for it, classic branch protection.
 */
export interface BranchRules {
  readonly branch: string;
  /** Approvals, 0 to 6. */
  readonly reviews: number;
  /** A push takes earlier approvals away. */
  readonly dismissStaleReviews: boolean;
  /** Somebody else approves the last push. */
  readonly lastPushApproval: boolean;
  /** An owner of what changed approves. */
  readonly codeOwners: boolean;
  /** Every conversation is resolved. */
  readonly resolvedThreads: boolean;
  /** The branch's newest commit has been merged in and checked. */
  readonly upToDate: boolean;
  /** Commits are signed. Squash and merge commits made on GitHub are; rebased ones are not (lamb#287). */
  readonly signedCommits: boolean;
  /** Checks that must be green, each reported by GitHub Actions. */
  readonly checks: readonly string[];
  /** Who need not follow these rules. Empty: administrators follow them too. */
  readonly bypass: readonly Actor[];
}

/** What a stack may say about a branch. */
export type BranchChoice = Omit<BranchRules, "branch" | "checks">;

/** @throws Error if the checks of the branch could never all report: a mistake in Slipway's own model of the workflows */
export function branchRules(branch: string, choice: BranchChoice): BranchRules {
  const blocked = deadlocks(ci, branch);
  if (blocked.length > 0) throw new Error(`the checks of ${branch} would never all report: ${blocked.join("; ")}`);
  return { ...choice, branch, checks: requiredChecks() };
}

/** A ruleset of branches or tags, as the provider and GitHub's API take it. */
export interface Ruleset {
  readonly name: string;
  readonly target: "branch" | "tag";
  readonly enforcement: "active";
  readonly bypassActors: ReturnType<typeof bypassActors>;
  readonly conditions: { readonly refName: { readonly includes: string[]; readonly excludes: string[] } };
  readonly rules: {
    readonly creation?: boolean;
    readonly update?: boolean;
    readonly deletion?: boolean;
    readonly nonFastForward?: boolean;
    readonly requiredSignatures?: boolean;
    readonly pullRequest?: {
      readonly requiredApprovingReviewCount: number;
      readonly dismissStaleReviewsOnPush: boolean;
      readonly requireCodeOwnerReview: boolean;
      readonly requireLastPushApproval: boolean;
      readonly requiredReviewThreadResolution: boolean;
    };
    readonly requiredStatusChecks?: {
      readonly strictRequiredStatusChecksPolicy: boolean;
      readonly requiredChecks: { readonly context: string; readonly integrationId: number }[];
    };
  };
}

/** @param teams ids by slug, for those who may bypass */
export function branchRuleset(rules: BranchRules, teams: Readonly<Record<string, number>>): Ruleset {
  return {
    name: `${rules.branch} branch`,
    target: "branch",
    enforcement: "active",
    bypassActors: bypassActors(rules.bypass, teams),
    conditions: { refName: { includes: [`refs/heads/${rules.branch}`], excludes: [] } },
    rules: {
      deletion: true,
      nonFastForward: true,
      ...(rules.signedCommits ? { requiredSignatures: true } : {}),
      pullRequest: {
        requiredApprovingReviewCount: rules.reviews,
        dismissStaleReviewsOnPush: rules.dismissStaleReviews,
        requireCodeOwnerReview: rules.codeOwners,
        requireLastPushApproval: rules.lastPushApproval,
        requiredReviewThreadResolution: rules.resolvedThreads,
      },
      requiredStatusChecks: {
        strictRequiredStatusChecksPolicy: rules.upToDate,
        requiredChecks: rules.checks.map((context) => ({ context, integrationId: actionsApp })),
      },
    },
  };
}

/** Classic branch protection of the same rules. */
export interface ClassicProtection {
  readonly pattern: string;
  readonly enforceAdmins: boolean;
  readonly allowsDeletions: false;
  readonly allowsForcePushes: false;
  readonly requireConversationResolution: boolean;
  readonly requireSignedCommits: boolean;
  readonly requiredPullRequestReviews: readonly [
    {
      readonly requiredApprovingReviewCount: number;
      readonly dismissStaleReviews: boolean;
      readonly requireCodeOwnerReviews: boolean;
      readonly requireLastPushApproval: boolean;
    },
  ];
  readonly requiredStatusChecks: readonly [{ readonly strict: boolean; readonly contexts: string[] }];
}

/**
 * The provider can't pin classic checks to an app: `protection-setting.ts` does that through GitHub's API.
 *
 * Classic protection knows no bypass but the administrators' own: any actor at all means that it does not hold for them.
 */
export function classicProtection(rules: BranchRules): ClassicProtection {
  return {
    pattern: rules.branch,
    enforceAdmins: rules.bypass.length === 0,
    allowsDeletions: false,
    allowsForcePushes: false,
    requireConversationResolution: rules.resolvedThreads,
    requireSignedCommits: rules.signedCommits,
    requiredPullRequestReviews: [
      {
        requiredApprovingReviewCount: rules.reviews,
        dismissStaleReviews: rules.dismissStaleReviews,
        requireCodeOwnerReviews: rules.codeOwners,
        requireLastPushApproval: rules.lastPushApproval,
      },
    ],
    requiredStatusChecks: [{ strict: rules.upToDate, contexts: [...rules.checks] }],
  };
}
