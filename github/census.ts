import { formatProblem, formatProblems } from "../lib/problem.ts";
import type { Declaration } from "./declared-things.ts";
import type { Finding } from "./drift.ts";
import { connect } from "./octokit.ts";
import { takeCensus } from "./take-census.ts";
import { declaredGuards } from "./weakening/declared.ts";
import { loosenings, type Loosening } from "./weakening/loosenings.ts";
import { presentGuards } from "./weakening/present.ts";
import { askAbout, withinAccount, type Sections } from "./within-account.ts";

/** Where GitHub is not as declared. */
export interface Census {
  readonly findings: readonly Finding[];
  /** Those of its rules that are weaker than declared. */
  readonly weakened: readonly Loosening[];
}

/** What GitHub is held against. */
export interface CensusArgs extends Pick<Declaration, "secrets" | "written"> {
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
  secrets,
  written,
  token,
  environmentsElsewhere,
}: CensusArgs): Promise<Census> {
  const { github } = sections;
  const found = await orSay(askAbout(sections, token));
  const { problems, repository, environment } = withinAccount(sections, found);
  if (problems.length > 0) throw new Error(formatProblems(problems));
  const { teams } = found;
  const declaration = { repository, environment, github, teams, secrets, ...(written && { written }) };
  const octokit = connect(token, github);
  const [findings, present] = await orSay(
    Promise.all([
      takeCensus(octokit, declaration, environmentsElsewhere),
      presentGuards(octokit, github, declaration, found),
    ]),
  );
  return { findings, weakened: loosenings(declaredGuards(declaration), present) };
}

async function orSay<T>(asking: Promise<T>): Promise<T> {
  try {
    return await asking;
  } catch (error) {
    const problem = formatProblem({
      path: "slipway:github",
      problem: "GitHub can't be asked",
      got: error instanceof Error ? error.message : String(error),
      allowed: "a token that may administer the repository",
      fix: "export GITHUB_TOKEN=<token>, or pulumi config set --secret github:token <token>",
    });
    throw new Error(problem, { cause: error });
  }
}
