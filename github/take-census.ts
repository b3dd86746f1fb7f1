import { findDrift, hiddenParts, type Finding } from "./drift.ts";
import { defaultBranchNames } from "./kinds/defaults.ts";
import { declaredThings } from "./kinds/index.ts";
import type { Declared } from "./kinds/kind.ts";
import { declaredGuards, namesById, presentGuards } from "./plan/guards.ts";
import { loosenings, type Loosening } from "./plan/loosenings.ts";
import { readThings } from "./read/read-things.ts";
import type { Reader } from "./read/reader.ts";

/** Where GitHub is not as declared. */
export interface Census {
  readonly findings: readonly Finding[];
  /** Those of its rules that are weaker than declared. */
  readonly weakened: readonly Loosening[];
  /** What this token may not see, so that nothing is said of it. */
  readonly hidden: readonly string[];
}

/** What a stack declares, and whom GitHub knows of those that it names. */
export interface Declaration extends Declared {
  /** Ids by slug. */
  readonly teams: Readonly<Record<string, number>>;
}

/**
 * Compares GitHub with a declaration: everything that is declared, and everything of a kind that could be declared. Reads only.
 *
 * @param environmentsElsewhere names of environments of this repository that other stacks declare
 * @throws CouldNotAsk
 */
export async function takeCensus(
  reader: Reader,
  declaration: Declaration,
  environmentsElsewhere: readonly string[],
): Promise<Census> {
  const declared = declaredThings(declaration);
  const reading = await readThings(reader, {
    isWhole: declaration.repository !== undefined,
    environments: (declaration.environments ?? []).map(({ name }) => name),
    files: declared.flatMap(({ kind, name }) => (kind === "file" ? [name] : [])),
    teams: namesById(declaration.teams),
  });
  const expected = {
    environments: environmentsElsewhere,
    branchNames: declaration.repository?.branchNames ?? defaultBranchNames,
    people: namedPeople(declaration),
  };
  return {
    findings: findDrift(declared, reading, expected),
    weakened: loosenings(declaredGuards(declaration), presentGuards(declaration, reading)),
    hidden: hiddenParts(declared, reading),
  };
}

/** Whom the declaration names: code owners, reviewers, and those whom rules let pass. */
function namedPeople({ repository, environments = [] }: Declared): string[] {
  const actors = repository
    ? [...repository.tagCreators, ...Object.values(repository.branches).flatMap(({ bypass }) => bypass)]
    : [];
  return [
    ...(repository?.codeOwners ?? []).map((owner) => owner.replace(/^@([^/]+\/)?/, "")),
    ...actors.filter((actor) => actor.startsWith("team:")).map((actor) => actor.slice("team:".length)),
    ...environments.flatMap(({ reviewers }) => [...reviewers.users, ...reviewers.teams]),
  ];
}
