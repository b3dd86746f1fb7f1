import { declaredThings, type Declaration } from "./declared-things.ts";
import { findDrift, namedPeople, type Finding } from "./drift.ts";
import { foundThings } from "./found-things.ts";
import type { Octokit } from "@octokit/rest";

/**
 * Compares GitHub with a declaration: everything that is declared, and everything of a kind that could be declared. Reads only.
 *
 * @param environmentsElsewhere names of environments of this repository that other stacks declare
 * @throws RequestError of octokit when GitHub does not answer or refuses the token
 */
export async function takeCensus(
  octokit: Octokit,
  declaration: Declaration,
  environmentsElsewhere: readonly string[],
): Promise<Finding[]> {
  const { github, environment, teams } = declaration;
  const declared = declaredThings(declaration);
  const isWhole = declaration.repository !== undefined;
  const own = environment === undefined ? [] : [environment.name];
  const found = await foundThings(octokit, {
    owner: github.owner,
    repo: github.repository,
    isWhole,
    environments: own,
    files: declared.flatMap(({ kind, name }) => (kind === "file" ? [name] : [])),
    names: { teams: Object.fromEntries(Object.entries(teams).map(([slug, id]) => [id, slug])) },
  });
  // A stack with an environment only leaves the others to theirs.
  const mine = isWhole
    ? found
    : found.filter(({ kind, name, of }) => own.includes(kind === "environment" ? name : (of ?? "")));
  return findDrift(declared, mine, { environments: environmentsElsewhere, people: namedPeople(declaration) });
}
