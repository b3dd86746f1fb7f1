import { lstat, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { serviceFiles } from "./rendered-files.ts";

/** One file of the service's repository, and what has to become of it. */
export interface Change {
  /** From the repository's top folder. */
  readonly path: string;
  readonly is: "new" | "changed" | "same";
  readonly text: string;
  /** Text of one that is changed. */
  readonly before?: string;
}

/**
 * What the model's files are to the service's clone. Nothing is written.
 *
 * @throws Error naming every place where something other than a file, or a link, stands in the way
 */
export async function compareFiles(
  folder: string,
  files: Readonly<Record<string, string>> = serviceFiles(),
): Promise<Change[]> {
  const problems: string[] = [];
  const changes = await Promise.all(
    Object.entries(files).map(async ([path, text]): Promise<Change> => {
      for (const part of partsOf(path)) {
        const found = await lstat(join(folder, part)).catch(() => undefined);
        // Through a link the text would land outside the clone.
        if (found !== undefined && (part === path ? !found.isFile() : !found.isDirectory()))
          problems.push(`${part}: is in the way, and is no ${part === path ? "file" : "folder"}. Fix: remove it`);
      }
      const there = await readFile(join(folder, path), "utf8").catch(() => undefined);
      if (there === undefined) return { path, text, is: "new" };
      return there === text ? { path, text, is: "same" } : { path, text, is: "changed", before: there };
    }),
  );
  if (problems.length > 0) throw new Error([...new Set(problems)].sort().join("\n"));
  return changes;
}

/** Writes what differs. */
export async function writeFiles(folder: string, changes: readonly Change[]): Promise<void> {
  for (const { path, text, is } of changes) {
    if (is === "same") continue;
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

/** A path and the folders above it, the highest first. */
const partsOf = (path: string): string[] =>
  path.split("/").map((_, index, names) => names.slice(0, index + 1).join("/"));
