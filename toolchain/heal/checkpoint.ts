import { readdir, readFile, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { LockFile } from "./locks.ts";

/** A resource as the state has it. */
export interface Resource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly inputs?: Record<string, unknown>;
  /** `<urn>::<id>` of the provider that made it. */
  readonly provider?: string;
}

/** Something that the engine had begun. */
export interface Pending {
  /** What the engine was doing: `creating`, `updating`, `deleting`, … */
  readonly type: string;
  readonly resource: Resource;
}

/** What the engine last recorded of a stack. */
export interface Checkpoint {
  readonly resources: Resource[];
  readonly pending: Pending[];
  /** When it was written, in milliseconds since the epoch. */
  readonly written: number;
}

/** Where a file back-end keeps one stack. */
export interface StackFiles {
  /** Folder of the back-end, the one that holds `.pulumi`. */
  readonly backend: string;
  readonly project: string;
  readonly stack: string;
}

/** The engine's record is there and can't be understood. */
export class DamagedState extends Error {
  readonly file: string;
  constructor(file: string, cause: unknown) {
    super(`${file}: can't be read`, { cause });
    this.file = file;
  }
}

/**
 * Reads what the engine last recorded from the file itself: deciding that nothing is wrong must not cost the engine's start.
 *
 * @param file another one than the state itself
 * @returns empty for a stack without a deployment
 * @throws DamagedState
 */
export async function readCheckpoint(files: StackFiles, file = stateFile(files)): Promise<Checkpoint> {
  const found = await Promise.all(
    (file.includes(".gz") ? [file] : [file, `${file}.gz`]).map(async (name) => ({
      name,
      bytes: await unlessMissing(readFile(name), undefined),
    })),
  );
  const [kept] = found.flatMap(({ name, bytes }) => (bytes === undefined ? [] : [{ name, bytes }]));
  if (kept === undefined) return { resources: [], pending: [], written: 0 };
  try {
    const text = kept.name.includes(".gz") ? await promisify(gunzip)(kept.bytes) : kept.bytes;
    const { checkpoint } = JSON.parse(text.toString()) as {
      checkpoint: { latest?: { manifest: { time: string }; resources?: Resource[]; pending_operations?: Pending[] } };
    };
    const { latest } = checkpoint;
    return {
      resources: latest?.resources ?? [],
      pending: latest?.pending_operations ?? [],
      written: Date.parse(latest?.manifest.time ?? ""),
    };
  } catch (error) {
    throw new DamagedState(kept.name, error);
  }
}

const stateFile = ({ backend, project, stack }: StackFiles): string =>
  join(backend, ".pulumi", "stacks", project, `${stack}.json`);

/** The engine takes every file in it for a lock of the stack. */
export const locksFolder = ({ backend, project, stack }: StackFiles): string =>
  join(backend, ".pulumi", "locks", "organization", project, stack);

/** The locks of runs that are under way, or were when they died. */
export async function readLocks(files: StackFiles): Promise<LockFile[]> {
  const folder = locksFolder(files);
  const names = (await unlessMissing(readdir(folder), [])).filter((name) => name.endsWith(".json"));
  const locks = await Promise.all(
    names.map(async (name): Promise<LockFile[]> => {
      const file = join(folder, name);
      const text = await unlessMissing(readFile(file, "utf8"), undefined);
      if (text === undefined) return []; // Its holder has just ended.
      const { pid, username, hostname: machine, timestamp } = parseLock(text, (await stat(file)).mtime);
      return [
        {
          file,
          pid: Number(pid),
          username: String(username),
          hostname: String(machine),
          since: Date.parse(String(timestamp)),
        },
      ];
    }),
  );
  return locks.flat();
}

/**
 * A full disk cuts a lock too. Whoever could not write it ended there, so it is nobody's.
 *
 * @param written when the file was
 */
function parseLock(text: string, written: Date): Record<string, string | number> {
  try {
    return JSON.parse(text) as Record<string, string | number>;
  } catch {
    return { pid: 0, username: "nobody", hostname: hostname(), timestamp: written.toISOString() };
  }
}

async function unlessMissing<T, U>(wanted: Promise<T>, instead: U): Promise<T | U> {
  return wanted.catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return instead;
    throw error;
  });
}
