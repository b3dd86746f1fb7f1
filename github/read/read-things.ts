import { kinds, thingKey } from "../kinds/index.ts";
import { together, type Fields, type KindName, type Reading, type Scope, type Thing } from "../kinds/kind.ts";
import type { Reader } from "./reader.ts";

/**
 * Everything that GitHub has and that could be declared, or should have been: reads only, about 30 requests and 4 for each environment.
 *
 * @returns nothing at all where the repository is not there
 * @throws CouldNotAsk
 */
export async function readThings(reader: Reader, scope: Scope): Promise<Reading> {
  if ((await reader.repository()).is !== "there") return { things: [], hidden: [] };
  const names = (Object.keys(kinds) as KindName[]).filter((name) => isWanted(name, scope));
  const { things, hidden } = together(await Promise.all(names.map((name) => kinds[name].read(reader, scope))));
  return {
    // A stack with an environment only leaves the others to theirs.
    things: scope.isWhole ? things : things.filter(({ kind, name, of }) => isMine(kind === "environment" ? name : of)),
    hidden,
  };

  function isMine(environment = ""): boolean {
    return scope.environments.includes(environment);
  }
}

const insideEnvironments: readonly KindName[] = ["environment", "secret", "variable"];

function isWanted(kind: KindName, { kinds: wanted, isWhole }: Scope): boolean {
  return (wanted?.has(kind) ?? true) && (isWhole || insideEnvironments.includes(kind));
}

/** Whether this token may not see if a thing is there. */
export const isHidden = ({ hidden }: Reading, { kind, of }: Pick<Thing, "kind" | "of">): boolean =>
  hidden.some((each) => each.kind === kind && (each.of === undefined || each.of === of));

/**
 * What is there of what is declared; what this token may not see counts as declared, because nothing can be said against it. Pure.
 *
 * Where the same object of the weakening gate is there as another kind, that one counts: rulesets and classic protection say the same.
 */
export function presentThings(
  declared: readonly Thing[],
  reading: Reading,
  objectOf: (thing: Thing) => string | undefined,
): Thing[] {
  const there = new Map(reading.things.map((thing) => [thingKey(thing), thing]));
  return declared.flatMap((thing) => {
    const object = objectOf(thing);
    if (object === undefined) return [];
    const found = there.get(thingKey(thing));
    if (found) return [{ ...found, fields: { ...hiddenFields(thing, found), ...found.fields } }];
    if (isHidden(reading, thing)) return [thing];
    return reading.things.filter((other) => other.kind !== thing.kind && objectOf(other) === object);
  });
}

const hiddenFields = ({ fields }: Thing, { hidden = [] }: Thing): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => hidden.includes(name)));
