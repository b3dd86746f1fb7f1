import { readdir, readFile } from "node:fs/promises";
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

/**
 * Reads what the engine last recorded from the file itself: deciding that nothing is wrong must not cost the engine's start.
 *
 * @returns empty for a stack without a deployment
 */
export async function readCheckpoint({ backend, project, stack }: StackFiles): Promise<Checkpoint> {
  const file = join(backend, ".pulumi", "stacks", project, `${stack}.json`);
  const text = await unlessMissing(readFile(file, "utf8"), undefined);
  const zipped = text === undefined ? await unlessMissing(readFile(`${file}.gz`), undefined) : undefined;
  const content = zipped === undefined ? text : (await promisify(gunzip)(zipped)).toString();
  if (content === undefined) return { resources: [], pending: [], written: 0 };
  const { checkpoint } = JSON.parse(content) as {
    checkpoint: { latest?: { manifest: { time: string }; resources?: Resource[]; pending_operations?: Pending[] } };
  };
  const { latest } = checkpoint;
  return {
    resources: latest?.resources ?? [],
    pending: latest?.pending_operations ?? [],
    written: Date.parse(latest?.manifest.time ?? ""),
  };
}

/** The locks of runs that are under way, or were when they died. */
export async function readLocks({ backend, project, stack }: StackFiles): Promise<LockFile[]> {
  const folder = join(backend, ".pulumi", "locks", "organization", project, stack);
  const names = (await unlessMissing(readdir(folder), [])).filter((name) => name.endsWith(".json"));
  const locks = await Promise.all(
    names.map(async (name): Promise<LockFile[]> => {
      const file = join(folder, name);
      const text = await unlessMissing(readFile(file, "utf8"), undefined);
      if (text === undefined) return []; // Its holder has just ended.
      const { pid, username, hostname, timestamp } = JSON.parse(text) as Record<string, string | number>;
      return [
        {
          file,
          pid: Number(pid),
          username: String(username),
          hostname: String(hostname),
          since: Date.parse(String(timestamp)),
        },
      ];
    }),
  );
  return locks.flat();
}

async function unlessMissing<T, U>(wanted: Promise<T>, instead: U): Promise<T | U> {
  return wanted.catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return instead;
    throw error;
  });
}
