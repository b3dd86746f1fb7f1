import type { z } from "zod";

/**
 * Values with numbers and yes-or-no where text is wanted as the text that they are: `pulumi config set --path slipway:env.WORKERS 4` makes a
 * number. Not those whose text may have been another one: YAML makes 1.1 of 1.10.
 *
 * @param issues what is wrong with the values as they are
 */
export function asText(values: unknown, issues: readonly z.core.$ZodIssue[]): unknown {
  const changed: unknown = structuredClone(values);
  for (const { code, path, ...issue } of issues) {
    if (code !== "invalid_type" || !("expected" in issue) || issue.expected !== "string") continue;
    const [last, ...way] = [...path].reverse();
    const owner = way.reverse().reduce<unknown>((value, key) => Reflect.get(value as object, key) as unknown, changed);
    const value: unknown = Reflect.get(owner as object, last ?? "");
    if (typeof value !== "boolean" && !Number.isSafeInteger(value)) continue;
    Reflect.set(owner as object, last ?? "", String(value));
  }
  return changed;
}
