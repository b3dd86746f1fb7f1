import { setTimeout as sleep } from "node:timers/promises";
import { describe, differences, type Json } from "./compare.ts";

/** Something on GitHub that must be so. */
export interface ApiSetting {
  /** For people: `private vulnerability reporting`. */
  readonly what: string;
  /** Path under the API's root that tells how it is; 404 means that it is not there. */
  readonly read: string;
  /** Fields of the answer that must be so. */
  readonly wanted: Json;
  /** `contain`: lists of the answer may hold more. @default equal */
  readonly lists?: "equal" | "contain";
  /** Makes it so. @default nothing here does, it is only checked */
  readonly write?: { readonly method: "PUT" | "PATCH" | "POST"; readonly path: string; readonly body?: Json };
}

/** How GitHub is spoken to. */
export type Send = (method: string, path: string, body?: Json) => Promise<{ status: number; data: Json }>;

/** Longest that a change may take until GitHub shows it, in ms: CodeQL is set up in the background. */
const patienceMs = 60_000;

/**
 * Makes a setting so, unless it is, and reads it back: GitHub's API has answered 200 and done nothing (terraform-provider-github#2784,
 * secure-proxy-manager#264).
 *
 * @returns one line on what was done
 * @throws Error with every field that is not as wanted
 */
export async function ensure(send: Send, setting: ApiSetting, patience = patienceMs): Promise<string> {
  const { what, write } = setting;
  if ((await left(send, setting)).length === 0) return `${what}: as wanted`;
  if (write !== undefined) await send(write.method, write.path, write.body);
  const end = Date.now() + patience;
  for (let pause = 100; ; pause = Math.min(pause * 2, 5_000)) {
    const problems = await left(send, setting);
    if (problems.length === 0) return `${what}: set`;
    if (write === undefined || Date.now() + pause > end) {
      const claim = write === undefined ? "GitHub took the change" : `GitHub took ${write.method} ${write.path}`;
      throw new Error(`${what} is not as declared, though ${claim}: ${problems.join("; ")}`);
    }
    await sleep(pause);
  }
}

async function left(send: Send, { read, wanted, lists }: ApiSetting): Promise<string[]> {
  const { status, data } = await send("GET", read);
  return differences(wanted, status === 404 ? undefined : data, lists).map(describe);
}
