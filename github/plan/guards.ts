import { declaredThings, guardsOf, objectOf, type Guards } from "../kinds/index.ts";
import type { Declared, KindName, Reading, Thing } from "../kinds/kind.ts";
import { presentThings, readThings } from "../read/read-things.ts";
import type { Reader } from "../read/reader.ts";
import type { EnvironmentSettings, RepositorySettings } from "../schema.ts";
import { withinPlan } from "./limits.ts";

/** How strict everything is that a stack declares. */
export const declaredGuards = (declared: Declared): Guards => guardsOf(declaredThings(declared));

/** How strict it would be if the account had everything: plan limits have their own gate. */
export function wantedGuards({
  repository,
  environments = [],
}: {
  readonly repository?: RepositorySettings | undefined;
  readonly environments?: readonly EnvironmentSettings[];
}): Guards {
  const visibility = repository?.visibility ?? "public";
  return declaredGuards(
    withinPlan(
      { repository, environments },
      { kind: "organization", plan: "enterprise", visibility, advancedSecurity: true },
    ),
  );
}

/** How strict GitHub is about what a stack declares. What this token may not see counts as declared. Pure. */
export const presentGuards = (declared: Declared, reading: Reading): Guards =>
  guardsOf(presentThings(declaredThings(declared), reading, objectOf));

/** Kinds without rules that an update mends all the same. */
const mendable: readonly KindName[] = ["pull requests", "label", "variable", "secret", "webhook", "autolink"];

/** What of a declaration {@link askPresent} asks about. Pure. */
export const askedThings = (declared: Declared): Thing[] =>
  declaredThings(declared).filter((thing) => objectOf(thing) !== undefined || mendable.includes(thing.kind));

/**
 * What GitHub has of that now.
 *
 * @param teams ids by slug, for those who may bypass
 * @throws CouldNotAsk
 */
export function askPresent(reader: Reader, declared: Declared, teams: Readonly<Record<string, number>>) {
  const asked = askedThings(declared);
  return readThings(reader, {
    kinds: new Set(asked.map(({ kind }) => kind)),
    isWhole: declared.repository !== undefined,
    environments: (declared.environments ?? []).map(({ name }) => name),
    // An update minds no other secrets and variables than its own, and each place is a request.
    isAsked: (kind, of) => asked.some((thing) => thing.kind === kind && thing.of === of),
    roles: asked.flatMap(({ kind, name }) => (kind === "team" ? [name] : [])),
    // An update takes no app away that nobody declared, so such a one stands against nothing.
    apps: (declared.environments ?? []).flatMap(({ name, protectionApps }) =>
      protectionApps.length > 0 ? [name] : [],
    ),
    files: [],
    teams: namesById(teams),
  });
}

/** @param ids by name */
export const namesById = (ids: Readonly<Record<string, number>>): Record<number, string> =>
  Object.fromEntries(Object.entries(ids).map(([name, id]) => [id, name]));
