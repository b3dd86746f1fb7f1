import type { Octokit } from "@octokit/rest";
import { connect } from "../octokit.ts";
import type { GitHubSettings } from "../schema.ts";
import { tellerOf } from "./ask-told.ts";
import type { Shared } from "./ask-shared.ts";
import type { ApiRepository, Told } from "./told.ts";

/**
 * What GitHub says to one question. The fourth outcome, that it could not be asked, is an error: nothing may be concluded from it.
 *
 * `absent`: it is not there, or the plan does not have it. `hidden`: this token may not see it, so it may be there.
 */
export type Answer<T> =
  { readonly is: "there"; readonly value: T } | { readonly is: "absent" | "hidden"; readonly why: Refusal };

/** An answer that is known already. */
export const there = <T>(value: T): Answer<T> => ({ is: "there", value });

/** GitHub did not answer: it is down, it is busy, it refuses the token, or the token has used up its requests. */
export class CouldNotAsk extends Error {
  constructor(what: string, error: unknown) {
    super(`${what}: ${error instanceof Error ? error.message : String(error)}${waitOf(error)}`, { cause: error });
  }
}

/** Owner and repository, as octokit takes them. */
export type At = Readonly<Record<"owner" | "repo", string>>;

type Of = Pick<GitHubSettings, "owner" | "repository">;

/** @throws Error when the token is empty */
export function readerOf(github: Of & Pick<GitHubSettings, "baseUrl">, token: string): Reader {
  const of = readersOf(github, [github], token);
  return of(github);
}

/**
 * Readers of several repositories, which share their queries.
 *
 * @param shared what lists of their owner tell of them; asked for once. @default nothing
 * @returns the reader of one of them
 * @throws Error when the token is empty
 */
export function readersOf(
  server: Pick<GitHubSettings, "baseUrl">,
  all: readonly Of[],
  token: string,
  shared?: () => Promise<Shared>,
): (one: Of) => Reader {
  if (token === "") throw new Error("GITHUB_TOKEN is not set");
  const octokit = connect(token, server);
  const tell = tellerOf(octokit, all.map(atOf), isLimited(token), shared);
  return (one) => new Reader(octokit, atOf(one), isLimited(token), () => tell(atOf(one)));
}

const atOf = ({ owner, repository: repo }: Of): At => ({ owner, repo });

/** A fine-grained token: GitHub tells what its owner may do, and not what the token may. */
const isLimited = (token: string) => token.startsWith("github_pat_");

/** Asks GitHub about one repository: reads only, and each question once. */
export class Reader {
  readonly octokit: Octokit;
  readonly at: At;
  readonly #answers = new Map<string, Promise<Answer<unknown>>>();
  readonly #isLimited: boolean;

  /** What is known of the repository without asking for each part; nothing may be concluded from what it leaves out. */
  readonly told: () => Promise<Told>;

  /**
   * @param isLimited the token may do less than its owner
   * @param told of this repository. @default nothing is
   */
  constructor(octokit: Octokit, at: At, isLimited = false, told: () => Promise<Told> = () => Promise.resolve({})) {
    this.octokit = octokit;
    this.at = at;
    this.#isLimited = isLimited;
    this.told = told;
  }

  /**
   * @param what the question for people; the same words are the same question
   * @throws CouldNotAsk
   */
  ask<T>(what: string, question: (octokit: Octokit, at: At) => Promise<T>): Promise<Answer<T>> {
    return this.#once(what, async () => {
      const answer = await answerTo(what, () => question(this.octokit, this.at));
      // To whoever may not see something GitHub says 404 as well.
      const isCertain = answer.is !== "absent" || answer.why.status !== 404 || (await this.isAdministrator());
      return isCertain ? answer : { is: "hidden", why: answer.why };
    });
  }

  /** The repository itself; absent to a token that may not even read it. @throws CouldNotAsk, also where it is hidden */
  repository(): Promise<Answer<ApiRepository>> {
    const what = "the repository";
    return this.#once(what, async () => {
      const { repository } = await this.told();
      if (repository) return there(repository);
      const answer = await answerTo(
        what,
        async (): Promise<ApiRepository> => (await this.octokit.rest.repos.get(this.at)).data,
      );
      if (answer.is === "hidden") throw new CouldNotAsk(what, answer.why);
      return answer;
    });
  }

  /** Does GitHub show this token what it shows administrators only? */
  async isAdministrator(): Promise<boolean> {
    const repository = await this.repository();
    if (repository.is !== "there") return false;
    // Apps and fine-grained tokens have permissions of their own; what only administrators see tells that they have them.
    const { permissions, security_and_analysis: analysis } = repository.value;
    return (permissions?.admin === true && !this.#isLimited) || analysis != null;
  }

  #once<T>(what: string, ask: () => Promise<Answer<T>>): Promise<Answer<T>> {
    const known = this.#answers.get(what) as Promise<Answer<T>> | undefined;
    if (known) return known;
    const answer = ask();
    this.#answers.set(what, answer);
    return answer;
  }
}

async function answerTo<T>(what: string, question: () => Promise<T>): Promise<Answer<T>> {
  try {
    return { is: "there", value: await question() };
  } catch (error) {
    const is = outcomeOf(error);
    if (is === undefined) throw new CouldNotAsk(what, error);
    return { is, why: error as Refusal };
  }
}

/** The answer to one question; undefined where it is not there. @throws CouldNotAsk, also where it is hidden */
export async function found<T>(what: string, question: () => Promise<T>): Promise<T | undefined> {
  const answer = await answerTo(what, question);
  if (answer.is === "hidden") throw new CouldNotAsk(what, answer.why);
  return answer.is === "there" ? answer.value : undefined;
}

/** What GitHub's answer says of one switch: undefined where it is hidden. */
export function isOn<T>(answer: Answer<T>, read: (value: T) => boolean): boolean | undefined {
  if (answer.is === "hidden") return undefined;
  return answer.is === "there" && read(answer.value);
}

/** An answer of octokit's that is not a success. */
export interface Refusal extends Error {
  readonly status: number;
  readonly response?: { readonly headers: Readonly<Record<string, string | number | undefined>> };
}

export const isRefusal = (error: unknown): error is Refusal => error instanceof Error && "status" in error;

/** Words of a refusal that say that the plan, or a switch, leaves nothing to see. */
const planWords = /upgrade to|must be enabled|(is|are) (disabled|not (enabled|available))/i;

function outcomeOf(error: unknown): "absent" | "hidden" | undefined {
  const types = graphqlTypes(error);
  if (types.length > 0) return types.every((type) => hiddenTypes.includes(type)) ? "hidden" : undefined;
  if (!isRefusal(error) || isRateLimit(error)) return undefined;
  if (error.status === 404) return "absent";
  if (error.status !== 403) return undefined;
  return planWords.test(error.message) ? "absent" : "hidden";
}

/** Too many requests are a 403 too, and no answer. */
function isRateLimit({ message, response }: Refusal): boolean {
  const headers = response?.headers ?? {};
  return (
    headers["x-ratelimit-remaining"] === "0" || headers["retry-after"] !== undefined || /rate limit/i.test(message)
  );
}

const hiddenTypes = ["FORBIDDEN", "NOT_FOUND", "INSUFFICIENT_SCOPES"];

/** Types of a GraphQL answer's errors, which comes with status 200. */
function graphqlTypes(error: unknown): string[] {
  if (!(error instanceof Error) || !("errors" in error) || !Array.isArray(error.errors)) return [];
  return (error.errors as { type?: string; extensions?: { type?: string } }[]).map(
    ({ type, extensions }) => type ?? extensions?.type ?? "",
  );
}

/** When to ask again, where GitHub says so. */
function waitOf(error: unknown): string {
  const {
    "retry-after": after,
    "x-ratelimit-remaining": remaining,
    "x-ratelimit-reset": reset,
  } = (isRefusal(error) ? error.response?.headers : undefined) ?? {};
  if (after !== undefined) return `; try again in ${String(after)} s`;
  if (remaining !== "0" || reset === undefined) return "";
  return `; try again after ${new Date(Number(reset) * 1_000).toISOString()}`;
}
