import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { link, mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { withLock } from "./lock.ts";
import { cacheHome } from "./paths.ts";
import type { Task } from "./step.ts";

const manifestName = "manifest.json";
const unfinishedMark = ".unfinished-";

/** Something that takes long to make, and is kept by the hash of everything that it is made from. */
export interface Recipe {
  /** Folder in the cache, for example `engine`. */
  readonly tool: string;
  /** Everything that the result depends on. */
  readonly inputs: (string | Buffer)[];
  /** Writes the result's files into an empty folder. */
  readonly make: (directory: string) => Promise<void>;
}

/**
 * The folder with the result, made now if it is not there or is not what was made: files are checked against their
 * hashes every time. Made beside and renamed into place, so a killed run leaves nothing that looks whole, and two at
 * once make it once.
 */
export async function cached(recipe: Recipe, task: Task, home = cacheHome): Promise<string> {
  const { tool, inputs, make } = recipe;
  const shelf = join(home, tool);
  const directory = join(shelf, key(inputs));
  if (await intact(directory)) return directory;
  const waiting = (): void => {
    task.note("waiting for another run that is making it");
  };
  return withLock(join(home, `${tool}.lock`), waiting, async () => {
    if (await intact(directory)) return directory;
    await sweep(shelf);
    const unfinished = join(shelf, `${unfinishedMark}${process.pid}`);
    await mkdir(unfinished, { recursive: true });
    await make(unfinished);
    await seal(unfinished);
    await rm(directory, { recursive: true, force: true });
    await rename(unfinished, directory);
    return directory;
  });
}

/** Puts a cached file where another program looks for it, in one move. */
export async function place(source: string, target: string): Promise<void> {
  const [wanted, found] = await Promise.all([stat(source), stat(target).catch(() => undefined)]);
  if (found?.ino === wanted.ino && found.dev === wanted.dev) return;
  await mkdir(dirname(target), { recursive: true });
  const beside = `${target}${unfinishedMark}${process.pid}`;
  await rm(beside, { force: true });
  await link(source, beside);
  await rename(beside, target);
}

/** The name that a thing made from these has in the cache. */
export function key(inputs: (string | Buffer)[]): string {
  const hash = createHash("sha256");
  // With its length, so that no two lists of inputs read the same.
  for (const input of inputs) hash.update(`${Buffer.byteLength(input)}:`).update(input);
  return hash.digest("hex").slice(0, 32);
}

/** Records the hashes of what is in the folder now: it counts as whole from here on. */
export async function seal(directory: string): Promise<void> {
  await writeFile(join(directory, manifestName), JSON.stringify(await hashes(directory), undefined, 2));
}

/** Whether all that was sealed is there, unchanged, and nothing else. */
export async function intact(directory: string): Promise<boolean> {
  try {
    const expected = JSON.parse(await readFile(join(directory, manifestName), "utf8")) as Record<string, string>;
    const found = await hashes(directory);
    return JSON.stringify(expected) === JSON.stringify(found);
  } catch {
    return false;
  }
}

async function hashes(directory: string): Promise<Record<string, string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .filter((file) => file !== manifestName)
    .sort();
  const pairs = await Promise.all(files.map(async (file) => [file, await sha256(join(directory, file))] as const));
  return Object.fromEntries(pairs);
}

async function sha256(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

/** Removes what killed runs left behind. Only under the lock. */
async function sweep(shelf: string): Promise<void> {
  const names = await readdir(shelf).catch(() => []);
  const left = names.filter((name) => name.startsWith(unfinishedMark));
  await Promise.all(left.map((name) => rm(join(shelf, name), { recursive: true, force: true })));
}
