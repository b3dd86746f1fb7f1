import { actionsApp } from "../workflows/ci.ts";
import type { ApiSetting } from "./api-setting.ts";
import { classicProtection, type BranchRules } from "./branch-rules.ts";

/**
 * Classic protection of a branch as it has to be. The provider makes it, but can't say which app must report a check: that is written here,
 * again after every change, because the provider then takes it away.
 *
 * @param path of the repository in the API
 */
export function protectionSetting(path: string, rules: BranchRules): ApiSetting {
  const protection = `${path}/branches/${rules.branch}/protection`;
  const checks = rules.checks.map((context) => ({ context, app_id: actionsApp }));
  const { enforceAdmins } = classicProtection(rules);
  return {
    what: `protection of ${rules.branch}`,
    read: protection,
    wanted: {
      enforce_admins: { enabled: enforceAdmins },
      // secure-proxy-manager#264: GitHub took false and left it on.
      allow_force_pushes: { enabled: false },
      allow_deletions: { enabled: false },
      required_conversation_resolution: { enabled: rules.resolvedThreads },
      required_signatures: { enabled: rules.signedCommits },
      required_pull_request_reviews: {
        required_approving_review_count: rules.reviews,
        dismiss_stale_reviews: rules.dismissStaleReviews,
        require_code_owner_reviews: rules.codeOwners,
        require_last_push_approval: rules.lastPushApproval,
      },
      required_status_checks: { strict: rules.upToDate, checks },
    },
    write: {
      method: "PATCH",
      path: `${protection}/required_status_checks`,
      body: { strict: rules.upToDate, checks },
    },
  };
}
