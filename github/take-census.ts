import { branchTurns, changesForPeople, type ChangeForPeople } from "./changes-for-people.ts";
import { findDrift, hiddenParts, type Finding, type HiddenPart } from "./drift.ts";
import type { BranchTurn } from "./held-up.ts";
import { partIgnored, type Ignored } from "./ignored-drift.ts";
import { allowedBranches, branchesOf, defaultBranchNames } from "./kinds/defaults.ts";
import { declaredThings, kinds } from "./kinds/index.ts";
import type { Declared, Reading, Thing } from "./kinds/kind.ts";
import type { SecretNames } from "./kinds/secret.ts";
import { declaredGuards, namesById, presentGuards } from "./plan/guards.ts";
import { loosenings, type Loosening } from "./plan/loosenings.ts";
import {
  askUnreported,
  expectedSecrets,
  keptChecks,
  keptGuards,
  unreportedWords,
  withoutRequired,
  type WaitingChecks,
} from "./plan/unreported-checks.ts";
import { readThings } from "./read/read-things.ts";
import type { Reader } from "./read/reader.ts";

/** Where GitHub is not as declared. */
export interface Census {
  readonly findings: readonly Finding[];
  /** What may stay beside the declaration. */
  readonly ignored: readonly Ignored[];
  /** Those of its rules that are weaker than declared. */
  readonly weakened: readonly Loosening[];
  /** What this token may not see, so that nothing is said of it. */
  readonly hidden: readonly string[];
  /** The same, by kind. */
  readonly unseen: readonly HiddenPart[];
  /** What is not required yet, for people. */
  readonly waiting: readonly string[];
  /** Rulesets of the organisation or the enterprise that hold as well, for people. */
  readonly above: readonly string[];
  /** What the next update changes for people. */
  readonly changes: readonly ChangeForPeople[];
  /** The rules of each branch before and after it; undefined where this token may not see all of them. */
  readonly branches: Readonly<Record<string, BranchTurn>> | undefined;
}

/** What a stack declares, and whom GitHub knows of those that it names. */
export interface Declaration extends Declared {
  /** Those of the secrets that not only Slipway's workflows read. @default all of them */
  readonly otherSecrets?: SecretNames;
  /** Ids by slug. */
  readonly teams: Readonly<Record<string, number>>;
  /** Checks that the last update did not require yet, and what it kept for them. @default none */
  readonly waiting?: WaitingChecks;
}

/**
 * Compares GitHub with a declaration: everything that is declared, and everything of a kind that could be declared. Reads only.
 *
 * @param environmentsElsewhere names of environments of this repository that other stacks declare
 * @throws CouldNotAsk
 */
export async function takeCensus(
  reader: Reader,
  given: Declaration,
  environmentsElsewhere: readonly string[],
): Promise<Census> {
  const reading = await readThings(reader, {
    isWhole: given.repository !== undefined,
    environments: (given.environments ?? []).map(({ name }) => name),
    isAboveAsked: true,
    isBreakGlassAsked: given.repository?.breakGlass !== undefined,
    files: declaredThings(given).flatMap(({ kind, name }) => (kind === "file" ? [name] : [])),
    properties: Object.keys(given.repository?.properties ?? {}),
    teams: namesById(given.teams),
  });
  const declaration = await withReported(reader, given, reading);
  const declared = declaredThings(declaration);
  const unseen = hiddenParts(declared, reading);
  const expected = {
    environments: environmentsElsewhere,
    branchNames: allowedBranches(
      declaration.repository?.branchNames ?? defaultBranchNames,
      branchesOf(declaration.repository),
    ),
    people: namedPeople(declaration),
    removedLabels: (declaration.repository?.removedLabels ?? []).map((name) => name.toLowerCase()),
  };
  return {
    ...partIgnored(findDrift(declared, reading, expected), given.github),
    weakened: loosenings(declaredGuards(declaration), presentGuards(declaration, reading)),
    hidden: unseen.map(({ words }) => words),
    unseen,
    above: reading.things.filter(({ kind, of }) => kind === "ruleset" && of !== undefined).map(titleOf),
    changes: changesForPeople(declared, reading),
    branches: branchTurns(declared, reading),
    waiting: declaration.repository ? unreportedWords(declaration.repository) : [],
  };
}

const titleOf = (thing: Thing) => kinds[thing.kind].title(thing);

/** What the last update left out, and what nothing has reported since. */
async function withReported(reader: Reader, declaration: Declaration, reading: Reading): Promise<Declaration> {
  const { repository, waiting: last } = declaration;
  if (repository === undefined || last === undefined) return declaration;
  const present = presentGuards(declaration, reading);
  const unreported = await askUnreported(reader, repository, withoutRequired(last.unreported, repository, present));
  const kept = keptChecks(unreported, repository, [keptGuards(last), present]);
  const known = { ...repository, unreported, kept };
  const { secrets = {}, otherSecrets = secrets } = declaration;
  return { ...declaration, repository: known, secrets: expectedSecrets({ all: secrets, others: otherSecrets }, known) };
}

/** Whom the declaration names: code owners, reviewers, and those whom rules let pass. */
function namedPeople({ repository, environments = [] }: Declared): string[] {
  const actors = repository
    ? [
        ...repository.tagCreators,
        ...(repository.pushRules?.bypass ?? []),
        ...Object.values(repository.branches).flatMap(({ bypass }) => bypass),
      ]
    : [];
  return [
    ...[repository?.breakGlass ?? []].flat(),
    ...(repository?.codeOwners ?? []).map((owner) => owner.replace(/^@([^/]+\/)?/, "")),
    ...actors.filter((actor) => actor.startsWith("team:")).map((actor) => actor.slice("team:".length)),
    ...environments.flatMap(({ reviewers }) => [...reviewers.users, ...reviewers.teams]),
  ];
}
