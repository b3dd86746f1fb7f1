import { readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { locksFolder, type StackFiles } from "./checkpoint.ts";

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
  return removeHalf(files.flat());
}

/** A living run has a lock half-written for less than that, in ms. */
const writtenWithinMs = 10_000;

/**
 * Removes locks of a stack that a kill or a full disk left half-written: the engine takes each file of that folder for a lock, and ends with
 * "unexpected end of JSON input" at one that it can't read.
 *
 * @returns how many there were
 */
export async function removeHalfLocks(stack: StackFiles): Promise<number> {
  const folder = locksFolder(stack);
  const names = await readdir(folder).catch(() => []);
  const settled = await Promise.all(
    names.map(async (name) => {
      const file = join(folder, name);
      const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: Infinity }));
      return Date.now() - mtimeMs > writtenWithinMs ? [file] : [];
    }),
  );
  return removeHalf(settled.flat());
}

/** @returns how many of the files were half-written */
async function removeHalf(files: readonly string[]): Promise<number> {
  const half = await Promise.all(files.map(async (file) => ((await isWhole(file)) ? [] : [file])));
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
