// Parts of a repository that GraphQL tells beside the provider's: rulesets, labels, branches, pull requests.
import { extendSchema, GraphQLError, parse, type GraphQLSchema } from "graphql";
import type { Actor } from "./accounts.ts";
import { atLeast, nodeId, roleOf } from "./accounts.ts";
import { Refusal } from "./errors.ts";
import { requirePlan } from "./plans.ts";
import type { Repository } from "./repository.ts";
import { fullName } from "./repository.ts";
import type { BypassActor, Rule, Ruleset } from "./rulesets.ts";
import { accountNode, appNode, teamNode } from "./shown.ts";
import type { World } from "./world.ts";

/** Whether a token that may do less than its owner may read a path of REST below the repository. */
/** How much of a list is wanted. */
interface Bounds {
  first?: number | null;
  after?: string | null;
}

export type MayRead = (path: string) => boolean;

/**
 * What GitHub's reference has and `@octokit/graphql-schema` 15.26.1 has not. Source: docs.github.com, "Objects" of GraphQL's reference
 * (`PullRequestParameters.requiredReviewers`, `RequiredReviewerConfiguration`) and its changelog of 2025-09-12 (`EXEMPT`).
 */
export const withNewer = (schema: GraphQLSchema): GraphQLSchema =>
  extendSchema(
    schema,
    parse(`
      type RequiredReviewerConfiguration { filePatterns: [String!]! minimumApprovals: Int! reviewerId: ID! }
      extend type PullRequestParameters { requiredReviewers: [RequiredReviewerConfiguration!] }
      extend enum RepositoryRulesetBypassActorBypassMode { EXEMPT }
    `),
    { assumeValidSDL: true },
  );

export function toldParts(world: World, repository: Repository, actor: Actor, mayRead: MayRead): object {
  const role = roleOf(actor, repository);
  const { settings } = repository;
  /** Source: what GitHub answers to an installation or a job that was not given the permission. */
  const require = (path: string): void => {
    if (mayRead(path)) return;
    throw new GraphQLError("Resource not accessible by integration", { extensions: { type: "FORBIDDEN" } });
  };
  const head = (branch: string) => repository.git.commitOf(`refs/heads/${branch}`);
  return {
    viewerCanAdminister: atLeast(role, "admin"),
    webCommitSignoffRequired: settings.web_commit_signoff_required,
    squashMergeAllowed: settings.allow_squash_merge,
    mergeCommitAllowed: settings.allow_merge_commit,
    rebaseMergeAllowed: settings.allow_rebase_merge,
    autoMergeAllowed: settings.allow_auto_merge,
    allowUpdateBranch: settings.allow_update_branch,
    deleteBranchOnMerge: settings.delete_branch_on_merge,
    squashMergeCommitTitle: settings.squash_merge_commit_title,
    squashMergeCommitMessage: settings.squash_merge_commit_message,
    mergeCommitTitle: settings.merge_commit_title,
    mergeCommitMessage: settings.merge_commit_message,
    hasVulnerabilityAlertsEnabled: repository.security.vulnerabilityAlerts,
    labels: (args: Bounds) => {
      require("/labels");
      const labels = repository.labels.map(({ id, name, color, description, default: isDefault }) => {
        return { id: nodeId("LA", id), name, color, description, isDefault };
      });
      return connection(() => labels)(args);
    },
    async ref({ qualifiedName }: { qualifiedName: string }) {
      const [, prefix = "", name = ""] = /^(refs\/(?:heads|tags)\/)(.+)$/.exec(qualifiedName) ?? [];
      const commit = prefix === "refs/heads/" ? await head(name) : undefined;
      return commit === undefined ? null : { id: `REF_${qualifiedName}`, name, prefix };
    },
    pullRequests: (args: { headRefName?: string; baseRefName?: string; states?: string[] } & Bounds) => {
      require("/pulls");
      const wanted = repository.pulls.filter(
        (pull) =>
          (args.headRefName ?? pull.head) === pull.head &&
          (args.baseRefName ?? pull.base) === pull.base &&
          (args.states?.includes(pull.mergedAt === null ? pull.state.toUpperCase() : "MERGED") ?? true),
      );
      const list = connection(() =>
        wanted.map(({ id, number, head: headRefName, base: baseRefName }) => ({
          id: nodeId("PR", id),
          number,
          url: `${world.url}/${fullName(repository)}/pull/${number}`,
          headRefName,
          baseRefName,
          headRepositoryOwner: {
            __typename: repository.owner.kind === "user" ? "User" : "Organization",
            id: accountNode(repository.owner),
            login: repository.owner.login,
          },
        })),
      );
      return list(args);
    },
    rulesets: (args: { targets?: string[] | null } & Bounds) => {
      require("/rulesets");
      refusedAsGraphQL(() => {
        requirePlan("rulesets", repository);
      });
      const wanted = repository.rulesets.filter(({ target }) => args.targets?.includes(target.toUpperCase()) ?? true);
      const list = connection(() => wanted.map((each) => shown(world, repository, each, actor)));
      return list(args);
    },
  };
}

/** REST's refusals in GraphQL's form. */
export function refusedAsGraphQL(check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new GraphQLError(error.message, {
      extensions: { type: error.status === 403 ? "FORBIDDEN" : "UNPROCESSABLE" },
    });
  }
}

function shown(
  world: World,
  repository: Repository,
  { id, name, target, enforcement, conditions, bypass_actors, rules, createdAt, updatedAt }: Ruleset,
  actor: Actor,
): object {
  return {
    id: nodeId("RRS", id),
    databaseId: id,
    name,
    target: target.toUpperCase(),
    enforcement: enforcement.toUpperCase(),
    createdAt,
    updatedAt,
    conditions: { refName: conditions.ref_name },
    // Hidden as in REST; whether GitHub then answers null or an empty list, its reference does not say.
    bypassActors: atLeast(roleOf(actor, repository), "admin")
      ? connection(() => bypass_actors.map((each) => shownActor(world, repository, id, each)))
      : null,
    rules: connection(() => rules.map((rule, index) => shownRule(repository, id, rule, index))),
  };
}

function shownActor(world: World, { owner }: Repository, ruleset: number, given: BypassActor): object {
  const { actor_type: type, actor_id: id, bypass_mode: mode = "always" } = given;
  const app = type === "Integration" ? world.apps.find((one) => one.id === id) : undefined;
  const team = type === "Team" && owner.kind === "organization" ? owner.teams.find((one) => one.id === id) : undefined;
  return {
    id: `RBA_${ruleset}_${type}_${String(id)}`,
    actor: app
      ? { __typename: "App", id: appNode(app), databaseId: app.id, name: app.name, slug: app.slug }
      : team
        ? { __typename: "Team", id: teamNode(team), databaseId: team.id, name: team.name, slug: team.slug }
        : null,
    bypassMode: mode.toUpperCase(),
    deployKey: type === "DeployKey",
    enterpriseOwner: false,
    organizationAdmin: type === "OrganizationAdmin",
    repositoryRoleDatabaseId: type === "RepositoryRole" ? id : null,
  };
}

const parameterTypes: Partial<Record<Rule["type"], string>> = {
  pull_request: "PullRequestParameters",
  required_status_checks: "RequiredStatusChecksParameters",
  merge_queue: "MergeQueueParameters",
  code_scanning: "CodeScanningParameters",
  update: "UpdateParameters",
  file_path_restriction: "FilePathRestrictionParameters",
  file_extension_restriction: "FileExtensionRestrictionParameters",
  max_file_path_length: "MaxFilePathLengthParameters",
  max_file_size: "MaxFileSizeParameters",
};

function shownRule({ owner }: Repository, ruleset: number, rule: Rule, index: number): object {
  const typename = parameterTypes[rule.type];
  const given = "parameters" in rule ? (rule.parameters as unknown) : undefined;
  const parameters =
    typename === undefined || given === undefined ? null : { __typename: typename, ...inCamelCase(given) };
  if (parameters && rule.type === "pull_request") {
    const teams = owner.kind === "organization" ? owner.teams : [];
    const reviewers = rule.parameters?.required_reviewers ?? [];
    Object.assign(parameters, {
      requiredReviewers: reviewers.map(({ file_patterns, minimum_approvals, reviewer }) => {
        const team = teams.find(({ id }) => id === reviewer.id);
        return { filePatterns: file_patterns, minimumApprovals: minimum_approvals, reviewerId: team && teamNode(team) };
      }),
    });
  }
  return { id: `RRU_${ruleset}_${index}`, type: rule.type.toUpperCase(), parameters };
}

function inCamelCase(value: unknown): object {
  return convert(value) as object;

  function convert(one: unknown): unknown {
    if (Array.isArray(one)) return one.map(convert);
    if (typeof one !== "object" || one === null) return one;
    const camel = (name: string) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    return Object.fromEntries(Object.entries(one).map(([name, inner]) => [camel(name), convert(inner)]));
  }
}

/** A GraphQL connection over a whole list; cursors are positions. */
export function connection(read: () => object[]): (args: Bounds) => object {
  return ({ first, after }) => {
    const all = read();
    const start = after ? Number(after) : 0;
    const nodes = all.slice(start, start + (first ?? 100));
    const end = start + nodes.length;
    return {
      nodes,
      edges: nodes.map((node, index) => ({ node, cursor: String(start + index + 1) })),
      totalCount: all.length,
      pageInfo: {
        hasNextPage: end < all.length,
        hasPreviousPage: start > 0,
        startCursor: String(start),
        endCursor: String(end),
      },
    };
  };
}
