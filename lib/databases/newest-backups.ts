import { askHost } from "../hosts/ask-host.ts";
import type { HostConnection } from "../hosts/host-connection.ts";
import { newestBackupsScript } from "./backup-scripts.ts";

/** A backup as it lies on a host. */
export interface BackupFile {
  /** Its name in the folder of the stack's backups. */
  readonly file: string;
  /** When it was finished. ISO 8601. */
  readonly at: string;
  readonly bytes: number;
}

/** What lies in the folder, or why nobody could look. */
export type FoundBackups =
  | {
      readonly files: readonly BackupFile[];
      /** The last copy that was made, by its backup's name. @default none ever was */
      readonly copied?: { readonly name: string; readonly at: string };
      /** The last attempt at a backup, if it failed. */
      readonly backupFailed?: { readonly reason: string; readonly at: string };
      /** The last attempt at a copy, if it failed. */
      readonly copyFailed?: { readonly reason: string; readonly at: string };
    }
  | { readonly problem: string };

const timeoutSeconds = 20;

/** Most backups that a person is shown of each database. */
export const mostListed = 100;

/**
 * The newest backups of each database, the newest first. Changes nothing.
 *
 * @param folder of the stack's backups; it may begin with `~/`
 * @param each how many of each database at most, with what restores put aside. @default the newest one that is a backup
 */
export async function newestBackups(connection: HostConnection, folder: string, each?: number): Promise<FoundBackups> {
  const env = { BACKUPS: folder, EACH: each === undefined ? "" : String(each) };
  const script = { text: newestBackupsScript, env, timeoutSeconds };
  const { code, stdout, stderr } = await askHost(connection, script);
  if (code !== 0)
    return { problem: stderr === "" ? `exit code ${String(code)}` : stderr.split("\n").slice(-1).join("") };
  const files = stdout.split("\n").flatMap((line): BackupFile[] => {
    const [, seconds, bytes, file] = /^(\d+) (\d+) (.+)$/.exec(line) ?? [];
    if (file === undefined) return [];
    return [{ file, at: timeOf(seconds), bytes: Number(bytes) }];
  });
  const [, copiedAt, name] = /^copied (\d+) (.+)$/m.exec(stdout) ?? [];
  const failed = (kind: string) => {
    const [, at, reason] = new RegExp(`^${kind}-failed (\\d+) (.+)$`, "m").exec(stdout) ?? [];
    return reason === undefined ? undefined : { reason, at: timeOf(at) };
  };
  const [backupFailed, copyFailed] = [failed("backup"), failed("copy")];
  return {
    files: files.toSorted((a, b) => b.at.localeCompare(a.at)),
    ...(name === undefined ? {} : { copied: { name, at: timeOf(copiedAt) } }),
    ...(backupFailed ? { backupFailed } : {}),
    ...(copyFailed ? { copyFailed } : {}),
  };
}

const timeOf = (seconds: string | undefined) => new Date(Number(seconds) * 1_000).toISOString();
