import { mkdir, open, readFile, rename, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseLedger } from "./ledger-format.ts";
import { emptyLedger, type Ledger } from "./ledger.ts";

/** The file below the controller's state folder. */
export const journalPath = (stateFolder: string): string => join(stateFolder, "journal.json");

/**
 * Reads the journal. A leftover temporary file is a write that never took place and is ignored.
 *
 * @throws InvalidInput if a journal exists but can't be understood: starting empty would forget who is live
 */
export async function loadJournal(stateFolder: string): Promise<Ledger> {
  const path = journalPath(stateFolder);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return emptyLedger;
    throw error;
  }
  return parseLedger(text, path);
}

export async function saveJournal(stateFolder: string, ledger: Ledger): Promise<void> {
  await writeDurably(journalPath(stateFolder), `${JSON.stringify(ledger)}\n`);
}

/**
 * Replaces a file so that after a crash at any instant it is whole, old or new (invariant I5).
 *
 * @param mode who may read it, from its first byte on
 * @param owner user and group id that it belongs to. @default whoever writes it
 */
export async function writeDurably(path: string, text: string, mode = 0o640, owner?: number): Promise<void> {
  const folder = dirname(path);
  const temporary = `${path}.new`;
  await mkdir(folder, { recursive: true });
  const write = async (file: FileHandle) => {
    await file.writeFile(text);
    if (owner !== undefined) await file.chown(owner, owner);
  };
  await syncing(temporary, "w", write, mode);
  await rename(temporary, path);
  // The rename itself lives in the folder.
  await syncing(folder, "r", () => Promise.resolve());
}

async function syncing(
  path: string,
  flags: string,
  work: (file: FileHandle) => Promise<void>,
  mode?: number,
): Promise<void> {
  const file = await open(path, flags, mode);
  try {
    await work(file);
    await file.sync();
  } finally {
    await file.close();
  }
}
