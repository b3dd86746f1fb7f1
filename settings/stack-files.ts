import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { parse, YAMLParseError } from "yaml";
import { commandPath } from "./catalog.ts";
import { decoded } from "./decoded.ts";
import type { Entry } from "./read-configuration.ts";

/** The files of a Pulumi project: read as they lie there, without Pulumi and without its state. */

/** A Pulumi project. */
export interface Project {
  /** Folder of `Pulumi.yaml`. */
  readonly folder: string;
  readonly name: string;
  /** Names of the stacks that have a file, sorted. */
  readonly stacks: readonly string[];
  /** A stack's own file. */
  readonly fileOf: (stack: string) => string;
  /** What it says for all stacks. */
  readonly defaults: readonly Entry[];
  /** What a stack has of its own, over the project's defaults. @param file another file than `Pulumi.<stack>.yaml` */
  readonly read: (stack: string, file?: string) => Entry[];
}

type Config = Readonly<Record<string, unknown>>;

/** @throws UnreadableFile */
export function openProject(folder: string): Project {
  const {
    name,
    config = {},
    stackConfigDir = ".",
  } = readYaml(join(folder, "Pulumi.yaml")) as {
    name: string;
    config?: Config;
    stackConfigDir?: string;
  };
  const stackFolder = join(folder, stackConfigDir);
  const fileOf = (stack: string) => join(stackFolder, `Pulumi.${stack}.yaml`);
  const defaults = Object.entries(config).flatMap(([key, declared]) => {
    const value = isObject(declared) ? (declared.default ?? declared.value) : declared;
    return value === undefined
      ? []
      : [{ ...entry(key.includes(":") ? key : `${name}:${key}`, value), isProjects: true }];
  });
  return {
    folder,
    name,
    defaults,
    stacks: readdirSync(stackFolder)
      .flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? [])
      .sort(),
    fileOf,
    read: (stack, file = fileOf(stack)) => {
      const { config: own } = readYaml(file) as { config?: Config | null };
      const entries = Object.entries(own ?? {}).map(([key, value]) => entry(key, value));
      const given = new Set(entries.map(({ key }) => key));
      return [...defaults.filter(({ key }) => !given.has(key)), ...asSaid(entries, defaults)];
    },
  };
}

/**
 * The configuration of a stack as the engine tells it, which does not say what comes from where.
 *
 * @param folder that of Pulumi.yaml
 */
export function saidByProject(entries: readonly Entry[], folder: string): readonly Entry[] {
  return entries.some(({ key }) => key === commandPath) ? asSaid(entries, openProject(folder).defaults) : entries;
}

/** Notes of the command whether the project says the same: the engine writes JSON in a form of its own. */
const asSaid = (entries: readonly Entry[], defaults: readonly Entry[]): readonly Entry[] =>
  entries.map((entry) => {
    const isSame = ({ key, value }: Entry) =>
      key === commandPath && isDeepStrictEqual(decoded(value), decoded(entry.value));
    return entry.key === commandPath && defaults.some(isSame) ? { ...entry, isProjects: true } : entry;
  });

const entry = (key: string, value: unknown): Entry => ({
  key,
  value: typeof value === "string" ? value : JSON.stringify(value),
  isSecret: hasCiphertext(value),
});

/** `{secure: …}`, at any depth, is how Pulumi writes a secret. */
function hasCiphertext(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (isObject(value) && Object.keys(value).join() === "secure" && typeof value.secure === "string") return true;
  return Object.values(value).some(hasCiphertext);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A file of the project that can't be read: the message is one line without a word of its text, which may be a secret. */
export class UnreadableFile extends Error {}

/** @throws UnreadableFile */
export function readYaml(file: string): object {
  try {
    const value: unknown = parse(readFileSync(file, "utf8"), { logLevel: "error" });
    return isObject(value) ? value : {};
  } catch (error) {
    const line = error instanceof YAMLParseError ? error.linePos?.[0].line : undefined;
    const [got, fix] =
      line === undefined
        ? [(error as NodeJS.ErrnoException).code ?? "no YAML", "mend it, or name another with --config-file"]
        : [
            `an error in line ${line}`,
            "mend it there; a bracket or quotation mark may have been opened before, and all settings stand in one block under config:, above what Pulumi writes",
          ];
    // Without its cause: that quotes the text.
    throw new UnreadableFile(`${file}: can't be read, got ${got}; allowed a YAML file. Fix: ${fix}`);
  }
}
