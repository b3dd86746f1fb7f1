import { UnknownValueError, type ResourceValidationArgs } from "@pulumi/policy";

/** Stands for a value that only the update will know. Never equal to a value that a rule asks for, nor to one that is missing. */
export const unknown = Symbol("known only by the update");

/** A resource as rules see it: inputs as plain data, with {@link unknown} in place of what a preview can't know. */
export interface Seen {
  readonly type: string;
  readonly urn: string;
  /** The name that the program gave it. */
  readonly name: string;
  readonly props: Props;
  readonly isProtected: boolean;
  /** This update leaves it as it is, whatever the program says: it serves, or it has been done. */
  readonly isFrozen: boolean;
  /** Where inputs are marked as secret: `envs[0]`. @default they were not looked at */
  readonly secretPaths?: ReadonlySet<string>;
}

export type Props = Readonly<Record<string, unknown>>;

type Args = Pick<ResourceValidationArgs, "type" | "urn" | "name" | "props"> & {
  readonly opts?: { readonly protect?: boolean; readonly ignoreChanges?: readonly string[] };
};

/** A resource without the policy SDK's traps, which end a rule at the first value that is not known yet. Pure. */
export function seenOf({ type, urn, name, props, opts }: Args): Seen {
  return {
    type,
    urn,
    name,
    props: known(props) as Props,
    isProtected: opts?.protect === true,
    isFrozen: opts?.ignoreChanges?.includes("*") === true && isSlipways({ urn }),
  };
}

function known(value: unknown): unknown {
  if (Array.isArray(value)) return Array.from(value.keys(), (index) => read(() => value[index] as unknown));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.keys(value).map((key) => [key, read(() => value[key as never])]));
}

function read(value: () => unknown): unknown {
  try {
    return known(value());
  } catch (error) {
    if (error instanceof UnknownValueError) return unknown;
    throw error;
  }
}

/** Types of the components that hold a resource, and its own. */
const typesOf = ({ urn }: Pick<Seen, "urn">): readonly string[] => (urn.split("::")[2] ?? "").split("$");

/** Whether a component of that type holds the resource, or it is one. */
export const isWithin = (resource: Pick<Seen, "urn">, component: string): boolean =>
  typesOf(resource).includes(component);

/** Whether one of Slipway's own components holds it. */
export const isSlipways = (resource: Pick<Seen, "urn">): boolean =>
  typesOf(resource).some((type) => type.startsWith("slipway:"));

/** Whether the value is the wanted one, or may turn out to be. */
export const maybe = (value: unknown, wanted: unknown): boolean => value === wanted || value === unknown;

/** The value of that path; {@link unknown} where a part of the way is. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce(
    (part, key) =>
      part === unknown ? unknown : typeof part === "object" && part !== null ? (part as Props)[key] : undefined,
    value,
  );
}

/** The known elements of a list; none where it is missing or not known. */
export const listAt = (value: unknown, ...path: readonly string[]): readonly unknown[] => {
  const list = at(value, ...path);
  return Array.isArray(list) ? list.filter((each) => each !== unknown) : [];
};

/** Text that is known; else nothing. */
export const textAt = (value: unknown, ...path: readonly string[]): string | undefined => {
  const text = at(value, ...path);
  return typeof text === "string" ? text : undefined;
};

/** What a text holds as JSON; nothing where it is not known or no JSON. */
export function jsonAt(value: unknown, ...path: readonly string[]): unknown {
  try {
    return JSON.parse(textAt(value, ...path) ?? "null") ?? undefined;
  } catch {
    return undefined;
  }
}
