import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeDurably } from "./journal.ts";

/**
 * The key, base64, with which the proxy signs the cookies of sticky users, so that none counts that a client thought up. Made once a host:
 * with another one every user would be asked in anew.
 *
 * @param stateFolder the controller's own
 */
export async function cookieKey(stateFolder: string): Promise<string> {
  const path = join(stateFolder, "cookie-key");
  const kept = await readFile(path, "utf8").catch(() => "");
  if (kept !== "") return kept;
  const key = randomBytes(32).toString("base64");
  await writeDurably(path, key, 0o600);
  return key;
}
