import type { Json } from "../compare.ts";
import type { Direction, Value } from "./directions.ts";
import type { Fields, Rule } from "./kind.ts";
import type { Words } from "./words.ts";

/** What no push may bring into a private or internal repository, whatever the branch. */
export interface PushChoice {
  /** Patterns of paths that nobody changes. */
  readonly files: readonly string[];
  /** Endings of names such as `*.zip`. */
  readonly extensions: readonly string[];
  /** Largest file in MB, 1 to 100. @default any that GitHub takes */
  readonly largestMb?: number | undefined;
  /** Longest path in characters. @default any that GitHub takes */
  readonly longestPath?: number | undefined;
}

/** The same as the API tells it. */
export function pushJson({ files, extensions, largestMb, longestPath }: PushChoice): Json[] {
  const rule = (type: string, name: string, value: Json | undefined): Json[] =>
    value === undefined || (Array.isArray(value) && value.length === 0)
      ? []
      : [{ type, parameters: { [name]: value } }];
  return [
    ...rule("file_path_restriction", "restricted_file_paths", [...files]),
    ...rule("file_extension_restriction", "restricted_file_extensions", [...extensions]),
    ...rule("max_file_size", "max_file_size", largestMb),
    ...rule("max_file_path_length", "max_file_path_length", longestPath),
  ];
}

/** GitHub's names of these rules. */
export const pushRuleTypes = [
  "file_path_restriction",
  "file_extension_restriction",
  "max_file_size",
  "max_file_path_length",
] as const;

type ParametersOf = (type: string) => Readonly<Record<string, Json>>;

/** Fields of what GitHub tells; 0 is no limit. */
export function pushFields(of: ParametersOf): Record<"keptFiles" | "keptOut" | "largestMb" | "longestPath", Value> {
  const named = (list: Json | undefined) =>
    Object.fromEntries(((list ?? []) as readonly string[]).map((name) => [name, "refused"]));
  return {
    keptFiles: named(of("file_path_restriction").restricted_file_paths),
    keptOut: named(of("file_extension_restriction").restricted_file_extensions),
    largestMb: Number(of("max_file_size").max_file_size ?? 0),
    longestPath: Number(of("max_file_path_length").max_file_path_length ?? 0),
  };
}

const limit =
  (unlimited: string, of: (value: number) => string): Words =>
  (value) =>
    value === 0 ? unlimited : of(Number(value));

export const pushWords: Readonly<Record<string, Words>> = {
  keptFiles: { list: "files that no push changes", entry: () => "" },
  keptOut: { list: "files that no push brings", entry: () => "" },
  largestMb: limit("files may be of any size", (value) => `files may have at most ${value} MB`),
  longestPath: limit("paths may be of any length", (value) => `paths may have at most ${value} characters`),
};

const listed: Direction = {
  isLooser: (before, after) => before !== undefined && after === undefined,
  show: (value) => (value === undefined ? "let through" : "refused"),
};
const less: Direction = {
  isLooser: (before, after) => before !== undefined && Number(after ?? Infinity) > Number(before),
  show: (value) => (value === undefined ? "none" : String(value)),
};

export const pushRules: Readonly<Record<string, Rule>> = {
  keptFiles: { words: "changes of", direction: listed },
  keptOut: { words: "files named", direction: listed },
  largestMb: { words: "largest file in MB", direction: less },
  longestPath: { words: "longest path", direction: less },
};

/** How strict the limits are; a limit that is not there is no rule. */
export const withoutUnlimited = ({ largestMb, longestPath, ...others }: Fields): Fields => ({
  ...others,
  ...(largestMb === undefined || largestMb === 0 ? {} : { largestMb }),
  ...(longestPath === undefined || longestPath === 0 ? {} : { longestPath }),
});
