import type { ApiBypassActor, ApiRuleset } from "../kinds/api-ruleset.ts";
import type { ToldRuleset } from "./told.ts";

/**
 * A ruleset in GraphQL. Names as of GitHub's reference of 2026; that of an Enterprise Server, like the npm package `@octokit/graphql-schema` 15.26.1,
 * may lack `requiredReviewers`.
 *
 * @param hasReviewers GitHub knows that field
 */
export const rulesetQuery = (hasReviewers: boolean): string => `
  databaseId name target enforcement
  conditions { refName { include exclude } }
  bypassActors(first: 30) {
    pageInfo { hasNextPage }
    nodes {
      actor { __typename ... on App { databaseId } ... on Team { databaseId } }
      bypassMode deployKey organizationAdmin repositoryRoleDatabaseId
    }
  }
  rules(first: 30) {
    pageInfo { hasNextPage }
    nodes {
      type
      parameters {
        ... on PullRequestParameters {
          allowedMergeMethods dismissStaleReviewsOnPush requireCodeOwnerReview requireLastPushApproval
          requiredApprovingReviewCount requiredReviewThreadResolution
          ${hasReviewers ? "requiredReviewers { minimumApprovals }" : ""}
        }
        ... on RequiredStatusChecksParameters {
          doNotEnforceOnCreate strictRequiredStatusChecksPolicy requiredStatusChecks { context integrationId }
        }
        ... on MergeQueueParameters {
          checkResponseTimeoutMinutes groupingStrategy maxEntriesToBuild maxEntriesToMerge mergeMethod minEntriesToMerge
          minEntriesToMergeWaitMinutes
        }
        ... on FilePathRestrictionParameters { restrictedFilePaths }
        ... on FileExtensionRestrictionParameters { restrictedFileExtensions }
        ... on MaxFileSizeParameters { maxFileSize }
        ... on MaxFilePathLengthParameters { maxFilePathLength }
        ... on CodeScanningParameters { codeScanningTools { tool alertsThreshold securityAlertsThreshold } }
      }
    }
  }`;

/** One page of a list. */
export interface Page<T> {
  readonly pageInfo: { readonly hasNextPage: boolean };
  readonly nodes: readonly (T | null)[] | null;
}

/** All of a list, where it is on one page and GitHub hides none of it. */
export function whole<T>(list: Page<T> | null | undefined): readonly T[] | undefined {
  if (!list?.nodes || list.pageInfo.hasNextPage) return undefined;
  const there = list.nodes.filter((node) => node !== null);
  return there.length === list.nodes.length ? there : undefined;
}

/** A ruleset as GraphQL tells it. */
export interface GraphRuleset {
  readonly databaseId: number | null;
  readonly name: string;
  readonly target: string | null;
  readonly enforcement: string;
  readonly conditions: { readonly refName: { readonly include: string[]; readonly exclude: string[] } | null };
  readonly bypassActors: Page<GraphBypassActor> | null;
  readonly rules: Page<{ readonly type: string; readonly parameters: object | null }> | null;
}

interface GraphBypassActor {
  readonly actor: { readonly __typename: string; readonly databaseId?: number | null } | null;
  readonly bypassMode: string | null;
  readonly deployKey: boolean;
  readonly organizationAdmin: boolean;
  readonly repositoryRoleDatabaseId: number | null;
}

/**
 * The same as REST tells it. Pure.
 *
 * @param seesBypasses this token sees who may pass; GraphQL does not say whether a list is empty or hidden
 * @returns its number only, where something of it is not told; undefined where not even that is
 */
export function rulesetTold(graph: GraphRuleset, seesBypasses: boolean): ToldRuleset | undefined {
  const { databaseId: id, name, target, enforcement, conditions } = graph;
  if (id === null) return undefined;
  const bypass_actors = bypassTold(whole(graph.bypassActors), seesBypasses);
  const rules = whole(graph.rules)?.map(ruleTold);
  if (target === null || bypass_actors === undefined || rules === undefined || rules.includes(undefined)) return { id };
  const ruleset: ApiRuleset = {
    name,
    target: target.toLowerCase(),
    enforcement: enforcement.toLowerCase(),
    bypass_actors,
    conditions: conditions.refName ? { ref_name: conditions.refName } : null,
    rules: rules.filter((rule) => rule !== undefined),
  };
  return { id, ruleset };
}

function bypassTold(all: readonly GraphBypassActor[] | undefined, isSure: boolean): ApiBypassActor[] | undefined {
  if (all === undefined || (all.length === 0 && !isSure)) return undefined;
  const told = all.map(actorTold);
  return told.some((each) => each === undefined) ? undefined : told.filter((each) => each !== undefined);
}

/** Undefined where GraphQL has no word for the actor, as for a user, or hides it. */
function actorTold({ actor, bypassMode, ...flags }: GraphBypassActor): ApiBypassActor | undefined {
  if (bypassMode === null) return undefined;
  const bypass_mode = bypassMode.toLowerCase();
  if (flags.organizationAdmin) return { actor_id: 1, actor_type: "OrganizationAdmin", bypass_mode };
  if (flags.deployKey) return { actor_id: null, actor_type: "DeployKey", bypass_mode };
  const role = flags.repositoryRoleDatabaseId;
  if (role !== null) return { actor_id: role, actor_type: "RepositoryRole", bypass_mode };
  if (actor?.databaseId == null) return undefined;
  if (actor.__typename === "App") return { actor_id: actor.databaseId, actor_type: "Integration", bypass_mode };
  return actor.__typename === "Team" ? { actor_id: actor.databaseId, actor_type: "Team", bypass_mode } : undefined;
}

/** Rules that are known by their parameters too, with one that each of them has. */
const parametersOf: Readonly<Record<string, string>> = {
  pull_request: "requiredApprovingReviewCount",
  required_status_checks: "requiredStatusChecks",
  merge_queue: "groupingStrategy",
  code_scanning: "codeScanningTools",
  file_path_restriction: "restrictedFilePaths",
  file_extension_restriction: "restrictedFileExtensions",
  max_file_size: "maxFileSize",
  max_file_path_length: "maxFilePathLength",
};

/** Undefined where its parameters are not told, or name teams that only REST tells by number. */
function ruleTold({
  type: graphType,
  parameters: given,
}: {
  readonly type: string;
  readonly parameters: object | null;
}) {
  const type = graphType.toLowerCase();
  const proof = parametersOf[type];
  if (proof === undefined) return { type };
  const parameters = (given ?? {}) as Readonly<Record<string, unknown>>;
  if (!(proof in parameters)) return undefined;
  if (type !== "pull_request") return { type, parameters: inSnakeCase(parameters) };
  const { requiredReviewers, allowedMergeMethods, ...others } = parameters;
  if (!Array.isArray(requiredReviewers) || requiredReviewers.length > 0) return undefined;
  if (!Array.isArray(allowedMergeMethods)) return undefined;
  const allowed_merge_methods = (allowedMergeMethods as readonly string[]).map((method) => method.toLowerCase());
  return { type, parameters: { ...(inSnakeCase(others) as object), allowed_merge_methods } };
}

/** REST has the same names in another case. */
function inSnakeCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inSnakeCase);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([name, inner]) => [
    name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    inSnakeCase(inner),
  ]);
  return Object.fromEntries(entries) as unknown;
}
