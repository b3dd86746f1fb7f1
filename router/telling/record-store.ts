import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { InvalidInput } from "../field.ts";
import { parseRecord, type RolloutRecord } from "./record.ts";

/** Rollouts whose records are kept. */
export const keptRecords = 100;

const folderOf = (stateFolder: string): string => join(stateFolder, "rollouts");
export const recordPath = (stateFolder: string, rollout: number): string =>
  join(folderOf(stateFolder), `${rollout}.json`);

/** Numbers of the rollouts that have a record, newest first. */
async function numbers(stateFolder: string): Promise<number[]> {
  const names = await readdir(folderOf(stateFolder)).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const found = names.flatMap((name) => /^(\d+)\.json$/.exec(name)?.[1] ?? []);
  return found.map(Number).sort((a, b) => b - a);
}

/** @throws InvalidInput if there is none, or it can't be understood */
export async function readRecord(stateFolder: string, rollout: number): Promise<RolloutRecord> {
  const path = recordPath(stateFolder, rollout);
  const text = await readFile(path, "utf8").catch(async (error: unknown) => {
    if (!isMissing(error)) throw error;
    const kept = await numbers(stateFolder);
    const range = kept.length > 0 ? `${kept.at(-1) ?? ""} to ${kept[0] ?? ""}` : "none yet";
    throw new InvalidInput(`rollout: got ${rollout}; allowed ${range}. Fix: slipway rollout list shows them`);
  });
  return parseRecord(text, path);
}

/** Newest first; one that is damaged is left out. @param most so many at most. @default all that are kept */
export async function listRecords(stateFolder: string, most = keptRecords): Promise<RolloutRecord[]> {
  const read = (rollout: number) => readRecord(stateFolder, rollout).catch(() => null);
  const records = await Promise.all((await numbers(stateFolder)).slice(0, most).map(read));
  return records.filter((record) => record !== null);
}

/** Removes all but the newest. */
export async function pruneRecords(stateFolder: string, keep = keptRecords): Promise<void> {
  const old = (await numbers(stateFolder)).slice(keep);
  await Promise.all(old.map((rollout) => rm(recordPath(stateFolder, rollout), { force: true })));
}

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === "ENOENT";
