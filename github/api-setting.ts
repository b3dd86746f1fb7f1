import { setTimeout as sleep } from "node:timers/promises";
import { describe, differences, type Json } from "./compare.ts";

/** Something on GitHub that must be so. */
export interface ApiSetting {
  /** For people: `private vulnerability reporting`. */
  readonly what: string;
  /** Path under the API's root that tells how it is; 404 means that it is not there. Or a question in GraphQL. */
  readonly read: string | Question;
  /** Fields of the answer that must be so. */
  readonly wanted: Json;
  /** `contain`: lists of the answer may hold more. @default equal */
  readonly lists?: "equal" | "contain";
  /** Another answer that will do. @default none */
  readonly or?: { readonly read: string; readonly wanted: Json };
  /** Makes it so. @default nothing here does, it is only checked */
  readonly write?: Write;
  /** Makes it where it is not there at all. @default as `write` */
  readonly make?: Write;
  /** `differences`: of the body only those fields that are not as wanted. @default all */
  readonly sends?: "all" | "differences";
  /** A list of the answer that has the wanted entries and no other: made with POST to `path`, removed with DELETE of `path/<id>`. */
  readonly members?: { readonly list: string; readonly path: string };
  /** Longest that a change may take until GitHub shows it, in ms. @default 5 s */
  readonly patienceMs?: number;
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
 * @returns one line on what was done
 * @throws Error with every field that is not as wanted
 */
export async function ensure(send: Send, setting: ApiSetting, patience = setting.patienceMs): Promise<string> {
  const { what } = setting;
  const found = await read(send, setting.read);
  if ((await left(send, setting, found)).length === 0) return `${what}: as wanted`;
  const writes = writesFor(setting, found);
  for (const { method, path, body } of writes) await send(method, path, body);
  const end = Date.now() + (patience ?? usualPatienceMs);
  for (let pause = 100; ; pause = Math.min(pause * 2, 5_000)) {
    const problems = await left(send, setting, await read(send, setting.read));
    if (problems.length === 0) return `${what}: set`;
    if (writes.length === 0 || Date.now() + pause > end) {
      const claim = ["GitHub took", writes.map(({ method, path }) => `${method} ${path}`).join(", ") || "the change"];
      throw new Error(`${what} is not as declared, though ${claim.join(" ")}: ${problems.join("; ")}`);
    }
    await sleep(pause);
  }
}

async function read(send: Send, path: string | Question): Promise<Json | undefined> {
  if (typeof path !== "string") return (await send("POST", graphqlPath, { ...path })).data;
  const { status, data } = await send("GET", path);
  return status === 404 ? undefined : data;
}

async function left(
  send: Send,
  { wanted, lists, or }: ApiSetting,
  found: Json | undefined,
): Promise<readonly string[]> {
  const problems = differences(wanted, found, lists).map(describe);
  if (problems.length === 0 || or === undefined) return problems;
  return differences(or.wanted, await read(send, or.read), lists).length === 0 ? [] : problems;
}

function writesFor(setting: ApiSetting, found: Json | undefined): Write[] {
  const { write, make, members, sends } = setting;
  if (members) return memberWrites(setting, members, found);
  const chosen = found === undefined ? (make ?? write) : write;
  if (chosen === undefined) return [];
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

const fieldsOf = (json: Json | undefined) =>
  (typeof json === "object" && json !== null && !Array.isArray(json) ? json : {}) as Readonly<Record<string, Json>>;
const listOf = (json: Json | undefined) => (Array.isArray(json) ? json : []) as readonly Json[];
