import { readdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** Where the engine keeps its states as files. */

/** A path that may begin with `~`. */
export function expandHome(path: string): string {
  return path.replace(/^~(?=\/|$)/, homedir());
}

/** Folder of the states where nobody names another back-end. @param folder that of Pulumi.yaml */
export const ownBackend = (folder: string): string => join(folder, ".pulumi-state");

/**
 * Folder of a file back-end; undefined for every other one.
 *
 * @param url as in PULUMI_BACKEND_URL, where `~` is the user's home and anything relative counts from `folder`, that of Pulumi.yaml
 */
export function backendFolder(url: string | undefined, folder: string): string | undefined {
  if (url === undefined || url === "") return ownBackend(folder);
  if (!url.startsWith("file://")) return undefined;
  return resolve(folder, expandHome(url.slice("file://".length)));
}

/** Whether a file back-end has a state of the stack. It is told by the names of the files: one that is damaged is there all the same. */
export async function hasState(backend: string, project: string, stack: string): Promise<boolean> {
  const files = await readdir(join(backend, ".pulumi", "stacks", project)).catch(() => []);
  return files.some((file) => file.startsWith(`${stack}.json`));
}
