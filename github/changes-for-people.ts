import type { BranchTurn } from "./held-up.ts";
import { branchWords } from "./kinds/branch-rules.ts";
import { mergeMethods, permanentBranches } from "./kinds/defaults.ts";
import type { Value } from "./kinds/directions.ts";
import { kinds, thingKey } from "./kinds/index.ts";
import type { Fields, KindName, Reading, Thing } from "./kinds/kind.ts";
import { isWithin } from "./kinds/patterns.ts";
import { mergesName } from "./kinds/ruleset.ts";
import { rulesetFields } from "./kinds/ruleset-fields.ts";
import { isSame, valueWords, type Words } from "./kinds/words.ts";
import { isHidden } from "./read/read-things.ts";

/** What an update changes for those who work with a repository. */
export interface ChangeForPeople {
  /** What people call the thing: a branch, `environment staging`. */
  readonly object: string;
  readonly today: string;
  readonly then: string;
}

/** Kinds that stand in somebody's way, or open a door. */
const felt: readonly KindName[] = ["settings", "pull requests", "actions", "environment", "team", "collaborator"];

/** Today's rules beside those of the next update; nothing of what this token may not see. Pure. */
export function changesForPeople(declared: readonly Thing[], reading: Reading): ChangeForPeople[] {
  const there = new Map(reading.things.map((thing) => [thingKey(thing), thing]));
  const others = declared.flatMap((thing): ChangeForPeople[] => {
    if (isOfBranch(thing) || (!felt.includes(thing.kind) && thing.kind !== "ruleset")) return [];
    const { title, words } = kinds[thing.kind];
    const found = there.get(thingKey(thing));
    if (found === undefined && isHidden(reading, thing)) return [];
    const today = found?.fields ?? (thing.kind === "ruleset" ? withoutRules(thing) : undefined);
    const object = title(thing);
    if (today) return compared(object, today, thing.fields, words);
    return [{ object, today: "not there", then: said(thing.fields, words).join(", ") }];
  });
  return [...permanentBranches.flatMap((branch) => ofBranch(branch, declared, reading)), ...others];
}

const isOfBranch = ({ kind, name }: Pick<Thing, "kind" | "name">) =>
  kind === "protection" ||
  permanentBranches.some((branch) => kind === "ruleset" && [`${branch} branch`, mergesName(branch)].includes(name));

function ofBranch(branch: string, declared: readonly Thing[], reading: Reading): ChangeForPeople[] {
  const turn = branchTurn(branch, declared, reading);
  return turn ? compared(branch, turn.today, turn.then, branchWords) : [];
}

/** Rules of every permanent branch by its name; undefined where this token may not see all of them. Pure. */
export function branchTurns(
  declared: readonly Thing[],
  reading: Reading,
): Readonly<Record<string, BranchTurn>> | undefined {
  const turns = permanentBranches.flatMap((branch) => {
    const turn = branchTurn(branch, declared, reading);
    return turn ? [[branch, turn] as const] : [];
  });
  return turns.length === permanentBranches.length ? Object.fromEntries(turns) : undefined;
}

/** The strictest of every ruleset and protection that holds for a branch: those that nobody declared stay. */
function branchTurn(branch: string, declared: readonly Thing[], { things, hidden }: Reading): BranchTurn | undefined {
  const isHere = (thing: Thing) => holdsFor(branch, thing);
  if (hidden.some(({ kind }) => kind === "ruleset" || kind === "protection")) return undefined;
  const mine = declared.filter(isHere);
  const keys = new Set(mine.map(thingKey));
  const before = things.filter(isHere);
  const after = [...before.filter((thing) => !keys.has(thingKey(thing))), ...mine];
  return { today: strictest(before), then: strictest(after) };
}

function holdsFor(branch: string, { kind, name, fields }: Thing): boolean {
  if (kind === "protection") return isWithin([branch], [name], "references");
  if (kind !== "ruleset" || fields.target !== "branch" || fields.enforcement !== "active") return false;
  const ref = [`refs/heads/${branch}`];
  const named = (field: Value | undefined) =>
    (field as readonly string[]).map((each) => (each === "~DEFAULT_BRANCH" ? "refs/heads/main" : each));
  return isWithin(ref, named(fields.includes), "references") && !isWithin(ref, named(fields.excludes), "references");
}

/** Fields whose names add up. */
const sets = ["checks", "fileReviewers", "mergeQueue", "scanAlerts", "scanSecurity"];

const commonMethods = (things: readonly Thing[]): readonly string[] =>
  mergeMethods.filter((method) =>
    things.every(({ fields: { mergeKinds = mergeMethods } }) => (mergeKinds as readonly string[]).includes(method)),
  );

/** Of the fields that rulesets and classic protection share. */
function strictest(things: readonly Thing[]): Fields {
  return Object.fromEntries(
    Object.keys(branchWords).map((field) => {
      const values = things.flatMap(({ fields }) => fields[field] ?? []);
      if (field === "reviews") return [field, Math.max(0, ...values.map(Number))];
      if (field === "mergeKinds") return [field, commonMethods(things)];
      if (sets.includes(field)) return [field, Object.assign({}, ...values) as Value];
      return [field, values.includes(true)];
    }),
  );
}

/** What a ruleset that is not there says. */
function withoutRules({ name, fields }: Thing): Fields {
  const [include, exclude] = [fields.includes, fields.excludes] as string[][];
  const conditions = { ref_name: { include: include ?? [], exclude: exclude ?? [] } };
  const nothing = { name, target: fields.target as string, enforcement: "active", conditions, bypass_actors: [] };
  return rulesetFields(nothing) as Fields;
}

function compared(object: string, today: Fields, then: Fields, words: Readonly<Record<string, Words>>) {
  return Object.entries(then).flatMap(([field, value]): ChangeForPeople[] => {
    const [now, say] = [today[field], words[field]];
    if (now === undefined || say === undefined || isSame(now, value)) return [];
    const [before, after] = [valueWords(say, now), valueWords(say, value)];
    return before === undefined || after === undefined ? [] : [{ object, today: before, then: after }];
  });
}

const said = (fields: Fields, words: Readonly<Record<string, Words>>) =>
  Object.entries(fields).flatMap(([field, value]) => (words[field] && valueWords(words[field], value)) ?? []);

/** A table for people: lines without a full stop. */
export function changesTable(changes: readonly ChangeForPeople[]): string[] {
  const objects = [...new Set(changes.map(({ object }) => object))];
  return objects.flatMap((object) => [
    object,
    ...changes
      .filter((each) => each.object === object)
      .flatMap(({ today, then }) => [`  today: ${today}`, `  then:  ${then}`]),
  ]);
}
