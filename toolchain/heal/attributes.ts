import { readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
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
/** Between two looks at one that may be being written, in ms. */
const lookMs = 200;

/**
 * Removes locks of a stack that a kill or a full disk left half-written: the engine takes each file of that folder for a lock, and ends with
 * "unexpected end of JSON input" at one that it can't read. One that a living run may be writing is waited for, at most ten seconds.
 *
 * @param report told when there is something to wait for
 * @returns how many were removed
 */
export async function removeHalfLocks(stack: StackFiles, report: (line: string) => void): Promise<number> {
  const folder = locksFolder(stack);
  const files = (await readdir(folder).catch(() => [])).map((name) => join(folder, name));
  const half = await halfOf(files);
  const young = await youngOf(half);
  if (young.length > 0)
    report(
      `• a lock of the state is half-written: waiting whether its run goes on (at most ${writtenWithinMs / 1000} s) …`,
    );
  for (let left = young; left.length > 0; left = await youngOf(await halfOf(left))) await setTimeout(lookMs);
  return removeHalf(half);
}

async function youngOf(files: readonly string[]): Promise<string[]> {
  const ages = await Promise.all(
    files.map(async (file) => {
      const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: -Infinity }));
      return Date.now() - mtimeMs > writtenWithinMs ? [] : [file];
    }),
  );
  return ages.flat();
}

/** @returns how many of the files were half-written */
async function removeHalf(files: readonly string[]): Promise<number> {
  const half = await halfOf(files);
  await Promise.all(half.map((file) => rm(file, { force: true })));
  return half.length;
}

async function halfOf(files: readonly string[]): Promise<string[]> {
  return (await Promise.all(files.map(async (file) => ((await isWhole(file)) ? [] : [file])))).flat();
}

async function isWhole(file: string): Promise<boolean> {
  try {
    JSON.parse(await readFile(file, "utf8"));
    return true;
  } catch (error) {
    return !(error instanceof SyntaxError);
  }
}
