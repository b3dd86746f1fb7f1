import type { Ruleset } from "./branch-rules.ts";
import type { Json } from "./compare.ts";

/** A ruleset as GitHub's API tells it, to compare with. */
export function rulesetJson({ name, target, enforcement, bypassActors, conditions, rules }: Ruleset): Json {
  const { pullRequest, requiredStatusChecks } = rules;
  return {
    name,
    target,
    enforcement,
    bypass_actors: bypassActors.map(({ actorId, actorType, bypassMode }) => ({
      actor_id: actorId,
      actor_type: actorType,
      bypass_mode: bypassMode,
    })),
    conditions: { ref_name: { include: conditions.refName.includes, exclude: conditions.refName.excludes } },
    rules: [
      ...flag("creation", rules.creation),
      ...flag("update", rules.update),
      ...flag("deletion", rules.deletion),
      ...flag("non_fast_forward", rules.nonFastForward),
      ...flag("required_signatures", rules.requiredSignatures),
      ...(pullRequest
        ? [
            {
              type: "pull_request",
              parameters: {
                required_approving_review_count: pullRequest.requiredApprovingReviewCount,
                dismiss_stale_reviews_on_push: pullRequest.dismissStaleReviewsOnPush,
                require_code_owner_review: pullRequest.requireCodeOwnerReview,
                require_last_push_approval: pullRequest.requireLastPushApproval,
                required_review_thread_resolution: pullRequest.requiredReviewThreadResolution,
              },
            },
          ]
        : []),
      ...(requiredStatusChecks
        ? [
            {
              type: "required_status_checks",
              parameters: {
                strict_required_status_checks_policy: requiredStatusChecks.strictRequiredStatusChecksPolicy,
                required_status_checks: requiredStatusChecks.requiredChecks.map(({ context, integrationId }) => ({
                  context,
                  integration_id: integrationId,
                })),
              },
            },
          ]
        : []),
    ],
  };
}

const flag = (type: string, isOn: boolean | undefined) => (isOn === true ? [{ type }] : []);
