import type { Octokit } from "@octokit/rest";
import { isRefusal } from "../read/reader.ts";

/** Requests that a token may still make. */
export interface RequestsLeft {
  readonly count: number;
  /** When it gets new ones, ISO 8601. */
  readonly until: string;
}

/** What a plan asks of each repository, about: 13 with three environments (`test/github/read/requests.test.ts`), and people. */
const readsEach = 16;
/** What making one takes, about: the provider reads back what it writes. */
const makingEach = 120;

type Headers = Readonly<Record<string, string | number | undefined>>;

/**
 * Watches what GitHub says with each answer of its REST API.
 *
 * @returns whether what is left at that moment will do for looking at some repositories: undefined where GitHub counts nothing, as on an
 *   Enterprise Server; it throws an error that says when there are enough again
 */
export function requestsLeftIn({ hook }: Octokit): (repositories: number) => RequestsLeft | undefined {
  let left: RequestsLeft | undefined;
  const note = (headers: Headers = {}): void => {
    const { "x-ratelimit-remaining": count, "x-ratelimit-reset": reset, "x-ratelimit-resource": resource } = headers;
    // Other resources, as GraphQL, have counts of their own.
    if (count === undefined || reset === undefined || (resource ?? "core") !== "core") return;
    left = { count: Number(count), until: new Date(Number(reset) * 1_000).toISOString() };
  };
  hook.after("request", ({ headers }) => {
    note(headers);
  });
  hook.error("request", (error) => {
    if (isRefusal(error)) note(error.response?.headers);
    throw error;
  });
  return (repositories) => {
    const needed = repositories * readsEach;
    if (left === undefined || left.count >= needed) return left;
    throw new Error(
      `the token has ${left.count} requests left, and ${repositories} repositories take about ${needed}; try again after ${left.until}`,
    );
  };
}

/** What to say where an update may end half-way. Pure. @param made repositories that are still to be made */
export function requestsWarning({ count, until }: RequestsLeft, made: number): string[] {
  const needed = made * makingEach;
  if (count >= needed) return [];
  return [
    `The token has ${count} requests left until ${until}, and making ${made} repositories takes about ${needed}: GitHub may stop this update half-way. The next one goes on from there; a GitHub App has more requests.`,
  ];
}
