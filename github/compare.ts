/** Anything that JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** How lists are compared. */
export type Lists = "equal" | "contain" | "outer" | "ordered";

/** One place where GitHub has something else than was declared. */
export interface Difference {
  /** `rules[1].parameters.required_approving_review_count`; empty for the whole. */
  readonly path: string;
  readonly wanted: Json;
  /** Undefined: it is not there. */
  readonly found: Json | undefined;
}

/**
 * Where `found` is not as `wanted`. Fields that `wanted` does not name may be anything; lists must have the same entries in any order.
 *
 * @param lists `contain`: lists may hold more than is wanted; `outer`: those within a list may not; `ordered`: their order counts
 */
export function differences(wanted: Json, found: Json | undefined, lists: Lists = "equal", path = ""): Difference[] {
  if (isList(wanted)) {
    if (!isList(found)) return [{ path, wanted, found }];
    if (lists === "ordered") return JSON.stringify(wanted) === JSON.stringify(found) ? [] : [{ path, wanted, found }];
    return listDifferences(wanted, found, lists, path);
  }
  if (typeof wanted === "object" && wanted !== null) {
    if (typeof found !== "object" || found === null || isList(found)) return [{ path, wanted, found }];
    return Object.entries(wanted).flatMap(([key, value]) =>
      differences(value, found[key], lists, path === "" ? key : `${path}.${key}`),
    );
  }
  // GitHub tells of an empty text as null, or as an empty one.
  return wanted === found || (wanted === "" && found === null) ? [] : [{ path, wanted, found }];
}

/** Entries are paired by what they have in common, so that one changed field is one difference. */
function listDifferences(wanted: readonly Json[], found: readonly Json[], lists: Lists, path: string): Difference[] {
  const left = [...found];
  const within = lists === "outer" ? "equal" : lists;
  const result: Difference[] = [];
  const unmatched = wanted.filter((entry) => {
    const index = left.findIndex((candidate) => differences(entry, candidate, within).length === 0);
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
  for (const entry of unmatched) {
    const index = left.findIndex(
      (candidate) => identity(candidate) !== undefined && identity(candidate) === identity(entry),
    );
    const at = `${path}[${identity(entry) ?? wanted.indexOf(entry)}]`;
    const [candidate] = index < 0 ? [] : left.splice(index, 1);
    result.push(...differences(entry, candidate, within, at));
  }
  if (lists === "contain" || lists === "outer") return result;
  return [
    ...result,
    ...left.map((entry) => ({ path: `${path}[${identity(entry) ?? "?"}]`, wanted: null, found: entry })),
  ];
}

/** What a person would call an entry by. */
function identity(entry: Json): string | undefined {
  if (typeof entry !== "object" || entry === null) return JSON.stringify(entry);
  if (isList(entry)) return undefined;
  const name = entry.type ?? entry.name ?? entry.context ?? entry.property_name ?? entry.actor_id;
  return typeof name === "string" || typeof name === "number" ? String(name) : undefined;
}

const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);

/** `path: wanted 2, found 1`. */
export function describe({ path, wanted, found }: Difference): string {
  const value = (json: Json | undefined) => (json === undefined ? "nothing" : JSON.stringify(json));
  return `${path === "" ? "" : `${path}: `}wanted ${value(wanted)}, found ${value(found)}`;
}
