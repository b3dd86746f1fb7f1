import type { z } from "zod";

/** What a schema makes of values, and those values as they were taken. */
export interface Taken<T> {
  readonly parsed: z.ZodSafeParseResult<T>;
  readonly values: unknown;
}

/** Has a schema check values, each taken as what it means: see {@link meantBy}. Secrets are not among them, only their names. */
export function parseAsMeant<T>(schema: z.ZodType<T>, values: unknown): Taken<T> {
  const parsed = schema.safeParse(values);
  const meant = parsed.success ? undefined : asMeant(values, parsed.error.issues);
  return meant === undefined ? { parsed, values } : parseAsMeant(schema, meant);
}

/** @returns undefined if nothing can be taken otherwise than it is */
function asMeant(values: unknown, issues: readonly z.core.$ZodIssue[]): unknown {
  const changed: unknown = structuredClone(values);
  let isChanged = false;
  for (const { code, path, ...issue } of issues) {
    if (code !== "invalid_type" || !("expected" in issue)) continue;
    const [last, ...way] = [...path].reverse();
    const owner = way.reverse().reduce<unknown>((value, key) => Reflect.get(value as object, key) as unknown, changed);
    const meant = meantBy(Reflect.get(owner as object, last ?? ""), issue.expected);
    if (meant === undefined) continue;
    Reflect.set(owner as object, last ?? "", meant);
    isChanged = true;
  }
  return isChanged ? changed : undefined;
}

/**
 * `pulumi config set --path` makes a number of 4 (`slipway:env.WORKERS`), and a text of 1.5 (`slipway:limits.cpus`) and of {}
 * (`slipway:databases.redis`). So text where a number is wanted is the number that it writes, and a number or
 * yes-or-no where text is wanted is its text, unless that may have been another one: YAML makes 1.1 of 1.10. Text where a section or a list is
 * wanted is the JSON of one.
 */
function meantBy(value: unknown, expected: string): unknown {
  if (expected === "string")
    return typeof value === "boolean" || Number.isSafeInteger(value) ? String(value) : undefined;
  if (typeof value !== "string") return undefined;
  if (expected === "number") return /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : undefined;
  if (!["object", "record", "array"].includes(expected)) return undefined;
  const read = readJson(value);
  if (typeof read !== "object" || read === null) return undefined;
  return Array.isArray(read) === (expected === "array") ? read : undefined;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
