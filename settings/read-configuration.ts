import type { Problem } from "../lib/problem.ts";
import { hidden } from "../lib/schema-parts.ts";
import { suggest } from "../lib/suggest.ts";
import { parseAsMeant } from "./as-meant.ts";
import { shorten, toProblems, valueAt } from "./schema-problems.ts";
import { secretMaps, secretTexts, type SecretMap, type SecretText } from "./secret-keys.ts";
import { commandPath } from "./catalog.ts";
import { settingsSchema, type Settings } from "./settings-schema.ts";
import { decodeValues, parseSettings } from "./settings.ts";

/**
 * The one reader of a stack's configuration, for the program and for every command. Pure.
 *
 * What must never happen here: that a problem shows a secret's value, or part of it.
 */

/** Whose keys are Slipway's, whatever the project is called. */
const namespace = "slipway:";

/** One key of a stack's configuration. */
export interface Entry {
  /** With its namespace: `slipway:host`. */
  readonly key: string;
  /** Text; JSON for objects, lists, numbers and booleans. */
  readonly value: string;
  /** Something in it is stored with `--secret`. */
  readonly isSecret: boolean;
  /** Stands in Pulumi.yaml, which is part of the program, and not only in a stack file, which is data. @default false */
  readonly isProjects?: boolean;
}

/** Plain values by name. Never logged; they reach resources as Pulumi secrets or sealed only. */
export type SecretValues = Readonly<Record<string, string>>;

/** Every secret of a stack, by setting. @default empty */
export type Secrets = Readonly<Record<SecretMap, SecretValues> & Record<SecretText, string>>;

/** What a stack's configuration says. */
export interface Configuration {
  readonly settings: Settings;
  readonly secrets: Secrets;
}

/** @returns the whole configuration, or every problem at once (invariant I9) */
export function readConfiguration(entries: readonly Entry[]): Configuration | { readonly problems: Problem[] } {
  const { raw, problems } = plainValues(entries);
  const texts = Object.fromEntries(secretTexts.map((key) => [key, raw[key] ?? ""])) as Record<SecretText, string>;
  const maps = {} as Record<SecretMap, SecretValues>;
  for (const key of secretMaps) {
    const read = readSecrets(key, raw[key]);
    maps[key] = read.values;
    problems.push(...read.problems);
  }
  const unread = problems.map(({ path }) => path);
  const readable = entries.flatMap((entry) => readableSecrets(entry, maps));
  problems.push(...readable.filter(({ path }) => !unread.includes(path)));
  const names = Object.fromEntries(secretMaps.map((key) => [key, Object.keys(maps[key])]));
  const parsed = parseSettings(raw, names, texts.tlsKey);
  if (problems.length === 0 && "settings" in parsed) {
    return { settings: parsed.settings, secrets: { ...maps, ...texts } };
  }
  // What could not be read is missing for the rest, and that is no second problem.
  const told = new Set(problems.map(({ path }) => keyOf(path)));
  const others = "problems" in parsed ? parsed.problems.filter(({ path }) => !told.has(keyOf(path))) : [];
  return { problems: [...problems, ...others] };
}

/**
 * What an update would refuse of a stack file as it lies there, secrets still encrypted: all but what only their values could tell.
 *
 * @param entries of the file
 */
export function problemsOfFile(entries: readonly Entry[]): readonly Problem[] {
  const read = readFile(entries);
  return "problems" in read ? read.problems.filter(({ path }) => keyOf(path) !== "tlsKey") : [];
}

/** A stack file as it lies there: for who may not decrypt its secrets, of which only the names are known then. */
export const readFile = (entries: readonly Entry[]): ReturnType<typeof readConfiguration> =>
  readConfiguration(
    entries.map((entry) => (entry.isSecret ? { ...entry, value: withoutCiphertext(entry.value) } : entry)),
  );

/** The same JSON with {@link hidden} in place of each `{secure: …}`. */
function withoutCiphertext(json: string): string {
  const shown = JSON.parse(json, (_, value: unknown) =>
    typeof value === "object" && value !== null && "secure" in value && typeof value.secure === "string"
      ? hidden
      : value,
  ) as unknown;
  return typeof shown === "string" ? shown : JSON.stringify(shown);
}

/** What it takes to reach a stack's hosts. */
export interface HostConfiguration extends Pick<Settings, "service" | "target" | "host" | "hosts"> {
  /** PEM chain of `slipway:tls`. @default the stack was given none */
  readonly certificate: string | undefined;
  /** What says what is put on each host. @default something is wrong with it */
  readonly placed:
    | Pick<
        Settings,
        | "subnet"
        | "databases"
        | "volumes"
        | "backups"
        | "tls"
        | "listenAddress"
        | "listenPort"
        | "front"
        | "behind"
        | "port"
        | "stockImages"
        | "monitoring"
      >
    | undefined;
}

/** Reads no more than that: nothing that is wrong elsewhere may stop a rollback. No secret has to be decrypted for it. */
export function readHosts(entries: readonly Entry[]): HostConfiguration | { readonly problems: Problem[] } {
  const needed = ["service", "target", "host", "hosts"];
  const { raw, problems } = plainValues(entries);
  const values = decodeValues(raw, {});
  const only = (keys: readonly string[]) => Object.fromEntries(keys.map((key) => [key, values[key]]));
  const reached = settingsSchema.pick({ service: true, target: true, host: true, hosts: true });
  const { parsed, values: taken } = parseAsMeant(reached, only(needed));
  const misplaced = problems.filter(({ path }) => needed.includes(keyOf(path)));
  if (misplaced.length > 0) return { problems: misplaced };
  if (!parsed.success) return { problems: parsed.error.issues.flatMap((issue) => toProblems(issue, taken)) };
  const certificate = valueAt(values.tls, ["certificate"]);
  const shown = {
    subnet: true,
    databases: true,
    volumes: true,
    backups: true,
    tls: true,
    listenAddress: true,
    listenPort: true,
    front: true,
    behind: true,
    port: true,
    stockImages: true,
    monitoring: true,
  } as const;
  const { parsed: placed } = parseAsMeant(settingsSchema.pick(shown), only(Object.keys(shown)));
  return {
    ...parsed.data,
    certificate: typeof certificate === "string" ? certificate : undefined,
    placed: placed.data,
  };
}

/** The stack's own keys. Those that Pulumi keeps as a secret and that are none are taken out: nobody can tell which part of it is. */
function plainValues(entries: readonly Entry[]): { raw: Record<string, string>; problems: Problem[] } {
  const raw: Record<string, string> = {};
  const problems: Problem[] = [];
  const secretKeys: readonly string[] = [...secretTexts, ...secretMaps];
  for (const { key: path, value, isSecret, isProjects = false } of entries) {
    if (path === commandPath && !isProjects && !isSecret) {
      problems.push(commandOfStack);
      continue;
    }
    if (!path.startsWith(namespace)) {
      problems.push(...mistypedNamespace(path));
      continue;
    }
    const key = keyOf(path);
    if (path !== namespace + key)
      problems.push(setWithoutPath(path, isSecret || secretKeys.includes(key) ? undefined : value));
    else if (!isSecret || secretKeys.includes(key)) raw[key] = value;
    else if (key in settingsSchema.shape) problems.push(misplacedSecret(key, value.startsWith("{")));
    else raw[key] = hidden;
  }
  return { raw, problems };
}

/** In the preview of a pull request the stack file is the request's, and the program beside it has what opens the state (decision D17). */
const commandOfStack: Problem = {
  path: commandPath,
  problem: "stands in a stack file, which is data that a pull request brings along, and names a program to run",
  allowed: "Pulumi.yaml only, under config:",
  fix: `pulumi config rm ${commandPath}, then write it into Pulumi.yaml`,
};

/** Without --path Pulumi takes `health.path` for a name, and keeps it beside the `health` that it was meant for. @param value if it is no secret */
function setWithoutPath(path: string, value: string | undefined): Problem {
  return {
    path,
    problem: "was set without --path, so nothing reads it",
    ...(value === undefined ? {} : { got: shorten(value) }),
    fix: `pulumi config rm ${path}, then pulumi config set ${value === undefined ? "--secret " : ""}--path '${path}' <value>`,
  };
}

/** Pulumi takes any namespace, and a mistyped one would be read by nobody. */
function mistypedNamespace(path: string): Problem[] {
  const [own = "", ...rest] = path.split(":");
  if (suggest(own, [namespace.slice(0, -1)]) === undefined) return [];
  const right = `${namespace}${rest.join(":")}`;
  return [
    {
      path,
      problem: "is in a namespace that nothing reads",
      meant: right,
      fix: `write ${right} in the stack file instead, or pulumi config rm ${path}`,
    },
  ];
}

/** Secrets that stand in the stack file for everybody to read. Of one that is set with --secret Pulumi hides the whole map. */
function readableSecrets(
  { key: path, value, isSecret }: Entry,
  maps: Readonly<Record<string, SecretValues | undefined>>,
): Problem[] {
  const key = keyOf(path);
  if (isSecret || !path.startsWith(namespace) || value === "" || value === "{}") return [];
  const isText = secretTexts.some((each) => each === key);
  if (!isText && !secretMaps.some((each) => each === key)) return [];
  const paths = isText ? [path] : Object.keys(maps[key] ?? {}).map((name) => `${path}.${name}`);
  return paths.map((each) => ({
    path: each,
    problem: "is a secret in plain text, for everybody who can read the stack file",
    allowed: "one that is set with --secret",
    fix:
      `pulumi config set --secret ${isText ? each : `--path '${each}'`} ${key.endsWith("Key") ? "< key.pem" : "<value>"}, ` +
      "with another value if anybody may have read this one",
  }));
}

function misplacedSecret(key: string, isSection: boolean): Problem {
  const path = `${namespace}${key}`;
  const plain = `pulumi config set --plaintext --path '${path}${isSection ? ".<name>" : ""}' <value>`;
  return {
    path,
    problem: "holds a value that was set with --secret, and Pulumi hides the whole setting for it",
    allowed: "plain text",
    fix:
      key === "env"
        ? `pulumi config set --secret --path slipway:secrets.<name> <value>, which the service reads as a file, and pulumi config rm --path '${path}.<NAME>'`
        : plain,
  };
}

function readSecrets(key: SecretMap, json = "{}"): { values: SecretValues; problems: Problem[] } {
  const path = `${namespace}${key}`;
  const set = (name: string) => `pulumi config set --secret --path '${path}.${name}' <value>`;
  const map = parseObject(json);
  if (map === undefined) {
    const problem = { path, problem: "is not secrets by name", allowed: "an object of names and values" };
    return { values: {}, problems: [{ ...problem, fix: `pulumi config rm ${path}, then for each ${set("<name>")}` }] };
  }
  const problems = Object.entries(map).flatMap(([name, value]) =>
    typeof value === "object"
      ? [{ path: `${path}.${name}`, problem: "is not text", allowed: "one value", fix: set(name) }]
      : [],
  );
  return { values: Object.fromEntries(Object.entries(map).map(([name, value]) => [name, String(value)])), problems };
}

/** Undefined if it is anything else than a JSON object; the parser's own message would quote the text. */
function parseObject(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** `host` of `slipway:host.address`. */
const keyOf = (path: string): string => path.slice(namespace.length).replace(/[.[].*$/s, "");
