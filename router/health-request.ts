import type { Field } from "./field.ts";
import { readHealthBody, type HealthBody } from "./health-body.ts";

/** How a release wants to be asked for its health beside the path, and which answers are good, where that is not as usual. */
export interface HealthRequest {
  /** Name of the host that it is asked by. @default the prefix of the containers' names */
  readonly host?: string | undefined;
  /** Further headers by name. @default none */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Good answers. @default 200 */
  readonly statuses?: readonly number[] | undefined;
  /** What a good answer says. @default anything, where its JSON has no `status` that says otherwise */
  readonly body?: HealthBody | undefined;
}

/** What a health check asks, whole. */
export interface HealthQuestion {
  readonly path: string;
  /** With the name of the host. */
  readonly headers: Readonly<Record<string, string>>;
  readonly statuses: readonly number[];
  readonly body?: HealthBody | undefined;
}

export const usualStatuses: readonly number[] = [200];

/** Path of a health check, with its query; the proxy shows its map with no longer lines than its buffer. */
export const healthPath = /^\/[\w\-./?=&%~]{0,255}$/;
export const healthHost = /^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?(:\d{1,5})?$/;
/** Those of a connection, and the one that has a setting of its own, are not for everybody to set. */
export const healthHeaderName =
  /^(?!host$|connection$|content-length$|transfer-encoding$|upgrade$|te$|trailer$|expect$|keep-alive$|proxy-)[a-z][a-z0-9-]{0,63}$/i;
/** It stands in a map of the proxy, and in its commands, where these characters need no quotes. */
export const healthHeaderValue = /^[\w.:/=@+~*,&?!%-]{1,200}$/;
export const lowestStatus = 200;
export const highestStatus = 399;

/** @throws InvalidInput */
export function readHealthRequest(field: Field): HealthRequest | undefined {
  const host = field.get("host").optional((name) => name.text(healthHost));
  const headers = field.get("headers").optional((all) => all.record(healthHeaderName, healthHeaderValue));
  const statuses = field
    .get("statuses")
    .optional((all) => all.list((status) => status.integer(lowestStatus, highestStatus)));
  const body = field.get("body").optional(readHealthBody);
  const said = {
    ...(host === null ? {} : { host }),
    ...(headers ? { headers } : {}),
    ...(statuses ? { statuses } : {}),
    ...(body === null ? {} : { body }),
  };
  return Object.keys(said).length === 0 ? undefined : said;
}

/** What differs from the usual, so that a stack that says it in full asks for nothing else than one that says nothing. */
export function healthRequest({ host, headers = {}, statuses = usualStatuses, body }: HealthRequest): HealthRequest {
  const sorted = [...new Set(statuses)].sort((a, b) => a - b);
  return {
    ...(host === undefined ? {} : { host }),
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
    ...(String(sorted) === String(usualStatuses) ? {} : { statuses: sorted }),
    ...(body === undefined ? {} : { body }),
  };
}

/** @param usualHost where none is named */
export const questionOf = (
  path: string,
  usualHost: string,
  { host, headers = {}, statuses = usualStatuses, body }: HealthRequest = {},
): HealthQuestion => ({
  path,
  headers: { ...headers, Host: host ?? usualHost },
  statuses,
  ...(body === undefined ? {} : { body }),
});

/** What a proxy's checks have to be able to ask: of all releases together, as one text of its configuration serves them all. */
export interface HealthForms {
  /** Whether a release names its host. */
  readonly host: boolean;
  /** In lower case, each once. */
  readonly headers: readonly string[];
  readonly statuses: readonly number[];
  /** What every good answer says as text. Null: they differ, or it is JSON, in which a proxy can't look. */
  readonly text: string | null;
}

/** @param requests of the configuration and of every release that a slot holds; undefined for a release that asks as usual */
export function formsOf(requests: readonly (HealthRequest | undefined)[]): HealthForms {
  const names = requests.flatMap((each) => Object.keys(each?.headers ?? {}).map((name) => name.toLowerCase()));
  const statuses = requests.flatMap((each) => each?.statuses ?? usualStatuses);
  const texts = new Set(requests.map((each) => (typeof each?.body === "string" ? each.body : null)));
  const [text = null] = texts.size === 1 ? texts : [];
  return {
    text,
    host: requests.some((each) => each?.host !== undefined),
    headers: [...new Set(names)].sort(),
    statuses: [...new Set(statuses)].sort((a, b) => a - b),
  };
}
