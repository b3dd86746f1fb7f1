// Classic branch protection through REST: one branch's rule as a whole, and its required checks.
import type { BranchProtection } from "./branch-protection.ts";
import { protectionOf } from "./branch-protection.ts";
import type { Call, Handlers } from "./call.ts";
import { ok } from "./call.ts";
import { notFound } from "./errors.ts";
import { requirePlan } from "./plans.ts";
import { fullName } from "./repository.ts";

function protectionOfBranch(call: Call): BranchProtection {
  const repository = call.repository("admin");
  requirePlan("branch-protection", repository);
  const protection = protectionOf(repository, call.param("branch"));
  if (protection === undefined) throw notFound("Branch not protected");
  return protection;
}

function shownChecks(url: string, { requiredStatusChecks, requiresStrictStatusChecks }: BranchProtection): object {
  return {
    url,
    strict: requiresStrictStatusChecks,
    contexts: requiredStatusChecks.map(({ context }) => context),
    contexts_url: `${url}/contexts`,
    checks: requiredStatusChecks.map(({ context, app }) => ({ context, app_id: app })),
  };
}

export const protections: Handlers = {
  "repos/get-branch-protection"(call) {
    const protection = protectionOfBranch(call);
    const url = `${call.world.url}/api/v3/repos/${fullName(call.repository())}/branches/${call.param("branch")}/protection`;
    return ok({
      url,
      ...(protection.requiresStatusChecks && {
        required_status_checks: shownChecks(`${url}/required_status_checks`, protection),
      }),
      ...(protection.requiresApprovingReviews && {
        required_pull_request_reviews: {
          url: `${url}/required_pull_request_reviews`,
          dismiss_stale_reviews: protection.dismissesStaleReviews,
          require_code_owner_reviews: protection.requiresCodeOwnerReviews,
          required_approving_review_count: protection.requiredApprovingReviewCount ?? 0,
          require_last_push_approval: protection.requireLastPushApproval,
        },
      }),
      enforce_admins: { url: `${url}/enforce_admins`, enabled: protection.isAdminEnforced },
      required_signatures: { url: `${url}/required_signatures`, enabled: protection.requiresCommitSignatures },
      required_linear_history: { enabled: protection.requiresLinearHistory },
      allow_force_pushes: { enabled: protection.allowsForcePushes },
      allow_deletions: { enabled: protection.allowsDeletions },
      block_creations: { enabled: protection.blocksCreations },
      required_conversation_resolution: { enabled: protection.requiresConversationResolution },
      lock_branch: { enabled: protection.lockBranch },
      allow_fork_syncing: { enabled: protection.lockAllowsFetchAndMerge },
    });
  },
  "repos/get-status-checks-protection"(call) {
    const protection = protectionOfBranch(call);
    if (!protection.requiresStatusChecks) throw notFound("Required status checks not enabled");
    return ok(shownChecks(call.url, protection));
  },
  "repos/update-status-check-protection"(call) {
    const protection = protectionOfBranch(call);
    if (!protection.requiresStatusChecks) throw notFound("Required status checks not enabled");
    const { strict, checks } = call.body;
    if (strict !== undefined) protection.requiresStrictStatusChecks = strict;
    if (checks !== undefined) {
      protection.requiredStatusChecks = checks.map(({ context, app_id }) => ({ context, app: app_id ?? null }));
    }
    return ok(shownChecks(call.url, protection));
  },
};
