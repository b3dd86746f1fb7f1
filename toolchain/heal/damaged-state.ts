import { copyFile, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { SetupFailed } from "../setup-failed.ts";
import { readCheckpoint, type Checkpoint, type DamagedState, type StackFiles } from "./checkpoint.ts";
import { toolchainCommand } from "../../lib/folders.ts";

/**
 * Puts the engine's own copy of the state in the place of one that can't be read, the newest that is whole: a full disk cuts a state in the
 * middle, and with the next write the copy beside it. What was damaged stays beside it. What the state then does not know is found like all
 * else that a killed run leaves.
 *
 * @returns what the copy says
 * @throws SetupFailed when there is no whole copy, or no room for it
 */
export async function restoreState(
  files: StackFiles,
  { file }: DamagedState,
  report: (line: string) => void,
): Promise<Checkpoint> {
  const found = await wholeCopy(files, [`${file}.bak`, ...(await earlierStates(files))]);
  if (found === undefined) {
    throw new SetupFailed(
      `${file}: can't be read, and there is no whole copy, got none beside it that can be read, nor one among the engine's backups`,
      `put a backup of the folder in its place; or, where there is none, remove both files, then slipway adopt: the hosts serve on without it`,
    );
  }
  const { copy, checkpoint } = found;
  try {
    await copyFile(copy, `${file}.new`);
    await rename(file, `${file}.damaged`);
    await rename(`${file}.new`, file);
    await rm(`${file}.attrs`, { force: true });
  } catch (error) {
    await rm(`${file}.new`, { force: true });
    if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
    throw new SetupFailed(
      `${file}: is cut short, and there is no room to put ${copy} in its place`,
      `make room, then ${toolchainCommand("heal")}`,
    );
  }
  report(`✓ mended: the state could not be read (a full disk?); its copy ${copy} is back in its place`);
  return checkpoint;
}

/** The first of these that can be read, and holds something. */
async function wholeCopy(files: StackFiles, copies: readonly string[]) {
  for (const copy of copies) {
    const checkpoint = await readCheckpoint(files, copy).catch(() => undefined);
    if (checkpoint !== undefined && checkpoint.written > 0) return { copy, checkpoint };
  }
  return undefined;
}

/** States that the engine keeps of earlier updates, newest first. */
async function earlierStates({ backend, project, stack }: StackFiles): Promise<string[]> {
  const folder = join(backend, ".pulumi", "backups", project, stack);
  const names = await readdir(folder).catch(() => []);
  // Their names end with when they were made, in nanoseconds.
  return names
    .filter((name) => name.endsWith(".json"))
    .sort()
    .reverse()
    .map((name) => join(folder, name));
}
