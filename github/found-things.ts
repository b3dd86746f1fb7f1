import type { Octokit } from "@octokit/rest";
import { found } from "./account.ts";
import { checkName, rulesetThing, type ApiRuleset, type Names, type Thing } from "./things.ts";

/** Which part of a repository to look at. */
export interface Scope {
  readonly owner: string;
  readonly repo: string;
  /** Everything, or only {@link environments}. */
  readonly isWhole: boolean;
  /** Environments whose inside counts. */
  readonly environments: readonly string[];
  /** Paths of files on main that count. */
  readonly files: readonly string[];
  readonly names: Names;
}

type Where = Pick<Scope, "owner" | "repo">;
const page = { per_page: 100 } as const;

/**
 * Everything that GitHub has and that could be declared, or should have been: reads only, about 30 requests and 4 for each environment.
 *
 * @returns nothing at all where the repository is not there
 * @throws RequestError of octokit when GitHub does not answer or refuses the token
 */
export async function foundThings(octokit: Octokit, scope: Scope): Promise<Thing[]> {
  const where = { owner: scope.owner, repo: scope.repo };
  const repository = await found(octokit.rest.repos.get(where));
  if (repository === undefined) return [];
  const environments = environmentThings(octokit, where, scope);
  if (!scope.isWhole) return environments;
  const parts = await Promise.all([
    repositoryThings(octokit, where, repository.data),
    refThings(octokit, where, scope),
    environments,
    storeThings(octokit, where),
    accessThings(octokit, where),
  ]);
  return parts.flat();
}

type ApiRepository = Awaited<ReturnType<Octokit["rest"]["repos"]["get"]>>["data"];

async function repositoryThings(octokit: Octokit, where: Where, data: ApiRepository): Promise<Thing[]> {
  const { rest } = octokit;
  const [alerts, fixes, reports, immutable, codeql, actions, token] = await Promise.all([
    found(rest.repos.checkVulnerabilityAlerts(where)),
    found(rest.repos.checkAutomatedSecurityFixes(where)),
    found(rest.repos.checkPrivateVulnerabilityReporting(where)),
    found(octokit.request("GET /repos/{owner}/{repo}/immutable-releases", where)),
    // 403 where the account has no code scanning: then it is off.
    unless([403, 404], rest.codeScanning.getDefaultSetup(where)),
    rest.actions.getGithubActionsPermissionsRepository(where),
    rest.actions.getGithubActionsDefaultWorkflowPermissionsRepository(where),
  ]);
  const selected =
    actions.data.allowed_actions === "selected" ? await rest.actions.getAllowedActionsRepository(where) : undefined;
  const analysis = data.security_and_analysis;
  return [
    { kind: "repository", name: data.full_name, fields: {} },
    {
      kind: "settings",
      name: "repository",
      fields: {
        visibility: data.visibility ?? (data.private ? "private" : "public"),
        description: data.description ?? "",
        homepage: data.homepage ?? "",
        topics: data.topics ?? [],
        defaultBranch: data.default_branch,
        archived: data.archived,
        template: data.is_template ?? false,
        issues: data.has_issues,
        projects: data.has_projects,
        wiki: data.has_wiki,
        discussions: data.has_discussions,
      },
    },
    {
      kind: "settings",
      name: "pull requests",
      fields: {
        squash: data.allow_squash_merge ?? false,
        mergeCommits: data.allow_merge_commit ?? false,
        rebase: data.allow_rebase_merge ?? false,
        autoMerge: data.allow_auto_merge ?? false,
        updateBranch: data.allow_update_branch ?? false,
        deleteBranch: data.delete_branch_on_merge ?? false,
        signOff: data.web_commit_signoff_required ?? false,
        squashTitle: data.squash_merge_commit_title ?? "",
        squashMessage: data.squash_merge_commit_message ?? "",
        mergeTitle: data.merge_commit_title ?? "",
        mergeMessage: data.merge_commit_message ?? "",
      },
    },
    {
      kind: "settings",
      name: "security",
      fields: {
        vulnerabilityAlerts: alerts !== undefined,
        securityUpdates: fixes?.data.enabled ?? false,
        secretScanning: analysis?.secret_scanning?.status === "enabled",
        pushProtection: analysis?.secret_scanning_push_protection?.status === "enabled",
        vulnerabilityReports: reports?.data.enabled ?? false,
        codeScanning: codeql?.data.state === "configured",
        codeQueries: codeql?.data.query_suite ?? "none",
        immutableReleases: immutable?.data.enabled ?? false,
      },
    },
    {
      kind: "settings",
      name: "GitHub Actions",
      fields: {
        enabled: actions.data.enabled,
        allowed: actions.data.allowed_actions ?? "all",
        shaPinning: actions.data.sha_pinning_required ?? false,
        ...(selected
          ? {
              fromGitHub: selected.data.github_owned_allowed ?? false,
              fromVerified: selected.data.verified_allowed ?? false,
              patterns: selected.data.patterns_allowed ?? [],
            }
          : {}),
        tokenPermissions: token.data.default_workflow_permissions,
        approvesPullRequests: token.data.can_approve_pull_request_reviews,
      },
    },
  ];
}

/** Branches, files on main, rulesets, classic protection. */
async function refThings(octokit: Octokit, where: Where, { names, files }: Scope): Promise<Thing[]> {
  const { rest } = octokit;
  const [branches, summaries, protections] = await Promise.all([
    octokit.paginate(rest.repos.listBranches, { ...where, ...page }),
    // 403 where the plan has none.
    unless([403], octokit.paginate(rest.repos.getRepoRulesets, { ...where, ...page, includes_parents: false })),
    protectionThings(octokit, where),
  ]);
  const tree = branches.some(({ name }) => name === "main")
    ? await rest.git.getTree({ ...where, tree_sha: "main", recursive: "1" })
    : undefined;
  const rulesets = await Promise.all(
    (summaries ?? []).map(({ id }) => rest.repos.getRepoRuleset({ ...where, ruleset_id: id, includes_parents: false })),
  );
  return [
    ...branches.map(({ name }): Thing => ({ kind: "branch", name, fields: {} })),
    ...(tree?.data.tree ?? [])
      .filter(({ path }) => files.includes(path))
      .map(({ path, sha }): Thing => ({ kind: "file", name: path, fields: { blob: sha } })),
    ...rulesets.map(({ data }) => rulesetThing(data as ApiRuleset, names)),
    ...protections,
  ];
}

interface Allowances {
  nodes: { actor: { login?: string; combinedSlug?: string; slug?: string } | null }[];
}

interface ProtectionAnswer {
  repository: {
    branchProtectionRules: {
      nodes: {
        pattern: string;
        isAdminEnforced: boolean;
        allowsForcePushes: boolean;
        allowsDeletions: boolean;
        requiresConversationResolution: boolean;
        requiresCommitSignatures: boolean;
        requiresApprovingReviews: boolean;
        requiredApprovingReviewCount: number | null;
        dismissesStaleReviews: boolean;
        requiresCodeOwnerReviews: boolean;
        requireLastPushApproval: boolean;
        requiresStatusChecks: boolean;
        requiresStrictStatusChecks: boolean;
        requiredStatusChecks: { context: string; app: { databaseId: number } | null }[] | null;
        lockBranch: boolean;
        requiresLinearHistory: boolean;
        bypassPullRequestAllowances: Allowances;
        bypassForcePushAllowances: Allowances;
      }[];
    };
  };
}

/** REST shows classic protection by branch only, and a pattern may match none. */
async function protectionThings(octokit: Octokit, where: Where): Promise<Thing[]> {
  const actor = "nodes { actor { ... on User { login } ... on Team { slug } ... on App { slug } } }";
  const answer = await octokit.graphql<ProtectionAnswer>(
    `query ($owner: String!, $repo: String!) {
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
    }`,
    { ...where },
  );
  const actors = ({ nodes }: Allowances) => nodes.map((node) => node.actor?.login ?? node.actor?.slug ?? "somebody");
  return answer.repository.branchProtectionRules.nodes.map((rule) => ({
    kind: "protection",
    name: rule.pattern,
    fields: {
      admins: rule.isAdminEnforced,
      forcePushes: rule.allowsForcePushes,
      deletions: rule.allowsDeletions,
      resolvedThreads: rule.requiresConversationResolution,
      signedCommits: rule.requiresCommitSignatures,
      reviews: rule.requiresApprovingReviews ? (rule.requiredApprovingReviewCount ?? 1) : 0,
      dismissStaleReviews: rule.requiresApprovingReviews && rule.dismissesStaleReviews,
      codeOwners: rule.requiresApprovingReviews && rule.requiresCodeOwnerReviews,
      lastPushApproval: rule.requiresApprovingReviews && rule.requireLastPushApproval,
      upToDate: rule.requiresStatusChecks && rule.requiresStrictStatusChecks,
      checks: rule.requiresStatusChecks
        ? (rule.requiredStatusChecks ?? []).map(({ context, app }) => checkName(context, app?.databaseId))
        : [],
      locked: rule.lockBranch,
      linearHistory: rule.requiresLinearHistory,
      bypassReviews: actors(rule.bypassPullRequestAllowances),
      bypassForcePushes: actors(rule.bypassForcePushAllowances),
    },
  }));
}

async function environmentThings(octokit: Octokit, where: Where, scope: Scope): Promise<Thing[]> {
  const environments = await listEnvironments(octokit, where);
  const things = environments.map(async (environment): Promise<Thing[]> => {
    const { name } = environment;
    // What is inside of an undeclared one says nothing more.
    if (!scope.environments.includes(name)) return [{ kind: "environment", name, fields: {} }];
    return environmentThing(octokit, where, environment);
  });
  return (await Promise.all(things)).flat();
}

/** Typed here: GitHub's description says that the list may be missing, and Octokit then does not see that it is one. */
export function listEnvironments(octokit: Octokit, where: Where): Promise<ApiEnvironment[]> {
  return octokit.paginate<ApiEnvironment>("GET /repos/{owner}/{repo}/environments", { ...where, ...page });
}

interface ApiEnvironment {
  readonly name: string;
  readonly can_admins_bypass?: boolean;
  readonly deployment_branch_policy?: { readonly custom_branch_policies: boolean } | null;
  readonly protection_rules?: readonly {
    readonly type: string;
    readonly wait_timer?: number;
    readonly prevent_self_review?: boolean;
    readonly reviewers?: readonly {
      readonly type?: string;
      readonly reviewer?: { readonly login?: string; readonly slug?: string };
    }[];
  }[];
}

async function environmentThing(octokit: Octokit, where: Where, environment: ApiEnvironment): Promise<Thing[]> {
  const { rest } = octokit;
  const { name, deployment_branch_policy: refs, protection_rules: rules = [] } = environment;
  const inside = { ...where, environment_name: name };
  const [policies, apps, secrets, variables] = await Promise.all([
    refs?.custom_branch_policies === true
      ? octokit.paginate(rest.repos.listDeploymentBranchPolicies, { ...inside, ...page })
      : [],
    rest.repos.getAllDeploymentProtectionRules(inside),
    octokit.paginate(rest.actions.listEnvironmentSecrets, { ...inside, ...page }),
    octokit.paginate(rest.actions.listEnvironmentVariables, { ...inside, per_page: 30 }),
  ]);
  const review = rules.find(({ type }) => type === "required_reviewers");
  const patterns = (kind: string) =>
    policies.flatMap((policy) => ((policy.type ?? "branch") === kind ? [policy.name ?? ""] : []));
  return [
    {
      kind: "environment",
      name,
      fields: {
        reviewers: (review?.reviewers ?? []).map(({ reviewer }) =>
          reviewer?.slug === undefined ? `user ${reviewer?.login ?? ""}` : `team ${reviewer.slug}`,
        ),
        selfReview: review?.prevent_self_review !== true,
        waitMinutes: rules.find(({ type }) => type === "wait_timer")?.wait_timer ?? 0,
        adminsBypass: environment.can_admins_bypass ?? true,
        refs: refs === null || refs === undefined ? "any" : refs.custom_branch_policies ? "chosen" : "protected",
        branches: patterns("branch"),
        tags: patterns("tag"),
        apps: (apps.data.custom_deployment_protection_rules ?? []).map(({ app }) => `app ${app.id}`),
      },
    },
    ...secrets.map((secret) => secretThing(name, secret)),
    ...variables.map((variable): Thing => variableThing(name, variable)),
  ];
}

/** Secrets, variables and labels of the repository itself. */
async function storeThings(octokit: Octokit, where: Where): Promise<Thing[]> {
  const { rest } = octokit;
  const [secrets, dependabot, variables, labels] = await Promise.all([
    octokit.paginate(rest.actions.listRepoSecrets, { ...where, ...page }),
    octokit.paginate(rest.dependabot.listRepoSecrets, { ...where, ...page }),
    octokit.paginate(rest.actions.listRepoVariables, { ...where, per_page: 30 }),
    octokit.paginate(rest.issues.listLabelsForRepo, { ...where, ...page }),
  ]);
  return [
    ...secrets.map((secret) => secretThing("repository", secret)),
    ...dependabot.map((secret) => secretThing("dependabot", secret)),
    ...variables.map((variable) => variableThing("repository", variable)),
    ...labels.map(({ name, color, description }): Thing => ({
      kind: "label",
      name,
      fields: { name, color, description: description ?? "" },
    })),
  ];
}

const secretThing = (of: string, { name, updated_at }: { name: string; updated_at: string }): Thing => ({
  kind: "secret",
  name,
  of,
  fields: { writtenAt: new Date(updated_at).toISOString() },
});

const variableThing = (of: string, { name, value }: { name: string; value: string }): Thing => ({
  kind: "variable",
  name,
  of,
  fields: { value },
});

/** Who and what gets in or is told: people, teams, deploy keys, webhooks, links. */
async function accessThings(octokit: Octokit, where: Where): Promise<Thing[]> {
  const { rest } = octokit;
  const [people, teams, keys, hooks, links] = await Promise.all([
    octokit.paginate(rest.repos.listCollaborators, { ...where, ...page, affiliation: "direct" }),
    octokit.paginate(rest.repos.listTeams, { ...where, ...page }),
    octokit.paginate(rest.repos.listDeployKeys, { ...where, ...page }),
    octokit.paginate(rest.repos.listWebhooks, { ...where, ...page }),
    found(rest.repos.listAutolinks(where)),
  ]);
  return [
    ...people.map(({ login, role_name }): Thing => ({
      kind: "collaborator",
      name: login,
      fields: { role: role_name },
    })),
    ...teams.map(({ slug, permission }): Thing => ({
      kind: "team",
      name: slug,
      fields: { role: permissions[permission] ?? permission },
    })),
    ...keys.map(({ title, read_only }): Thing => ({
      kind: "deploy key",
      name: title,
      fields: { readOnly: read_only },
    })),
    // The address may hold a secret in its path.
    ...hooks.map(({ config }): Thing => ({ kind: "webhook", name: hostOf(config.url ?? ""), fields: {} })),
    ...(links?.data ?? []).map(({ key_prefix }): Thing => ({ kind: "autolink", name: key_prefix, fields: {} })),
  ];
}

/** Teams are told in the API's older words. */
const permissions: Readonly<Record<string, string>> = { pull: "read", push: "write" };

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : "an address that is none";
}

/** The answer, or undefined where GitHub answers with one of the statuses. */
async function unless<T>(statuses: readonly number[], answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (statuses.includes(statusOf(error))) return undefined;
    throw error;
  }
}

const statusOf = (error: unknown) => (error instanceof Error && "status" in error ? Number(error.status) : 0);
