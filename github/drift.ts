import type { Value } from "./kinds/directions.ts";
import { kinds, thingKey } from "./kinds/index.ts";
import type { Expected, KindName, Reading, Thing } from "./kinds/kind.ts";
import { changedWords, isSame } from "./kinds/words.ts";
import { isHidden } from "./read/read-things.ts";

/** One place where GitHub is not as declared. */
export interface Finding {
  readonly kind: KindName;
  /** What people call the thing: `ruleset "main branch"`. */
  readonly object: string;
  readonly is: "changed" | "missing" | "undeclared";
  /** Which of its values, where it is changed. */
  readonly field?: string;
  readonly declared?: Value;
  readonly actual?: Value;
  /** The whole finding for people, without a full stop. */
  readonly sentence: string;
}

/**
 * Where GitHub is not as declared, in both directions; nothing is said of what this token may not see. Pure.
 *
 * What is inside of a missing or undeclared thing is not listed: one finding says it.
 */
export function findDrift(declared: readonly Thing[], reading: Reading, expected: Expected): Finding[] {
  const there = new Map(reading.things.map((thing) => [thingKey(thing), thing]));
  const wanted = new Set(declared.map(thingKey));
  const absent = declared.filter((thing) => !there.has(thingKey(thing)) && !isHidden(reading, thing));
  const repository = absent.find(({ kind }) => kind === "repository");
  if (repository) return [finding(repository, "missing", "is declared and not there")];
  const differing = declared.flatMap((thing) => {
    const actual = there.get(thingKey(thing));
    if (actual) return changes(thing, actual);
    const isInMissing = absent.some((outer) => outer.kind === "environment" && outer.name === thing.of);
    return isInMissing || !absent.includes(thing) ? [] : [finding(thing, "missing", "is declared and not there")];
  });
  const undeclared = reading.things
    .filter((thing) => !wanted.has(thingKey(thing)) && kinds[thing.kind].isExpected?.(thing, expected) !== true)
    .map((thing) => finding(thing, "undeclared", undeclaredWords(thing)));
  return [...differing, ...undeclared];
}

/** What is declared and not so on GitHub. */
export interface Broken extends Pick<Thing, "kind" | "name" | "of"> {
  readonly is: "changed" | "missing";
}

/** What of the declaration somebody changed or removed; nothing is said of what this token may not see. Pure. */
export function brokenThings(declared: readonly Thing[], reading: Reading): Broken[] {
  const there = new Map(reading.things.map((thing) => [thingKey(thing), thing]));
  return declared.flatMap((thing): Broken[] => {
    const { kind, name, of } = thing;
    const it = { kind, name, ...(of === undefined ? {} : { of }) };
    const actual = there.get(thingKey(thing));
    if (!actual && isHidden(reading, thing)) return [];
    const numbers = actual?.hidden === undefined ? actual?.ids : undefined;
    const gone = (kinds[kind].numbered?.(thing.fields) ?? []).filter((part) =>
      actual ? numbers && !(part in numbers) : true,
    );
    return [
      ...(actual === undefined || changes(thing, actual).length > 0
        ? [{ ...it, is: actual ? ("changed" as const) : ("missing" as const) }]
        : []),
      ...gone.map((part): Broken => ({ kind, of: name, name: part, is: "missing" })),
    ];
  });
}

/** A value that GitHub does not tell this token is not compared. */
function changes(declared: Thing, found: Thing): Finding[] {
  return Object.entries(declared.fields).flatMap(([field, value]) => {
    const actual = found.fields[field];
    if (actual === undefined || isSame(value, actual)) return [];
    const say = kinds[declared.kind].words[field];
    if (say === undefined) throw new Error(`no words for ${field} of ${declared.kind}`);
    const words = changedWords(say, value, actual);
    return [{ ...finding(declared, "changed", words), field, declared: value, actual }];
  });
}

const undeclaredWords = (thing: Thing) => kinds[thing.kind].undeclared?.(thing) ?? "is there, and nobody declared it";

function finding(thing: Thing, is: Finding["is"], words: string): Finding {
  const object = kinds[thing.kind].title(thing);
  return { kind: thing.kind, object, is, sentence: `${object}${is === "changed" ? ":" : ""} ${words}` };
}

/** What this token may not see. */
export interface HiddenPart {
  readonly kind: KindName;
  /** For people. */
  readonly words: string;
}

/** What this token may not see of what is declared, or of what may be there beside it, each once. Pure. */
export function hiddenParts(declared: readonly Thing[], { things, hidden }: Reading): HiddenPart[] {
  const there = new Map(things.map((thing) => [thingKey(thing), thing]));
  const fields = declared.flatMap((thing): HiddenPart[] => {
    const names = there.get(thingKey(thing))?.hidden?.filter((name) => name in thing.fields) ?? [];
    const words = `${kinds[thing.kind].title(thing)} (${names.join(", ")})`;
    return names.length === 0 ? [] : [{ kind: thing.kind, words }];
  });
  const whole = hidden.map(({ kind, of }) => ({ kind, words: `every ${kind}${of === undefined ? "" : ` of ${of}`}` }));
  return [...new Map([...whole, ...fields].map((part) => [part.words, part])).values()];
}
