import type { Octokit } from "@octokit/rest";
import { found } from "../read/reader.ts";

/** Requests that a token may still make. */
export interface RequestsLeft {
  readonly count: number;
  /** When it gets new ones, ISO 8601. */
  readonly until: string;
}

/** What a plan asks of each repository, about: 16 with three environments (`test/github/read/requests.test.ts`), and people. */
const readsEach = 20;
/** What making one takes, about: the provider reads back what it writes. */
const makingEach = 120;

/**
 * Before many repositories are looked at: whether that will do.
 *
 * @returns undefined where GitHub counts nothing, as on an Enterprise Server
 * @throws Error that says when there are enough again
 */
export async function askRequestsLeft({ rest }: Octokit, repositories: number): Promise<RequestsLeft | undefined> {
  const answer = await found("the token's requests", () => rest.rateLimit.get());
  if (answer === undefined) return undefined;
  const { remaining: count, reset } = answer.data.resources.core;
  const until = new Date(reset * 1_000).toISOString();
  const needed = repositories * readsEach;
  if (count >= needed) return { count, until };
  throw new Error(
    `the token has ${count} requests left, and ${repositories} repositories take about ${needed}; try again after ${until}`,
  );
}

/** What to say where an update may end half-way. Pure. @param made repositories that are still to be made */
export function requestsWarning({ count, until }: RequestsLeft, made: number): string[] {
  const needed = made * makingEach;
  if (count >= needed) return [];
  return [
    `The token has ${count} requests left until ${until}, and making ${made} repositories takes about ${needed}: GitHub may stop this update half-way. The next one goes on from there; a GitHub App has more requests.`,
  ];
}
