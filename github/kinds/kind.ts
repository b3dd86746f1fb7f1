import type { RepositoryWithinPlan } from "../plan/limits.ts";
import type { Answer, Reader } from "../read/reader.ts";
import type { EnvironmentSettings, GitHubSettings } from "../schema.ts";
import type { Direction, RuleValue, Value } from "./directions.ts";
import type { Words } from "./words.ts";

export type KindName =
  | "repository"
  | "settings"
  | "pull requests"
  | "security"
  | "actions"
  | "branch"
  | "ruleset"
  | "protection"
  | "environment"
  | "secret"
  | "variable"
  | "label"
  | "file"
  | "owner"
  | "deploy key"
  | "webhook"
  | "collaborator"
  | "team"
  | "autolink"
  | "forks"
  | "workflow access"
  | "oidc subject"
  | "custom property"
  | "merge past the rules";

export type Fields = Readonly<Record<string, Value>>;

/** Something on GitHub as it is declared, or as it is there. */
export interface Thing {
  readonly kind: KindName;
  /** What people call it; empty where a repository has one only. */
  readonly name: string;
  /** The environment or store that it is in. @default the repository itself */
  readonly of?: string;
  /** Values by a name that says what they mean. What is not declared is left out, and so is what GitHub does not tell. */
  readonly fields: Fields;
  /** Fields that GitHub hides from this token. @default none */
  readonly hidden?: readonly string[];
  /** GitHub's numbers, by what `pulumi import` needs them for. */
  readonly ids?: Readonly<Record<string, number>>;
}

/** What a stack declares, as far as it can be compared with GitHub. */
export interface Declared {
  readonly repository?: RepositoryWithinPlan | undefined;
  /** @default none */
  readonly environments?: readonly EnvironmentSettings[];
  /** @default the repository's name and its existence are not compared */
  readonly github?: GitHubSettings;
  /** Names of secrets by store, as in {@link Thing.of}. @default none */
  readonly secrets?: Readonly<Record<string, readonly string[]>>;
  /** When this stack wrote each secret, by store and name as in `of` and `name`; ISO 8601. @default not known, so not compared */
  readonly written?: Readonly<Record<string, string>>;
}

/** Which part of a repository to look at. */
export interface Scope {
  /** @default everything that could be declared */
  readonly kinds?: ReadonlySet<KindName>;
  /** Everything, or only {@link environments}. */
  readonly isWhole: boolean;
  /** Environments whose inside counts. */
  readonly environments: readonly string[];
  /** Whether secrets or variables of a place count. @default all of them do */
  readonly isAsked?: (kind: KindName, of: string) => boolean;
  /** Teams whose roles count. @default every team's */
  readonly roles?: readonly string[];
  /** Environments of which it counts which apps decide. @default all of {@link environments} */
  readonly apps?: readonly string[];
  /** Rulesets of the organisation and the enterprise count too. @default they do not */
  readonly isAboveAsked?: boolean;
  /** Merges past the rules of main count. @default they do not */
  readonly isBreakGlassAsked?: boolean;
  /** Paths of files on main that count. */
  readonly files: readonly string[];
  /** Names of custom properties that count. @default those of a declaration that asks for the kind */
  readonly properties?: readonly string[];
  /** Names of teams by id, for actors that GitHub tells by number only. */
  readonly teams: Readonly<Record<number, string>>;
}

/** What this token may not see: everything of a kind, or of one place. */
export interface Hidden {
  readonly kind: KindName;
  readonly of?: string;
}

/** What there is of a kind, and what there may be beside it. */
export interface Reading {
  readonly things: readonly Thing[];
  readonly hidden: readonly Hidden[];
}

/** What may be there although this stack does not declare it. */
export interface Expected {
  /** Environments that other stacks declare. */
  readonly environments: readonly string[];
  /** Patterns of branches that may be there. */
  readonly branchNames: readonly string[];
  /** Users and teams whom the declaration names: they need to write, and no more. */
  readonly people: readonly string[];
  /** Names of labels that have to go, in small letters. */
  readonly removedLabels: readonly string[];
}

/** How strict one thing is, by rule. A rule that is not there does not hold. */
export type ObjectGuards = Readonly<Record<string, RuleValue>>;

/** One rule of the weakening gate: what people call it, and which way it is weaker. */
export interface Rule {
  readonly words: string;
  readonly direction: Direction;
}

/** Reads one of a resource's inputs as text. */
export type Input = (name: string) => string;

/** Any name at all. */
export const any = "*";

/** Finds what GitHub has of a kind. @param name {@link any} for whatever there is */
export type Find = (name: string, of?: string) => Thing | undefined;

/** All that Slipway knows of one kind of thing on GitHub. */
export interface Kind {
  readonly title: (thing: Thing) => string;
  /** What a stack's settings declare of it. */
  readonly declare?: (declared: Declared) => readonly Thing[];
  /** What GitHub has of it. */
  readonly read: (reader: Reader, scope: Scope) => Promise<Reading>;
  /** Each field for people. */
  readonly words: Readonly<Record<string, Words>>;
  /** Parts of a declared one that GitHub knows by a number, called as in {@link Thing.ids}. @default none */
  readonly numbered?: (fields: Fields) => readonly string[];
  /** What is said of one that nobody declared. @default it is there, and nobody declared it */
  readonly undeclared?: (thing: Thing) => string;
  /** One that nobody declared and that may be there all the same. @default none */
  readonly isExpected?: (thing: Thing, expected: Expected) => boolean;
  /** GitHub does not tell capitals apart in its names. */
  readonly isCaseless?: boolean;
  /** Which object of the weakening gate it belongs to. @default none */
  readonly object?: (thing: Thing) => string | undefined;
  /** Rules of the weakening gate, by the first part of their names. */
  readonly rules?: Readonly<Record<string, Rule>>;
  /** How strict its fields are. @default fields that are called as a rule */
  readonly guards?: (fields: Fields, name: string) => ObjectGuards;
  /** What the engine is given of it, by type of resource: what policies look at. */
  readonly planned?: Readonly<Record<string, (inputs: unknown) => Thing>>;
  /**
   * Id for `pulumi import` of what is there, by type of resource. `<repository>:` is put before it; where it begins with a slash the
   * repository alone, and where it is empty it is the repository.
   */
  readonly imports?: Readonly<Record<string, (input: Input, find: Find) => string | undefined>>;
}

/** Two things of the same key are the same thing. */
export function keyOf({ kind, name, of = "" }: Pick<Thing, "kind" | "name" | "of">, isCaseless = false): string {
  return [kind, of, isCaseless ? name.toLowerCase() : name].join("\0");
}

/** A thing as GitHub tells it: undefined is a field that this token may not see. */
export function seen(
  thing: Pick<Thing, "kind" | "name" | "of" | "ids">,
  fields: Readonly<Record<string, Value | undefined>>,
): Thing {
  const hidden = Object.keys(fields).filter((name) => fields[name] === undefined);
  const told = Object.entries(fields).filter((entry): entry is [string, Value] => entry[1] !== undefined);
  return { ...thing, fields: Object.fromEntries(told), ...(hidden.length > 0 ? { hidden } : {}) };
}

/** Values that are named: what is left out stays as it is. */
export const stated = <T extends object>(values: T): { [Name in keyof T]?: NonNullable<T[Name]> } =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [Name in keyof T]?: NonNullable<T[Name]>;
  };

/** What an answer tells of a kind. @param of the place that was asked about; the whole repository if left out */
export function readingOf<T>(kind: KindName, answer: Answer<T>, things: (told: T) => Thing[], of?: string): Reading {
  if (answer.is === "there") return { things: things(answer.value), hidden: [] };
  return { things: [], hidden: answer.is === "hidden" ? [of === undefined ? { kind } : { kind, of }] : [] };
}

/** Several of them together. */
export const together = (readings: readonly Reading[]): Reading => ({
  things: readings.flatMap(({ things }) => things),
  hidden: readings.flatMap(({ hidden }) => hidden),
});

/** Fields that are called as a rule: what is off is no rule, and a record is a rule for each of its names. */
export function rulesIn(fields: Fields, rules: Readonly<Record<string, Rule>>): ObjectGuards {
  const guards = Object.entries(fields).flatMap(([name, value]): [string, RuleValue][] => {
    if (!(name in rules) || value === false) return [];
    if (typeof value !== "object" || Array.isArray(value)) return [[name, value as RuleValue]];
    return Object.entries(value).map(([of, said]) => [`${name}.${of}`, said]);
  });
  return Object.fromEntries(guards);
}
