import { formatProblem, formatProblems } from "../lib/problem.ts";
import type { Found } from "./plan/account.ts";
import { askAbout, withinAccount, unasked } from "./plan/within-account.ts";
import type { Sections } from "./sections.ts";
import { readerOf, type Reader } from "./read/reader.ts";
import { takeCensus, type Census, type Declaration } from "./take-census.ts";

/** What GitHub is held against. */
export interface CensusArgs extends Pick<Declaration, "written" | "waiting"> {
  readonly sections: Sections;
  /** What GitHub is asked with; empty if there is none. */
  readonly token: string;
  /** Environments of the repository that other stacks declare. */
  readonly environmentsElsewhere: readonly string[];
}

/**
 * Holds GitHub against what a stack declares. Reads only.
 *
 * @throws Error that says what to mend, when that can't be told
 */
export async function census({
  sections,
  written,
  waiting,
  token,
  environmentsElsewhere,
}: CensusArgs): Promise<Census> {
  const { github } = sections;
  const [reader, found] = await orSay(ask(sections, token));
  const { problems, repository, environments } = withinAccount(sections, found);
  if (problems.length > 0) throw new Error(formatProblems(problems));
  const { teams } = found;
  const { all: secrets = {}, others: otherSecrets = {} } = sections.secrets ?? {};
  const known = { ...(written && { written }), ...(waiting && { waiting }) };
  const declaration = { repository, environments, github, teams, secrets, otherSecrets, ...known };
  return orSay(takeCensus(reader, declaration, environmentsElsewhere));
}

async function ask(sections: Sections, token: string): Promise<[Reader, Found]> {
  const reader = readerOf(sections.github, token);
  return [reader, await askAbout(reader, sections)];
}

async function orSay<T>(asking: Promise<T>): Promise<T> {
  try {
    return await asking;
  } catch (error) {
    const problem = formatProblem(unasked(error));
    throw new Error(problem, { cause: error });
  }
}
