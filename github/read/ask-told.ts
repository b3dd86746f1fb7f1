import type { Octokit } from "@octokit/rest";
import { filesBranch } from "../kinds/defaults.ts";
import type { Told, ToldLabel } from "./told.ts";
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
 */
export function tellerOf(octokit: Octokit, all: readonly At[], isLimited: boolean): (at: At) => Promise<Told> {
  const hasReviewers = lazily(() => knowsReviewers(octokit));
  const queries = Array.from({ length: Math.ceil(all.length / perQuery) }, (_, index) => {
    const some = all.slice(index * perQuery, (index + 1) * perQuery);
    return lazily(async () => askTold(octokit, some, await hasReviewers(), isLimited));
  });
  return async ({ owner, repo }) => {
    const index = all.findIndex((one) => one.owner === owner && one.repo === repo);
    const answers = await queries[Math.floor(index / perQuery)]?.();
    return answers?.[index % perQuery] ?? {};
  };
}

function lazily<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => (answer ??= ask());
}

/** Whether GraphQL tells reviewers of some files: an unknown field would spoil the query. */
async function knowsReviewers(octokit: Octokit): Promise<boolean> {
  interface Answer {
    readonly __type: { readonly fields: readonly { readonly name: string }[] | null } | null;
  }
  const query = `query { __type(name: "PullRequestParameters") { fields { name } } }`;
  const answer = (await answerTo(octokit, query, {})) as Answer | undefined;
  return answer?.__type?.fields?.some(({ name }) => name === "requiredReviewers") ?? false;
}

interface GraphRepository {
  readonly viewerCanAdminister: boolean;
  readonly hasVulnerabilityAlertsEnabled: boolean;
  readonly main: { readonly name: string } | null;
  readonly labels: Page<ToldLabel> | null;
  readonly pullRequests: Page<GraphPull>;
  readonly rulesets: Page<GraphRuleset> | null;
}

interface GraphPull {
  readonly url: string;
  readonly headRepositoryOwner: { readonly login: string } | null;
}

const fragment = (hasReviewers: boolean) => `fragment told on Repository {
  viewerCanAdminister hasVulnerabilityAlertsEnabled
  main: ref(qualifiedName: "refs/heads/main") { name }
  labels(first: 100) { pageInfo { hasNextPage } nodes { name color description } }
  pullRequests(first: 10, states: OPEN, headRefName: "${filesBranch}", baseRefName: "main") {
    pageInfo { hasNextPage } nodes { url headRepositoryOwner { login } }
  }
  rulesets(first: 50, includeParents: false) { pageInfo { hasNextPage } nodes { ${rulesetQuery(hasReviewers)} } }
}`;

async function askTold(
  octokit: Octokit,
  some: readonly At[],
  hasReviewers: boolean,
  isLimited: boolean,
): Promise<Told[]> {
  const names = some.map((_, index) => `$owner${index}: String!, $name${index}: String!`).join(", ");
  const parts = some.map((_, index) => `r${index}: repository(owner: $owner${index}, name: $name${index}) { ...told }`);
  const query = `query (${names}) { ${parts.join(" ")} } ${fragment(hasReviewers)}`;
  const variables = Object.fromEntries(
    some.flatMap(({ owner, repo }, index) => [
      [`owner${index}`, owner],
      [`name${index}`, repo],
    ]),
  );
  const answer = (await answerTo(octokit, query, variables)) as
    Readonly<Record<string, GraphRepository | null>> | undefined;
  return some.map(({ owner }, index) => {
    const repository = answer?.[`r${index}`];
    return repository ? toldOf(repository, owner, isLimited) : {};
  });
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

/** What there is of an answer: parts that are refused are missing in it, and all of it where GitHub could not be asked. */
async function answerTo(
  octokit: Octokit,
  query: string,
  variables: Readonly<Record<string, string>>,
): Promise<unknown> {
  try {
    return await octokit.graphql(query, { ...variables, ...once });
  } catch (error) {
    return error instanceof Error && "data" in error ? (error.data ?? undefined) : undefined;
  }
}
