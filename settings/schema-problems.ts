import { z } from "zod";
import type { Problem } from "../lib/problem.ts";
import { suggest } from "../lib/suggest.ts";
import { settingsSchema } from "./settings-schema.ts";

/** Longer lists of settings are left to the settings page. */
const listedKeys = 12;

/** An issue of the schema as a person can mend it. @param values what was checked; secrets are hidden there */
export function toProblems(issue: z.core.$ZodIssue, values: unknown): Problem[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => unknownKey(issue.path, key, values));
  }
  const path = settingPath(issue.path);
  const value = valueAt(values, issue.path);
  const missing = value === undefined;
  return [
    {
      path,
      problem: missing ? "is missing" : (problemOf(issue) ?? "is not allowed"),
      ...(missing ? {} : { got: shorten(issue.code === "invalid_key" ? issue.path.at(-1) : value) }),
      allowed: allowedBy(issue),
      fix:
        issue.code === "invalid_key"
          ? `pulumi config rm --path '${path}'`
          : `${hintAt(issue.path)}${wayTo(issue, value)}`,
    },
  ];
}

/** How a value gets there. `pulumi config set` makes no section and no list of a part where another value stands. */
function wayTo(issue: z.core.$ZodIssue, value: unknown): string {
  const path = settingPath(issue.path);
  const isMissing = value === undefined;
  const set = (at: string) => `pulumi config set --path '${at}' <value>`;
  // The whole of a section can't be set by a command; what is wrong with it is which parts it has.
  if (issue.code === "custom" && typeof value === "object" && !Array.isArray(value))
    return `${set(`${path}.<part>`)}, or pulumi config rm --path '${path}.<part>'`;
  if (issue.code === "too_small" && issue.origin === "array") return set(`${path}[0]`);
  if (issue.code !== "invalid_type" || !["array", "object", "record"].includes(issue.expected)) return set(path);
  const first = isMissing ? "" : `pulumi config rm --path '${path}', then `;
  if (issue.expected === "array") return `${first}${set(`${path}[0]`)}`;
  if (issue.expected === "record") return `${first}${set(`${path}.<name>`)}`;
  const [key] = shapesOf(typeAt(issue.path)).flatMap((shape) => Object.keys(shape));
  return key === undefined ? `pulumi config set --path '${path}' '{}'` : `${first}${set(`${path}.${key}`)}`;
}

function unknownKey(at: readonly PropertyKey[], key: string, values: unknown): Problem {
  const path = settingPath([...at, key]);
  const known = keysAt(at, valueAt(values, at));
  const problem = "is not a setting";
  const fix = `pulumi config rm --path '${path}'`;
  const meant = suggest(key, known);
  if (meant !== undefined) {
    const right = settingPath([...at, meant]);
    return { path, problem, meant, fix: `${fix}, then pulumi config set --path '${right}' <value>` };
  }
  const allowed = known.length > listedKeys ? "those in docs/settings.md" : known.join(", ");
  return { path, problem, allowed, fix };
}

function problemOf(issue: z.core.$ZodIssue): string | undefined {
  if (issue.code === "invalid_type") return "is of the wrong type";
  if (issue.code === "invalid_key") return "has a name that is not allowed";
  return issue.code === "custom" && issue.message !== "Invalid input" ? issue.message : undefined;
}

function allowedBy(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return kindsOfValue[issue.expected] ?? `a value of type ${issue.expected}`;
    case "invalid_value":
      return issue.values.map(String).join(" or ");
    case "too_small":
      return `at least ${String(issue.minimum)}${issue.origin === "array" ? " entry" : ""}`;
    case "too_big":
      return `at most ${String(issue.maximum)}`;
    case "invalid_key":
      return issue.issues[0]?.message ?? issue.message;
    case "custom":
      return String(issue.params?.allowed);
    case "invalid_format":
    case "invalid_union":
    case "invalid_element":
    case "not_multiple_of":
    case "unrecognized_keys":
      return issue.message;
  }
}

const kindsOfValue: Readonly<Partial<Record<string, string>>> = {
  boolean: "true or false",
  int: "a whole number",
  number: "a number",
  string: "text",
  array: "a list",
  object: "a section with settings of its own",
  record: "a section of names and values",
};

/** `slipway:profile.steps[1]`, the form that `pulumi config set --path` takes. */
function settingPath(path: readonly PropertyKey[]): string {
  const [key, ...rest] = path;
  const written = rest.map((part) => {
    if (typeof part === "number") return `[${String(part)}]`;
    return String(part).includes(".") ? `["${String(part)}"]` : `.${String(part)}`;
  });
  return `slipway:${String(key)}${written.join("")}`;
}

/** What may stand there; in a section of several kinds, only what its own kind has. */
function keysAt(path: readonly PropertyKey[], value: unknown): string[] {
  const kind = valueAt(value, ["kind"]);
  const isOwn = (shape: Readonly<Record<string, unknown>>) =>
    !(shape.kind instanceof z.ZodLiteral) || shape.kind.value === kind;
  const shapes = shapesOf(typeAt(path)).filter(isOwn);
  return [...new Set(shapes.flatMap((shape) => Object.keys(shape)))];
}

/** How a value is found out, where that is not plain. */
function hintAt(path: readonly PropertyKey[]): string {
  const type = typeAt(path);
  const hint = type instanceof z.ZodType ? type.meta()?.hint : undefined;
  return typeof hint === "string" ? hint : "";
}

function typeAt(path: readonly PropertyKey[]): unknown {
  let type: unknown = unwrapped(settingsSchema);
  for (const part of path) {
    const ofAll = type instanceof z.ZodRecord ? type.valueType : undefined;
    type = unwrapped(ofAll ?? shapesOf(type).find((shape) => String(part) in shape)?.[String(part)]);
  }
  return type;
}

/** Of an object its own, of a union of objects those of all its members. */
function shapesOf(type: unknown): Readonly<Record<string, unknown>>[] {
  if (type instanceof z.ZodObject) return [type.shape];
  return type instanceof z.ZodUnion ? type.options.flatMap((option) => shapesOf(unwrapped(option))) : [];
}

/** The type itself, of one with a default, that is optional or that is turned into another. */
export function unwrapped(type: unknown): unknown {
  if (type instanceof z.ZodOptional || type instanceof z.ZodDefault || type instanceof z.ZodPrefault)
    return unwrapped(type.unwrap());
  return type instanceof z.ZodPipe ? unwrapped(type.in) : type;
}

export function valueAt(values: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, part) => (typeof value === "object" && value !== null ? Reflect.get(value, part) : undefined),
    values,
  );
}

/** A value as a message shows it: long ones would hide the rest of the line. */
export function shorten(value: unknown): string {
  const shown = typeof value === "string" ? value : JSON.stringify(value);
  return shown.length > 60 ? `${shown.slice(0, 57)}…` : shown || "nothing";
}
