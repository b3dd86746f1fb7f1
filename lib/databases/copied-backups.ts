import { askHost } from "../hosts/ask-host.ts";
import type { HostConnection } from "../hosts/host-connection.ts";
import { listCopiesScript } from "./backup-scripts.ts";

/** How much later than its backup a copy may be made, in hours. */
export const copyHours = 6;

/** A copy of a backup, as it lies elsewhere. */
export interface CopiedBackup {
  /** Of the backup that it is a copy of. */
  readonly name: string;
  /** Its own, by which it can be told from another one of that name. */
  readonly id: string;
  /** When it was made. ISO 8601. */
  readonly at: string;
  readonly bytes: number;
  /** What is in it, such as `postgres.dump`. */
  readonly parts: readonly string[];
}

/** What lies there, or why nobody could look. */
export type FoundCopies = { readonly copies: readonly CopiedBackup[] } | { readonly problem: string };

/**
 * The copies of a host's backups, the newest first. Changes nothing.
 *
 * @param variables what says where they are
 */
export async function copiedBackups(
  connection: HostConnection,
  variables: Readonly<Record<string, string>>,
): Promise<FoundCopies> {
  const script = { text: listCopiesScript, env: variables, timeoutSeconds: 180 };
  const { code, stdout, stderr } = await askHost(connection, script);
  if (code !== 0) return { problem: stderr === "" ? `exit code ${String(code)}` : (stderr.split("\n").at(-1) ?? "") };
  return { copies: parseCopies(stdout).toReversed() };
}

/** @param said lines of copies.sh, the oldest first */
export const parseCopies = (said: string): CopiedBackup[] =>
  said.split("\n").flatMap((line): CopiedBackup[] => {
    const [at, id, tags, files] = line.split(" ");
    if (at === undefined || id === undefined || tags === undefined || files === undefined) return [];
    const [name = "", ...marks] = tags.split(",");
    const bytes = Number(marks.find((mark) => mark.startsWith("bytes-"))?.slice("bytes-".length) ?? 0);
    const parts = files.split(",").map((file) => file.replace(`/backups/${name}.`, ""));
    return [{ name, id: id.slice(0, 8), at: new Date(at).toISOString(), bytes, parts }];
  });
