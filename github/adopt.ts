import { kinds, thingKey } from "./kinds/index.ts";
import { any, type Find, type Input, type KindName } from "./kinds/kind.ts";
import { isHidden, readThings } from "./read/read-things.ts";
import type { Reader } from "./read/reader.ts";

/** One resource that the engine would create: what `pulumi preview --json` says of it. */
export interface PlannedCreate {
  readonly urn: string;
  readonly type: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** A resource in the file that `pulumi preview --import-file` writes and `pulumi import --file` reads. */
export interface ImportEntry {
  readonly type: string;
  readonly name: string;
  readonly logicalName?: string;
  readonly parent?: string;
  readonly component?: boolean;
  readonly id?: string;
}

export interface ImportFile {
  readonly nameTable?: Readonly<Record<string, string>>;
  readonly resources?: readonly ImportEntry[];
  /** Whole inputs of providers that are not in the state yet, secrets encrypted with the stack's key. */
  readonly providerInputs?: Readonly<Record<string, unknown>>;
}

/** Something that GitHub has already. */
export interface Adoptable {
  readonly urn: string;
  readonly type: string;
  /** As `pulumi import` takes it. */
  readonly id: string;
}

/** The creates out of `pulumi preview --json`. */
export function plannedCreates(json: string): PlannedCreate[] {
  const { steps = [] } = JSON.parse(json) as {
    steps?: { op: string; urn: string; newState?: { type: string; inputs?: Record<string, unknown> } }[];
  };
  return steps.flatMap(({ op, urn, newState }) =>
    op === "create" && newState ? [{ urn, type: newState.type, inputs: newState.inputs ?? {} }] : [],
  );
}

/**
 * Which of the planned creates GitHub has already. Secrets are never among them: GitHub shows no value, and creating one that is there
 * writes the declared value into it.
 *
 * @throws CouldNotAsk; Error where this token may not see whether something is there
 */
export async function adoptable(reader: Reader, creates: readonly PlannedCreate[]): Promise<Adoptable[]> {
  const importable = creates.flatMap(({ urn, type, inputs }) => {
    const noun = /^github:index\/\w+:(\w+)$/.exec(type)?.[1] ?? "";
    const input: Input = (name) => (typeof inputs[name] === "string" ? inputs[name] : "");
    const names = Object.keys(kinds) as KindName[];
    return names.flatMap((kind) => {
      const idOf = kinds[kind].imports?.[noun];
      return idOf === undefined ? [] : [{ urn, type, kind, input, idOf }];
    });
  });
  const reading = await readThings(reader, {
    kinds: new Set(importable.map(({ kind }) => kind)),
    isWhole: true,
    environments: importable.map(({ input }) => input("environment")),
    files: importable.map(({ input }) => input("file")),
    teams: {},
  });
  const [hidden] = importable.filter(({ kind, input }) => isHidden(reading, { kind, of: input("environment") }));
  if (hidden) throw new Error(`GitHub hides from this token whether it has a ${hidden.kind} already`);
  const { repo } = reader.at;
  return importable.flatMap(({ urn, type, kind, input, idOf }) => {
    const there = reading.things.filter((thing) => thing.kind === kind);
    const find: Find = (name, of) =>
      there.find(
        (thing) => name === any || thingKey(thing) === thingKey({ kind, name, ...(of === undefined ? {} : { of }) }),
      );
    const id = there.length === 0 ? undefined : idOf(input, find);
    if (id === undefined) return [];
    return [{ urn, type, id: id === "" || id.startsWith("/") ? `${repo}${id}` : `${repo}:${id}` }];
  });
}

/** The import file with nothing left in it but what is to be adopted, and the components around that. Pure. */
export function importOnly(file: ImportFile, adopted: readonly Adoptable[]): ImportFile {
  const ids = new Map(adopted.map(({ urn, id }) => [shortUrn(urn), id]));
  const entries = (file.resources ?? []).map((entry) => {
    const id = entry.component === true ? undefined : ids.get(`${entry.type}::${entry.logicalName ?? entry.name}`);
    return id === undefined ? entry : { ...entry, id };
  });
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  const wanted = new Set(entries.filter(({ type, name, logicalName = name }) => ids.has(`${type}::${logicalName}`)));
  for (const entry of wanted) {
    const parent = byName.get(entry.parent ?? "");
    if (parent) wanted.add(parent);
  }
  return { ...file, resources: entries.filter((entry) => wanted.has(entry)) };
}

/** Type and name, which no two of this program's resources share. */
export const shortUrn = (urn: string) => {
  const [type = "", name = ""] = urn.split("::").slice(2);
  return `${type.split("$").at(-1) ?? ""}::${name}`;
};
