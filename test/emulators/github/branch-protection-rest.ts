// Classic branch protection through REST: the rule whose pattern is the branch's very name.
import type { BranchProtection, Principal } from "./branch-protection.ts";
import { newProtection, protectionOf, requireOrganization } from "./branch-protection.ts";
import type { BodyOf, Call, Handlers } from "./call.ts";
import { noContent, ok } from "./call.ts";
import { notFound, unprocessable } from "./errors.ts";
import { requirePlan } from "./plans.ts";
import type { Repository } from "./repository.ts";
import { fullName } from "./repository.ts";
import { shownApp, shownTeam, shownUser } from "./shown.ts";

interface Names {
  users?: string[];
  teams?: string[];
  apps?: string[];
}

/** The people, teams and apps with these names. @throws 422 where there is no such one. */
function principals(call: Call, repository: Repository, { users = [], teams = [], apps = [] }: Names): Principal[] {
  const { owner } = repository;
  const found = [
    ...users.map((login): Principal | string => {
      const account = call.world.user(login);
      return account === undefined ? login : { kind: "user", account };
    }),
    ...teams.map((slug): Principal | string => {
      const team = owner.kind === "organization" ? owner.teams.find((one) => one.slug === slug) : undefined;
      return team === undefined || owner.kind !== "organization" ? slug : { kind: "team", team, owner };
    }),
    ...apps.map((slug): Principal | string => {
      const app = call.world.apps.find((one) => one.slug === slug);
      return app === undefined ? slug : { kind: "app", app };
    }),
  ];
  const unknown = found.filter((one) => typeof one === "string");
  if (unknown.length > 0) throw unprocessable("Validation Failed", [`Could not resolve: ${unknown.join(", ")}`]);
  return found.filter((one) => typeof one !== "string");
}

function shownPrincipals(call: Call, given: Principal[]): { users: object[]; teams: object[]; apps: object[] } {
  return {
    users: given.flatMap((one) => (one.kind === "user" ? [shownUser(call.world, one.account)] : [])),
    teams: given.flatMap((one) => (one.kind === "team" ? [shownTeam(call.world, one.owner, one.team)] : [])),
    apps: given.flatMap((one) => (one.kind === "app" ? [shownApp(call.world, one.app)] : [])),
  };
}

function shown(call: Call, repository: Repository, branch: string, rule: BranchProtection): object {
  const url = `${call.world.url}/api/v3/repos/${fullName(repository)}/branches/${branch}/protection`;
  const reviews = `${url}/required_pull_request_reviews`;
  const restrictions = `${url}/restrictions`;
  const dismissals = `${url}/dismissal_restrictions`;
  return {
    url,
    ...(rule.requiresStatusChecks && { required_status_checks: shownChecks(`${url}/required_status_checks`, rule) }),
    ...(rule.requiresApprovingReviews && {
      required_pull_request_reviews: {
        url: reviews,
        dismiss_stale_reviews: rule.dismissesStaleReviews,
        require_code_owner_reviews: rule.requiresCodeOwnerReviews,
        required_approving_review_count: rule.requiredApprovingReviewCount ?? 1,
        require_last_push_approval: rule.requireLastPushApproval,
        ...(rule.restrictsReviewDismissals && {
          dismissal_restrictions: {
            url: dismissals,
            users_url: `${dismissals}/users`,
            teams_url: `${dismissals}/teams`,
            ...shownPrincipals(call, rule.reviewDismissalActors),
          },
        }),
        ...(rule.bypassPullRequestActors.length > 0 && {
          bypass_pull_request_allowances: shownPrincipals(call, rule.bypassPullRequestActors),
        }),
      },
    }),
    ...(rule.restrictsPushes && {
      restrictions: {
        url: restrictions,
        users_url: `${restrictions}/users`,
        teams_url: `${restrictions}/teams`,
        apps_url: `${restrictions}/apps`,
        ...shownPrincipals(call, rule.pushActors),
      },
    }),
    required_signatures: { url: `${url}/required_signatures`, enabled: rule.requiresCommitSignatures },
    enforce_admins: { url: `${url}/enforce_admins`, enabled: rule.isAdminEnforced },
    required_linear_history: { enabled: rule.requiresLinearHistory },
    allow_force_pushes: { enabled: rule.allowsForcePushes },
    allow_deletions: { enabled: rule.allowsDeletions },
    block_creations: { enabled: rule.blocksCreations },
    required_conversation_resolution: { enabled: rule.requiresConversationResolution },
    lock_branch: { enabled: rule.lockBranch },
    allow_fork_syncing: { enabled: rule.lockAllowsFetchAndMerge },
  };
}

function shownChecks(url: string, rule: BranchProtection): object {
  return {
    url,
    strict: rule.requiresStrictStatusChecks,
    contexts: rule.requiredStatusChecks.map(({ context }) => context),
    contexts_url: `${url}/contexts`,
    checks: rule.requiredStatusChecks.map(({ context, app }) => ({ context, app_id: app })),
  };
}

interface Checks {
  strict: boolean;
  /** The old word for checks that any app may report; clients still send it. */
  contexts?: string[];
  checks?: { context: string; app_id?: number }[];
}

/** What the body says of the rule; a field that is left out goes back to its default. */
function wanted(
  call: Call<BodyOf<"repos/update-branch-protection">>,
  repository: Repository,
): Partial<BranchProtection> {
  const { body } = call;
  const { required_pull_request_reviews: reviews, restrictions } = body;
  const checks: Checks | null = body.required_status_checks;
  const bypass = reviews?.bypass_pull_request_allowances;
  const dismissal = reviews?.dismissal_restrictions;
  if (restrictions !== null) requireOrganization(repository, "users and team restrictions");
  if (dismissal !== undefined) requireOrganization(repository, "users and team restrictions");
  const apps = checks?.checks ?? checks?.contexts?.map((context) => ({ context, app_id: undefined })) ?? [];
  return {
    requiresStatusChecks: checks !== null,
    requiresStrictStatusChecks: checks?.strict ?? false,
    // -1 stands for any app.
    requiredStatusChecks: apps.map(({ context, app_id }) => ({
      context,
      app: app_id === undefined || app_id === -1 ? null : app_id,
    })),
    isAdminEnforced: body.enforce_admins ?? false,
    requiresApprovingReviews: reviews !== null,
    requiredApprovingReviewCount: reviews === null ? null : (reviews.required_approving_review_count ?? 1),
    dismissesStaleReviews: reviews?.dismiss_stale_reviews ?? false,
    requiresCodeOwnerReviews: reviews?.require_code_owner_reviews ?? false,
    requireLastPushApproval: reviews?.require_last_push_approval ?? false,
    restrictsReviewDismissals: dismissal !== undefined,
    reviewDismissalActors: principals(call, repository, dismissal ?? {}),
    bypassPullRequestActors: principals(call, repository, bypass ?? {}),
    restrictsPushes: restrictions !== null,
    pushActors: principals(call, repository, restrictions ?? {}),
    requiresLinearHistory: body.required_linear_history ?? false,
    allowsForcePushes: body.allow_force_pushes ?? false,
    allowsDeletions: body.allow_deletions ?? false,
    blocksCreations: body.block_creations ?? false,
    requiresConversationResolution: body.required_conversation_resolution ?? false,
    lockBranch: body.lock_branch ?? false,
    lockAllowsFetchAndMerge: body.allow_fork_syncing ?? false,
  };
}

/** The rule of the path's branch. @throws 404 with GitHub's two different reasons. */
async function existing(call: Call): Promise<{ repository: Repository; branch: string; rule: BranchProtection }> {
  const repository = call.repository("admin");
  const branch = call.param("branch");
  requirePlan("branch-protection", repository);
  if ((await repository.git.commitOf(`refs/heads/${branch}`)) === undefined) throw notFound("Branch not found");
  const rule = protectionOf(repository, branch);
  if (rule === undefined) throw notFound("Branch not protected");
  return { repository, branch, rule };
}

export const branchProtection: Handlers = {
  async "repos/get-branch-protection"(call) {
    const { repository, branch, rule } = await existing(call);
    return ok(shown(call, repository, branch, rule));
  },
  async "repos/update-branch-protection"(call) {
    const repository = call.repository("admin");
    const branch = call.param("branch");
    requirePlan("branch-protection", repository);
    if ((await repository.git.commitOf(`refs/heads/${branch}`)) === undefined) throw notFound("Branch not found");
    const change = wanted(call, repository);
    let rule = repository.protections.find(({ pattern }) => pattern === branch);
    if (rule === undefined) {
      rule = newProtection(call.world, branch, call.user().login);
      repository.protections.push(rule);
    }
    Object.assign(rule, change);
    return ok(shown(call, repository, branch, rule));
  },
  async "repos/delete-branch-protection"(call) {
    const { repository, rule } = await existing(call);
    repository.protections.splice(repository.protections.indexOf(rule), 1);
    return noContent;
  },
  async "repos/update-status-check-protection"(call) {
    const { rule } = await existing(call);
    if (!rule.requiresStatusChecks) throw notFound("Required status checks not enabled");
    const { strict, checks } = call.body;
    if (strict !== undefined) rule.requiresStrictStatusChecks = strict;
    if (checks !== undefined) {
      rule.requiredStatusChecks = checks.map(({ context, app_id }) => ({ context, app: app_id ?? null }));
    }
    return ok(shownChecks(call.url, rule));
  },
  async "repos/get-admin-branch-protection"(call) {
    const { rule } = await existing(call);
    return ok({ url: call.url, enabled: rule.isAdminEnforced });
  },
  async "repos/set-admin-branch-protection"(call) {
    const { rule } = await existing(call);
    rule.isAdminEnforced = true;
    return ok({ url: call.url, enabled: true });
  },
  async "repos/delete-admin-branch-protection"(call) {
    (await existing(call)).rule.isAdminEnforced = false;
    return noContent;
  },
  async "repos/get-commit-signature-protection"(call) {
    const { rule } = await existing(call);
    return ok({ url: call.url, enabled: rule.requiresCommitSignatures });
  },
  async "repos/create-commit-signature-protection"(call) {
    const { rule } = await existing(call);
    rule.requiresCommitSignatures = true;
    return ok({ url: call.url, enabled: true });
  },
  async "repos/delete-commit-signature-protection"(call) {
    (await existing(call)).rule.requiresCommitSignatures = false;
    return noContent;
  },
};
