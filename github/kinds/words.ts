import type { RuleValue, Value } from "./directions.ts";

/** How a field is put into words: a sentence about its value, the name of a list whose entries come and go, or the whole change. */
export type Words =
  | ((value: RuleValue) => string)
  | { readonly list: string; readonly entry?: (said: string) => string }
  | { readonly changed: (declared: RuleValue, actual: RuleValue) => string };

export const onOff =
  (what: string): Words =>
  (value) =>
    `${what} ${value === true ? "on" : "off"}`;
export const either =
  (yes: string, no: string): Words =>
  (value) =>
    value === true ? yes : no;
export const oneOf =
  (sentences: Readonly<Record<string, string>>, otherwise: string): Words =>
  (value) =>
    sentences[String(value)] ?? `${otherwise} ${String(value)}`;
export const quoted =
  (what: string): Words =>
  (value) =>
    value === "" ? `there is no ${what}` : `the ${what} is ${JSON.stringify(value)}`;
export const plain =
  (what: string): Words =>
  (value) =>
    `${what} ${String(value)}`;

/** What a value says by itself; undefined where only a change has words. */
export function valueWords(say: Words, value: Value): string | undefined {
  if (typeof say === "function") return say(value as RuleValue);
  if ("changed" in say) return undefined;
  const all = entries(value, say.entry);
  return `${say.list}: ${all.length === 0 ? "none" : all.join(", ")}`;
}

/** One sentence without its subject: `1 review is enough, declared is: 2 reviews are needed`. */
export function changedWords(say: Words, declared: Value, actual: Value): string {
  // A record is a list for people.
  const [before, now] = [declared, actual] as [RuleValue, RuleValue];
  if (typeof say === "function") return `${say(now)}, declared is: ${say(before)}`;
  if ("changed" in say) return say.changed(before, now);
  const [wanted, found] = [entries(declared, say.entry), entries(actual, say.entry)];
  const lacking = wanted.filter((entry) => !found.includes(entry));
  const extra = found.filter((entry) => !wanted.includes(entry));
  return [
    ...(lacking.length > 0 ? [`${say.list} lack ${lacking.join(", ")}`] : []),
    ...(extra.length > 0 ? [`${say.list} also are ${extra.join(", ")}, which nobody declared`] : []),
  ].join("; ");
}

/** Entries for people; of a record each name, with what is said of it where that is not the usual. */
function entries(value: Value, entry = (said: string) => ` (${said})`): readonly string[] {
  if (typeof value !== "object") return [];
  return isList(value) ? value : Object.entries(value).map(([name, said]) => `${name}${entry(said)}`);
}

const isList = (value: Value): value is readonly string[] => Array.isArray(value);

/** Lists and records are sets. */
export function isSame(one: Value, other: Value): boolean {
  const plain = (value: Value) =>
    typeof value !== "object" ? value : isList(value) ? value.toSorted() : Object.entries(value).sort();
  return JSON.stringify(plain(one)) === JSON.stringify(plain(other));
}
