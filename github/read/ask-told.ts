import type { Octokit } from "@octokit/rest";
import { filesBranch } from "../kinds/defaults.ts";
import type { Shared } from "./ask-shared.ts";
import { listedFields, type ApiRepository, type ListedRepository, type Told, type ToldLabel } from "./told.ts";
import { rulesetQuery, rulesetTold, whole, type GraphRuleset, type Page } from "./told-ruleset.ts";

type At = Readonly<Record<"owner" | "repo", string>>;

/** Repositories of one query: GitHub ends one that takes more than 10 s, and one of these has some 4,000 of at most 500,000 nodes. */
const perQuery = 10;

/** It only saves time: where it fails REST is asked, so it is not tried again. */
const once = { request: { retries: 0 } };

/**
 * What GraphQL tells of each of several repositories, some of them in one query, which is made when the first of them is asked for.
 *
 * @param isLimited the token may do less than its owner
 * @param shared what lists of their owner tell of them. @default nothing
 */
export function tellerOf(
  octokit: Octokit,
  all: readonly At[],
  isLimited: boolean,
  shared: () => Promise<Shared> = nothingShared,
): (at: At) => Promise<Told> {
  const lists = lazily(shared);
  const queries = Array.from({ length: Math.ceil(all.length / perQuery) }, (_, index) => {
    const some = all.slice(index * perQuery, (index + 1) * perQuery);
    return lazily(async () => askTold(octokit, some, await lists(), isLimited));
  });
  return async ({ owner, repo }) => {
    const index = all.findIndex((one) => one.owner === owner && one.repo === repo);
    const answers = await queries[Math.floor(index / perQuery)]?.();
    return answers?.[index % perQuery] ?? {};
  };
}

const nothingShared = (): Promise<Shared> => Promise.resolve({ repositories: new Map(), roles: new Map() });

function lazily<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => (answer ??= ask());
}

interface GraphRepository extends GraphSettings {
  readonly viewerCanAdminister: boolean;
  readonly hasVulnerabilityAlertsEnabled: boolean;
  readonly main: { readonly name: string } | null;
  readonly labels: Page<ToldLabel> | null;
  readonly pullRequests: Page<GraphPull>;
  readonly rulesets: Page<GraphRuleset> | null;
}

/** What lists do not tell of a repository. */
interface GraphSettings {
  readonly webCommitSignoffRequired: boolean;
  readonly squashMergeAllowed: boolean;
  readonly mergeCommitAllowed: boolean;
  readonly rebaseMergeAllowed: boolean;
  readonly autoMergeAllowed: boolean;
  readonly allowUpdateBranch: boolean;
  readonly deleteBranchOnMerge: boolean;
  readonly squashMergeCommitTitle: NonNullable<ApiRepository["squash_merge_commit_title"]>;
  readonly squashMergeCommitMessage: NonNullable<ApiRepository["squash_merge_commit_message"]>;
  readonly mergeCommitTitle: NonNullable<ApiRepository["merge_commit_title"]>;
  readonly mergeCommitMessage: NonNullable<ApiRepository["merge_commit_message"]>;
}

interface GraphPull {
  readonly url: string;
  readonly headRepositoryOwner: { readonly login: string } | null;
}

const fragment = (hasReviewers: boolean) => `fragment told on Repository {
  viewerCanAdminister hasVulnerabilityAlertsEnabled webCommitSignoffRequired
  squashMergeAllowed mergeCommitAllowed rebaseMergeAllowed autoMergeAllowed allowUpdateBranch deleteBranchOnMerge
  squashMergeCommitTitle squashMergeCommitMessage mergeCommitTitle mergeCommitMessage
  main: ref(qualifiedName: "refs/heads/main") { name }
  labels(first: 100) { pageInfo { hasNextPage } nodes { name color description } }
  pullRequests(first: 10, states: OPEN, headRefName: "${filesBranch}", baseRefName: "main") {
    pageInfo { hasNextPage } nodes { url headRepositoryOwner { login } }
  }
  rulesets(first: 50, includeParents: false) { pageInfo { hasNextPage } nodes { ${rulesetQuery(hasReviewers)} } }
}`;

async function askTold(octokit: Octokit, some: readonly At[], shared: Shared, isLimited: boolean): Promise<Told[]> {
  const names = some.map((_, index) => `$owner${index}: String!, $name${index}: String!`).join(", ");
  const parts = some.map((_, index) => `r${index}: repository(owner: $owner${index}, name: $name${index}) { ...told }`);
  const query = (hasReviewers: boolean) => `query (${names}) { ${parts.join(" ")} } ${fragment(hasReviewers)}`;
  const variables = Object.fromEntries(
    some.flatMap(({ owner, repo }, index) => [
      [`owner${index}`, owner],
      [`name${index}`, repo],
    ]),
  );
  const first = await answerTo(octokit, query(true), variables);
  // A server that does not know of reviewers of some files refuses the whole query.
  const isOlder = first instanceof Error && first.message.includes("requiredReviewers");
  const answer = isOlder ? await answerTo(octokit, query(false), variables) : first;
  if (answer instanceof Error) return [];
  const repositories = answer as Readonly<Record<string, GraphRepository | null>>;
  return some.map(({ owner, repo }, index) => {
    const graph = repositories[`r${index}`];
    const [listed, roles] = [shared.repositories.get(repo.toLowerCase()), shared.roles.get(repo.toLowerCase())];
    const repository = graph && listed && repositoryTold(graph, listed);
    return {
      ...(graph ? toldOf(graph, owner, isLimited) : {}),
      ...(repository ? { repository } : {}),
      ...(roles ? { roles } : {}),
    };
  });
}

/** What a list and GraphQL tell together; undefined where they lack anything, or where REST would hide some of it from this token. */
function repositoryTold(graph: GraphSettings, listed: ListedRepository): ApiRepository | undefined {
  const fields = Object.keys(listedFields) as (keyof typeof listedFields)[];
  if (listed.security_and_analysis == null || fields.some((field) => listed[field] === undefined)) return undefined;
  return {
    ...(listed as ApiRepository),
    web_commit_signoff_required: graph.webCommitSignoffRequired,
    allow_squash_merge: graph.squashMergeAllowed,
    allow_merge_commit: graph.mergeCommitAllowed,
    allow_rebase_merge: graph.rebaseMergeAllowed,
    allow_auto_merge: graph.autoMergeAllowed,
    allow_update_branch: graph.allowUpdateBranch,
    delete_branch_on_merge: graph.deleteBranchOnMerge,
    squash_merge_commit_title: graph.squashMergeCommitTitle,
    squash_merge_commit_message: graph.squashMergeCommitMessage,
    merge_commit_title: graph.mergeCommitTitle,
    merge_commit_message: graph.mergeCommitMessage,
  };
}

function toldOf(repository: GraphRepository, owner: string, isLimited: boolean): Told {
  const { viewerCanAdminister, hasVulnerabilityAlertsEnabled: hasAlerts, main } = repository;
  const rulesets = whole(repository.rulesets)?.map((each) => rulesetTold(each, viewerCanAdminister && !isLimited));
  const labels = whole(repository.labels);
  const pulls = whole(repository.pullRequests);
  const isOwn = ({ headRepositoryOwner: head }: GraphPull) => head?.login.toLowerCase() === owner.toLowerCase();
  return {
    ...(rulesets?.every((each) => each !== undefined) ? { rulesets } : {}),
    ...(labels ? { labels } : {}),
    ...(hasAlerts && viewerCanAdminister ? { alerts: true } : {}),
    ...(main ? { main: true } : {}),
    ...(pulls ? { filesPulls: pulls.filter(isOwn).map(({ url }) => url) } : {}),
  };
}

/** What there is of an answer: parts that are refused are missing in it. An error where GitHub could not be asked. */
async function answerTo(
  octokit: Octokit,
  query: string,
  variables: Readonly<Record<string, string>>,
): Promise<object | Error> {
  try {
    return (await octokit.graphql<object | null>(query, { ...variables, ...once })) ?? {};
  } catch (error) {
    const data = error instanceof Error && "data" in error ? (error.data as object | null | undefined) : undefined;
    return data ?? (error instanceof Error ? error : new Error(String(error)));
  }
}
