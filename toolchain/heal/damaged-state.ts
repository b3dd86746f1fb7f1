import { copyFile, rename, rm } from "node:fs/promises";
import { SetupFailed } from "../setup-failed.ts";
import { readCheckpoint, type Checkpoint, type DamagedState, type StackFiles } from "./checkpoint.ts";

/**
 * Puts the engine's own copy of the state, which it makes before each write, in the place of one that can't be read: a full disk cuts a
 * state in the middle. What was damaged stays beside it. What the state then does not know is found like all else that a killed run leaves.
 *
 * @returns what the copy says
 * @throws SetupFailed when there is no whole copy, or no room for it
 */
export async function restoreState(
  files: StackFiles,
  { file }: DamagedState,
  report: (line: string) => void,
): Promise<Checkpoint> {
  const copy = `${file}.bak`;
  const checkpoint = await readCheckpoint(files, copy).catch(() => undefined);
  if (checkpoint === undefined || !(checkpoint.written > 0)) {
    throw new SetupFailed(
      `${file}: can't be read, and there is no whole copy beside it, got no ${copy} that can be read`,
      `put a backup of the folder in its place; or, where there is none, remove both files, then slipway adopt: the hosts serve on without it`,
    );
  }
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
      "make room, then make heal",
    );
  }
  report(`✓ mended: the state could not be read (a full disk?); its copy ${copy} is back in its place`);
  return checkpoint;
}
