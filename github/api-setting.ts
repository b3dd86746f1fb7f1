import { setTimeout as sleep } from "node:timers/promises";
import { describe, differences, type Json, type Lists } from "./compare.ts";

/** Something on GitHub that must be so. */
export interface ApiSetting {
  /** For people: `private vulnerability reporting`. */
  readonly what: string;
  /** Path under the API's root that tells how it is; 404 means that it is not there. Or a question in GraphQL. */
  readonly read: string | Question;
  /** Fields of the answer that must be so. */
  readonly wanted: Json;
  /** `contain`: lists of the answer may hold more; `outer`: its outermost one may; `ordered`: their order counts. @default equal */
  readonly lists?: Lists;
  /** One of the list at `read`, and below it by its `id`, as in the path of `write`: found by its name, and then asked for by itself. */
  readonly named?: { readonly by: string; readonly name: string };
  /** A list that it is in, by the name that it is wanted to have: asked once for all of a step, and then only those that are not as wanted. */
  readonly among?: { readonly list: string; readonly by: string };
  /** Another answer that will do. @default none */
  readonly or?: { readonly read: string; readonly wanted: Json };
  /** Makes it so. @default nothing here does, it is only checked */
  readonly write?: Write;
  /** Makes it where it is not there at all. @default as `write` */
  readonly make?: Write;
  /** Where it is not there and something else is, it is made out of that. */
  readonly outOf?: { readonly read: string; readonly write: Write };
  /** It must not be there. @default it is as wanted */
  readonly isGone?: boolean;
  /** `differences`: of the body only those fields that are not as wanted. @default all */
  readonly sends?: "all" | "differences";
  /** A list of the answer that has the wanted entries and no other: made with POST to `path`, removed with DELETE of `path/<id>`. */
  readonly members?: { readonly list: string; readonly path: string };
  /** One entry of a list: {@link wanted} is a list of it alone. */
  readonly entry?: Entry;
  /** Longest that a change may take until GitHub shows it, in ms. @default 5 s */
  readonly patienceMs?: number;
}

/** One of several things of a kind, each of which GitHub knows by a number. */
export interface Entry {
  /** Where one is made with POST; each is below it, by its `id`. */
  readonly path: string;
  /** What tells it from others: `key_prefix`, `config.url`. */
  readonly by: string;
  readonly body: Json;
  /** GitHub changes one in place. @default it is removed and made again */
  readonly isPatched?: boolean;
  /** Variable of the environment that holds `config.secret`. GitHub never shows it, so it is written in each run. @default none */
  readonly secret?: string;
}

/** What only GraphQL tells. */
export interface Question {
  readonly query: string;
  readonly variables: Readonly<Record<string, string>>;
}

/** Where {@link Question}s go. */
export const graphqlPath = "/graphql";

/** One request that changes something. */
export interface Write {
  readonly method: "PUT" | "PATCH" | "POST" | "DELETE";
  readonly path: string;
  readonly body?: Json;
}

/** How GitHub is spoken to. */
export type Send = (method: string, path: string, body?: Json) => Promise<{ status: number; data: Json }>;

const usualPatienceMs = 5_000;

/**
 * Makes a setting so, unless it is, and reads it back: GitHub's API has answered 200 and done nothing (terraform-provider-github#2784,
 * secure-proxy-manager#264).
 *
 * @param known as it is, where that was asked already
 * @returns one line on what was done
 * @throws Error with every field that is not as wanted
 */
export async function ensure(
  send: Send,
  setting: ApiSetting,
  patience = setting.patienceMs,
  known?: Json,
): Promise<string> {
  const { what } = setting;
  const found = known ?? (await readSetting(send, setting));
  const isUnseen = setting.entry?.secret !== undefined;
  if ((await left(send, setting, found)).length === 0 && !isUnseen) return `${what}: as wanted`;
  const other = found === undefined ? setting.outOf : undefined;
  const isThere = other !== undefined && (await read(send, other.read)) !== undefined;
  const writes = isThere ? [other.write] : writesFor(setting, found);
  for (const { method, path, body } of writes) await send(method, path, body);
  const end = Date.now() + (patience ?? usualPatienceMs);
  for (let pause = 100; ; pause = Math.min(pause * 2, 5_000)) {
    const problems = await left(send, setting, await readSetting(send, setting));
    if (problems.length === 0) return `${what}: set`;
    if (writes.length === 0 || Date.now() + pause > end) {
      const claim = ["GitHub took", writes.map(({ method, path }) => `${method} ${path}`).join(", ") || "the change"];
      throw new Error(`${what} is not as declared, though ${claim.join(" ")}: ${problems.join("; ")}`);
    }
    await sleep(pause);
  }
}

/** The entry of a list that a setting is about. Pure. */
export function entryIn(list: Json, { among, wanted }: ApiSetting): Json | undefined {
  if (among === undefined) return undefined;
  return listOf(list).find((entry) => fieldsOf(entry)[among.by] === fieldsOf(wanted)[among.by]);
}

async function readSetting(send: Send, { read: path, named }: ApiSetting): Promise<Json | undefined> {
  if (named === undefined || typeof path !== "string") return read(send, path);
  const all = listOf(await read(send, `${path}?per_page=100`));
  const one = all.find((entry) => fieldsOf(entry)[named.by] === named.name);
  return one === undefined ? undefined : read(send, `${path}/${JSON.stringify(fieldsOf(one).id)}`);
}

async function read(send: Send, path: string | Question): Promise<Json | undefined> {
  if (typeof path !== "string") return (await send("POST", graphqlPath, { ...path })).data;
  const { status, data } = await send("GET", path);
  return status === 404 ? undefined : data;
}

async function left(
  send: Send,
  { wanted, lists, or, isGone = false }: ApiSetting,
  found: Json | undefined,
): Promise<readonly string[]> {
  if (isGone) return found === undefined ? [] : ["it is there"];
  const problems = differences(wanted, found, lists).map(describe);
  if (problems.length === 0 || or === undefined) return problems;
  return differences(or.wanted, await read(send, or.read), lists).length === 0 ? [] : problems;
}

function writesFor(setting: ApiSetting, found: Json | undefined): Write[] {
  const { write, make, members, sends, entry, named } = setting;
  if (entry) return entryWrites(entry, found);
  if (members) return memberWrites(setting, members, found);
  const chosen = found === undefined ? (make ?? write) : write;
  if (chosen === undefined) return [];
  if (named && found !== undefined)
    return [{ ...chosen, path: `${chosen.path}/${JSON.stringify(fieldsOf(found).id)}` }];
  return sends === "differences" ? [{ ...chosen, body: differing(setting, chosen.body, found) }] : [chosen];
}

/** Of a body those fields whose value GitHub does not have. */
function differing({ wanted, lists }: ApiSetting, body: Json | undefined, found: Json | undefined): Json {
  const [all, mine] = [fieldsOf(body), fieldsOf(found)];
  return Object.fromEntries(
    Object.entries(all).filter(([name]) => differences(fieldsOf(wanted)[name] ?? null, mine[name], lists).length > 0),
  );
}

function memberWrites(
  { wanted }: ApiSetting,
  { list, path }: NonNullable<ApiSetting["members"]>,
  found: Json | undefined,
): Write[] {
  const [entries, there] = [listOf(fieldsOf(wanted)[list]), listOf(fieldsOf(found)[list])];
  const isSame = (entry: Json, other: Json) => differences(entry, other).length === 0;
  return [
    ...entries
      .filter((entry) => !there.some((other) => isSame(entry, other)))
      .map((body): Write => ({ method: "POST", path, body })),
    ...there
      .filter((other) => !entries.some((entry) => isSame(entry, other)))
      .map((other): Write => ({ method: "DELETE", path: `${path}/${JSON.stringify(fieldsOf(other).id)}` })),
  ];
}

function entryWrites({ path, by, body, isPatched = false }: Entry, found: Json | undefined): Write[] {
  const nameOf = (entry: Json) =>
    JSON.stringify(by.split(".").reduce<Json>((at, part) => fieldsOf(at)[part] ?? null, entry));
  const paths = listOf(found)
    .filter((entry) => nameOf(entry) === nameOf(body))
    .map((entry) => `${path}/${JSON.stringify(fieldsOf(entry).id)}`);
  const [first] = paths;
  if (isPatched && first !== undefined) return [{ method: "PATCH", path: first, body }];
  return [...paths.map((each): Write => ({ method: "DELETE", path: each })), { method: "POST", path, body }];
}

const fieldsOf = (json: Json | undefined) =>
  (typeof json === "object" && json !== null && !Array.isArray(json) ? json : {}) as Readonly<Record<string, Json>>;
const listOf = (json: Json | undefined) => (Array.isArray(json) ? json : []) as readonly Json[];
