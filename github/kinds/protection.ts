import { actionsApp, type RequiredCheck } from "../../workflows/ci.ts";
import type { ApiSetting } from "../api-setting.ts";
import { branchRules, branchWords, refGuards, reporters, type BranchRules } from "./branch-rules.ts";
import { branchesOf } from "./defaults.ts";
import type { Value } from "./directions.ts";
import { seen, type Fields, type Kind, type ObjectGuards, type Thing } from "./kind.ts";
import { either } from "./words.ts";

/** Classic branch protection as the provider takes it; a field that is left out is off. */
export interface ClassicProtection {
  readonly pattern: string;
  readonly enforceAdmins?: boolean;
  readonly allowsDeletions?: boolean;
  readonly allowsForcePushes?: boolean;
  readonly requireConversationResolution?: boolean;
  readonly requireSignedCommits?: boolean;
  readonly requiredPullRequestReviews?: {
    readonly requiredApprovingReviewCount?: number;
    readonly dismissStaleReviews?: boolean;
    readonly requireCodeOwnerReviews?: boolean;
    readonly requireLastPushApproval?: boolean;
  }[];
  readonly requiredStatusChecks?: { readonly strict?: boolean; readonly contexts?: string[] }[];
}

/**
 * The provider can't pin classic checks to an app: {@link protectionSettings} does that through GitHub's API.
 *
 * Classic protection knows no bypass but the administrators' own: any actor at all means that it does not hold for them, so settings
 * refuse others.
 */
export function classicProtection(rules: BranchRules) {
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
    requiredStatusChecks: [{ strict: rules.upToDate, contexts: rules.checks.map(({ context }) => context) }],
  } satisfies ClassicProtection;
}

/**
 * Classic protection of a branch as it has to be. The provider makes it, but can't say which app must report a check: that is written here,
 * again after every change, because the provider then takes it away.
 *
 * @param path of the repository in the API
 */
export function protectionSettings(path: string, rules: BranchRules): ApiSetting[] {
  const protection = `${path}/branches/${rules.branch}/protection`;
  // GitHub's word for any app is -1, and it tells of none as null.
  const checksBy = (any: number | null) => rules.checks.map(({ context, app }) => ({ context, app_id: app ?? any }));
  const admins = classicProtection(rules).enforceAdmins;
  const reviews = {
    required_approving_review_count: rules.reviews,
    dismiss_stale_reviews: rules.dismissStaleReviews,
    require_code_owner_reviews: rules.codeOwners,
    require_last_push_approval: rules.lastPushApproval,
  };
  const what = `protection of ${rules.branch}`;
  return [
    {
      what,
      read: protection,
      wanted: {
        enforce_admins: { enabled: admins },
        // secure-proxy-manager#264: GitHub took false and left it on.
        allow_force_pushes: { enabled: false },
        allow_deletions: { enabled: false },
        required_conversation_resolution: { enabled: rules.resolvedThreads },
        required_pull_request_reviews: reviews,
        required_status_checks: { strict: rules.upToDate, checks: checksBy(null) },
      },
      write: {
        method: "PUT",
        path: protection,
        body: {
          enforce_admins: admins,
          allow_force_pushes: false,
          allow_deletions: false,
          required_conversation_resolution: rules.resolvedThreads,
          required_pull_request_reviews: reviews,
          required_status_checks: { strict: rules.upToDate, checks: checksBy(-1) },
          restrictions: null,
        },
      },
    },
    {
      what: `signatures of ${rules.branch}`,
      read: `${protection}/required_signatures`,
      wanted: { enabled: rules.signedCommits },
      write: { method: rules.signedCommits ? "POST" : "DELETE", path: `${protection}/required_signatures` },
    },
  ];
}

interface Allowances {
  readonly nodes: readonly { readonly actor: { readonly login?: string; readonly slug?: string } | null }[];
}

/** A rule of classic protection as GitHub's GraphQL API tells it: REST shows it by branch only, and a pattern may match none. */
export interface ApiProtection {
  readonly pattern: string;
  readonly isAdminEnforced: boolean;
  readonly allowsForcePushes: boolean;
  readonly allowsDeletions: boolean;
  readonly requiresConversationResolution: boolean;
  readonly requiresCommitSignatures: boolean;
  readonly requiresApprovingReviews: boolean;
  readonly requiredApprovingReviewCount: number | null;
  readonly dismissesStaleReviews: boolean;
  readonly requiresCodeOwnerReviews: boolean;
  readonly requireLastPushApproval: boolean;
  readonly requiresStatusChecks: boolean;
  readonly requiresStrictStatusChecks: boolean;
  readonly requiredStatusChecks:
    readonly { readonly context: string; readonly app: { databaseId: number } | null }[] | null;
  readonly lockBranch: boolean;
  readonly requiresLinearHistory: boolean;
  readonly bypassPullRequestAllowances: Allowances;
  readonly bypassForcePushAllowances: Allowances;
}

const actor = "nodes { actor { ... on User { login } ... on Team { slug } ... on App { slug } } }";
const query = `query ($owner: String!, $repo: String!) {
  repository(owner: $owner, name: $repo) {
    branchProtectionRules(first: 100) {
      nodes {
        pattern isAdminEnforced allowsForcePushes allowsDeletions requiresConversationResolution requiresCommitSignatures
        requiresApprovingReviews requiredApprovingReviewCount dismissesStaleReviews requiresCodeOwnerReviews requireLastPushApproval
        requiresStatusChecks requiresStrictStatusChecks requiredStatusChecks { context app { databaseId } } lockBranch requiresLinearHistory
        bypassPullRequestAllowances(first: 100) { ${actor} }
        bypassForcePushAllowances(first: 100) { ${actor} }
      }
    }
  }
}`;

export function protectionThing(rule: ApiProtection): Thing {
  const actors = ({ nodes }: Allowances) => nodes.map(({ actor }) => actor?.login ?? actor?.slug ?? "somebody");
  const reviewed = rule.requiresApprovingReviews;
  const checked = rule.requiresStatusChecks;
  const fields: Record<string, Value> = {
    admins: rule.isAdminEnforced,
    forbidsForcePush: !rule.allowsForcePushes,
    forbidsDeletion: !rule.allowsDeletions,
    forbidsUpdate: rule.lockBranch,
    linearHistory: rule.requiresLinearHistory,
    resolvedThreads: rule.requiresConversationResolution,
    signedCommits: rule.requiresCommitSignatures,
    needsPullRequest: reviewed,
    reviews: reviewed ? (rule.requiredApprovingReviewCount ?? 1) : 0,
    dismissStaleReviews: reviewed && rule.dismissesStaleReviews,
    codeOwners: reviewed && rule.requiresCodeOwnerReviews,
    lastPushApproval: reviewed && rule.requireLastPushApproval,
    upToDate: checked && rule.requiresStrictStatusChecks,
    checks: reporters(
      checked ? (rule.requiredStatusChecks ?? []).map(({ context, app }) => ({ context, app: app?.databaseId })) : [],
    ),
    bypassReviews: actors(rule.bypassPullRequestAllowances),
    bypassForcePushes: actors(rule.bypassForcePushAllowances),
  };
  return seen({ kind: "protection", name: rule.pattern }, fields);
}

/**
 * Protection of the model, or what is planned.
 *
 * @param required who reports each check; the provider can't pin them, the step that reads it back does. @default GitHub Actions
 */
export function classicThing(protection: ClassicProtection, required?: readonly RequiredCheck[]): Thing {
  const [reviews] = protection.requiredPullRequestReviews ?? [];
  const [checks] = protection.requiredStatusChecks ?? [];
  return {
    kind: "protection",
    name: protection.pattern,
    fields: {
      admins: protection.enforceAdmins ?? false,
      forbidsForcePush: protection.allowsForcePushes !== true,
      forbidsDeletion: protection.allowsDeletions !== true,
      forbidsUpdate: false,
      linearHistory: false,
      resolvedThreads: protection.requireConversationResolution ?? false,
      signedCommits: protection.requireSignedCommits ?? false,
      needsPullRequest: reviews !== undefined,
      reviews: reviews?.requiredApprovingReviewCount ?? 0,
      dismissStaleReviews: reviews?.dismissStaleReviews ?? false,
      codeOwners: reviews?.requireCodeOwnerReviews ?? false,
      lastPushApproval: reviews?.requireLastPushApproval ?? false,
      upToDate: checks?.strict ?? false,
      checks: reporters(required ?? (checks?.contexts ?? []).map((context) => ({ context, app: actionsApp }))),
      bypassReviews: [],
      bypassForcePushes: [],
    },
  };
}

function guards({ admins, linearHistory, ...others }: Fields, branch: string): ObjectGuards {
  return {
    ...refGuards({
      ...others,
      ...(linearHistory === true ? { otherRules: ["required_linear_history"] } : {}),
      ...(admins === true ? {} : { bypass: { "role:admin": "always" } }),
    }),
    enforcement: "active",
    scope: [`refs/heads/${branch}`],
  };
}

/** The older way to say what a branch needs. */
export const protection: Kind = {
  title: ({ name }) => `classic protection of ${name}`,
  declare: ({ repository: settings }) =>
    settings?.isProtected === true && settings.rules === "classic"
      ? branchesOf(settings).map((branch) => {
          const rules = branchRules(branch, settings);
          return classicThing(classicProtection(rules), rules.checks);
        })
      : [],
  async read(reader) {
    const answer = await reader.ask("classic protection", (octokit, at) =>
      octokit.graphql<{ repository: { branchProtectionRules: { nodes: ApiProtection[] } } }>(query, { ...at }),
    );
    const isHidden = answer.is === "hidden" || !(await reader.isAdministrator());
    return {
      things: answer.is === "there" ? answer.value.repository.branchProtectionRules.nodes.map(protectionThing) : [],
      hidden: isHidden ? [{ kind: "protection" }] : [],
    };
  },
  words: {
    ...branchWords,
    admins: either("administrators follow it too", "administrators need not follow it"),
    forbidsUpdate: either("the branch is locked: nobody can push", "the branch is not locked"),
    linearHistory: either("merge commits are forbidden", "merge commits are allowed"),
    bypassReviews: { list: "those who need no review" },
    bypassForcePushes: { list: "those who may force push" },
  },
  object: ({ name }) => name,
  guards,
  planned: { BranchProtection: (inputs) => classicThing(inputs as ClassicProtection) },
  imports: { BranchProtection: (input, find) => find(input("pattern"))?.name },
};
