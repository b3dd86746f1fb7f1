import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { StackFiles } from "./checkpoint.ts";

/**
 * Removes attributes of a stack's files that a kill left half-written. The file back-end keeps a file's attributes beside it and writes them
 * in place, where all else is renamed into place; half of them make the file unreadable ("failed to load checkpoint: EOF"), none do not.
 *
 * @returns how many there were
 */
export async function removeHalfAttributes({ backend, project, stack }: StackFiles): Promise<number> {
  const root = join(backend, ".pulumi");
  const folders = [
    { folder: join(root, "stacks", project), prefix: `${stack}.json` },
    ...["history", "backups"].map((kind) => ({ folder: join(root, kind, project, stack), prefix: "" })),
  ];
  const files = await Promise.all(
    folders.map(async ({ folder, prefix }) => {
      const names = await readdir(folder).catch(() => []);
      return names
        .filter((name) => name.startsWith(prefix) && name.endsWith(".attrs"))
        .map((name) => join(folder, name));
    }),
  );
  const half = await Promise.all(files.flat().map(async (file) => ((await isWhole(file)) ? [] : [file])));
  await Promise.all(half.flat().map((file) => rm(file, { force: true })));
  return half.flat().length;
}

async function isWhole(file: string): Promise<boolean> {
  try {
    JSON.parse(await readFile(file, "utf8"));
    return true;
  } catch (error) {
    return !(error instanceof SyntaxError);
  }
}
