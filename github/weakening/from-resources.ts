import { actionsApp } from "../../workflows/ci.ts";
import type { Ruleset } from "../branch-rules.ts";
import type { RequiredCheck } from "../../workflows/ci.ts";
import { rulesetModelGuards, rulesetObjects } from "./declared.ts";
import { protectionGuards } from "./from-api.ts";
import type { Guards } from "./guards.ts";

/** A resource as the engine is given it. */
export interface Planned {
  /** Type token: `github:index/repositoryRuleset:RepositoryRuleset`. */
  readonly type: string;
  readonly props: Readonly<Record<string, unknown>>;
}

const isType = (type: string, noun: string) => type.startsWith("github:") && type.endsWith(`:${noun}`);

/** Guards of the branch or tags that a resource is about; none of other resources. Pure. */
export function plannedGuards({ type, props }: Planned): Guards {
  if (isType(type, "RepositoryRuleset")) {
    const ruleset = props as unknown as Ruleset;
    const object = rulesetObjects[ruleset.name] ?? ruleset.name;
    return { [object]: rulesetModelGuards({ ...ruleset, bypassActors: (props.bypassActors ?? []) as [] }) };
  }
  return isType(type, "BranchProtection") ? plannedProtection(props as unknown as Protection) : {};
}

/** As @pulumi/github has it; a field that is left out is off. */
interface Protection {
  readonly pattern: string;
  readonly enforceAdmins?: boolean;
  readonly allowsDeletions?: boolean;
  readonly allowsForcePushes?: boolean;
  readonly requireConversationResolution?: boolean;
  readonly requireSignedCommits?: boolean;
  readonly requiredPullRequestReviews?: readonly {
    readonly requiredApprovingReviewCount?: number;
    readonly dismissStaleReviews?: boolean;
    readonly requireCodeOwnerReviews?: boolean;
    readonly requireLastPushApproval?: boolean;
  }[];
  readonly requiredStatusChecks?: readonly { readonly strict?: boolean; readonly contexts?: readonly string[] }[];
}

function plannedProtection(protection: Protection): Guards {
  const [reviews] = protection.requiredPullRequestReviews ?? [];
  const [checks] = protection.requiredStatusChecks ?? [];
  return {
    [protection.pattern]: protectionGuards(protection.pattern, {
      enforce_admins: { enabled: protection.enforceAdmins ?? false },
      allow_deletions: { enabled: protection.allowsDeletions ?? false },
      allow_force_pushes: { enabled: protection.allowsForcePushes ?? false },
      required_conversation_resolution: { enabled: protection.requireConversationResolution ?? false },
      required_signatures: { enabled: protection.requireSignedCommits ?? false },
      required_pull_request_reviews: reviews && {
        required_approving_review_count: reviews.requiredApprovingReviewCount ?? 0,
        dismiss_stale_reviews: reviews.dismissStaleReviews,
        require_code_owner_reviews: reviews.requireCodeOwnerReviews,
        require_last_push_approval: reviews.requireLastPushApproval,
      },
      // The provider can't pin them; the step that reads it back does, and requiredChecksOf looks at that one.
      required_status_checks: checks && {
        strict: checks.strict,
        checks: (checks.contexts ?? []).map((context) => ({ context, app_id: actionsApp })),
      },
    }),
  };
}

/** What a resource makes GitHub wait for before a merge. Pure. */
export function requiredChecksOf({ type, props }: Planned): RequiredCheck[] {
  if (isType(type, "RepositoryRuleset")) {
    const { requiredStatusChecks } = (props as unknown as Ruleset).rules;
    return (requiredStatusChecks?.requiredChecks ?? []).map(({ context, integrationId }) => ({
      context,
      app: integrationId,
    }));
  }
  if (isType(type, "BranchProtection")) {
    const [checks] = (props as unknown as Protection).requiredStatusChecks ?? [];
    return (checks?.contexts ?? []).map((context) => ({ context, app: actionsApp }));
  }
  return type === "command:local:Command" ? checksOfStep(props.stdin) : [];
}

/** What a step says to GitHub about branch protection. */
function checksOfStep(stdin: unknown): RequiredCheck[] {
  if (typeof stdin !== "string" || !stdin.includes("/protection")) return [];
  const { wanted } = JSON.parse(stdin) as {
    wanted?: { required_status_checks?: { checks?: { context: string; app_id?: number }[] } };
  };
  return (wanted?.required_status_checks?.checks ?? []).map(({ context, app_id: app }) => ({ context, app }));
}
