import { join as joinWords } from "shlex";
import { restoreCopyScript, restoreScript } from "../lib/databases/backup-scripts.ts";
import { mostListed, newestBackups } from "../lib/databases/newest-backups.ts";
import { isBackupFile } from "../lib/releases/backup-variables.ts";
import type { Ledger } from "../router/ledger.ts";
import type { RolloutRecord } from "../router/telling/record.ts";
import { backupsOf, copiesOf } from "./backup.ts";
import { defineByHand, oneValue, type HandOptions } from "./command.ts";
import { askOne, errorsOf, recordDone } from "./controller.ts";
import { exitCodes, Failure } from "./exit-codes.ts";
import { findHosts, oneHost, onEachHost, runOnHost, type StackHost } from "./hosts.ts";

/** Longest that putting a backup back may take, in seconds. */
const restoreSeconds = 4 * 3_600;

interface RestoreOptions extends HandOptions {
  readonly host?: string;
  readonly yes?: true;
  readonly fromCopy?: string;
  readonly partly?: true;
}

export const restore = () =>
  defineByHand("restore", "Put the databases back as they were before a release; says first what that would do")
    .argument(
      "[backup]",
      "Number of the rollout that brought the release, name of a backup, or one file of it; without one, the backups are listed",
    )
    .option("--host <name>", "Which one of several hosts: host, or its name under slipway:hosts", oneValue)
    .option("--yes", "Do it; what is replaced is kept")
    .option("--from-copy <name>", "From a copy elsewhere, as `slipway backup list` names it, or latest", oneValue)
    .option("--partly", "With --from-copy: only what both the copy and the stack have")
    .action(putBack);

/** Shows what a backup is and what has changed since; with `--yes` puts it back. */
async function putBack(backup: string | undefined, options: RestoreOptions): Promise<void> {
  const isReal = options.yes ?? false;
  if (options.fromCopy !== undefined) return fromCopy(options.fromCopy, backup, options);
  const { hosts } = await findHosts(options, { changes: isReal });
  const chosen = oneHost(hosts, options.host, "restore: each host has its own databases");
  if (backup === undefined) {
    await list(chosen, chosen.declared?.backups, options);
    return;
  }
  await onEachHost([chosen], options, async (host, tell) => {
    const { files, before } = await filesOf(host, backup, isReal);
    if (before !== undefined)
      tell(`${before}, before which this backup was made, is live: go back first if it needs newer data`);
    const reason = [files.join(", "), ...(options.reason === undefined ? [] : [options.reason])]
      .join(": ")
      .slice(0, 200);
    const way = { text: restoreScript, env: { FILES: files.join("\n") }, reason, words: [backup] };
    const { code, isDone, said, errors } = await restoreBy(way, host, options, tell);
    return { code, result: { code, isDone, files, said, errors } };
  });
}

/** What differs between ways to restore. */
interface Way {
  /** Its script, and what that needs beside what all need. */
  readonly text: string;
  readonly env: Readonly<Record<string, string>>;
  /** For the record. */
  readonly reason: string;
  /** Words by which it is asked for. */
  readonly words: readonly string[];
}

/** Restores, or says what that would do. */
async function restoreBy(way: Way, host: StackHost, given: RestoreOptions, tell: (line: string) => void) {
  // What the next command is told to be changes something, and may be typed where several stacks are.
  const options = { ...given, stack: host.stack };
  const isReal = options.yes ?? false;
  const error = errorsOf([host], host);
  const flags = flagsOf(options).map((word) => ` ${word}`);
  const env = { ...way.env, CONTROLLER: host.controller, YES: isReal ? "1" : "", FLAGS: flags.join("") };
  const script = { text: way.text, env, timeoutSeconds: restoreSeconds };
  const { code, said, errors } = await runOnHost(host, script, { said: tell, error });
  const isDone = isReal && code === exitCodes.done;
  if (isDone) await recordDone(host, "restored", way.reason, error);
  if (!isReal && code === exitCodes.done)
    tell(`Nothing is done yet. To do it: ${command(options, ...way.words, "--yes")}`);
  return { code, isDone, said, errors };
}

/** The same with a copy that is brought to the host first. */
async function fromCopy(wanted: string, backup: string | undefined, options: RestoreOptions): Promise<void> {
  if (backup !== undefined)
    throw new Failure(
      `restore: got both ${backup} and --from-copy ${wanted}; allowed one. Fix: leave one out`,
      exitCodes.usage,
    );
  const isReal = options.yes ?? false;
  const { hosts } = await findHosts(options, { changes: isReal });
  const host = oneHost(hosts, options.host, "restore: each host has its own databases");
  const env = {
    ...copiesOf(host),
    HAS: backupsOf(host).parts.join(" "),
    WANTED: wanted,
    PARTLY: options.partly ? "1" : "",
  };
  const reason = `copy ${wanted}${options.reason ? `: ${options.reason}` : ""}`;
  const words = ["--from-copy", wanted, ...(options.partly ? ["--partly"] : [])];
  await onEachHost([host], options, async (_, tell) => {
    await ledgerOf(host, isReal);
    const result = await restoreBy({ text: restoreCopyScript, env, reason, words }, host, options, tell);
    return { code: result.code, result };
  });
}

/** A name alone is one in the folder of the stack's backups. */
const inFolder = (backup: string, folder: string | undefined) =>
  folder === undefined || /\/|^\d+$/.test(backup) ? backup : `${folder}/${backup}`;

/** The backups that lie on the host: those of a stack that was made anew have no rollout any more. */
async function list(host: StackHost, folder: string | undefined, options: RestoreOptions): Promise<void> {
  if (options.yes)
    throw new Failure(`restore: --yes needs a backup. Fix: ${command(options)} lists them`, exitCodes.usage);
  if (folder === undefined) throw new Failure("restore: the stack's settings say not where its backups are");
  await onEachHost([host], options, async ({ connection }, tell) => {
    const found = await newestBackups(connection, folder, mostListed);
    if ("problem" in found) {
      tell(`restore: the backups in ${folder} can't be listed: ${found.problem}`);
      return { code: exitCodes.failed, result: found };
    }
    for (const { at, bytes, file } of found.files)
      tell(`${at.slice(0, 16).replace("T", " ")} UTC  ${String(bytes).padStart(12)} bytes  ${file}`);
    tell(
      found.files.length === 0
        ? `no backup in ${folder}`
        : `What one of them would do: ${command(options)} <file>, its name before the database for all of that backup, or the number of the rollout that brought a release`,
    );
    return { code: exitCodes.done, result: found };
  });
}

/** The same command of the same stack with other words. */
const command = (options: RestoreOptions, ...words: readonly string[]): string =>
  joinWords(["slipway", "restore", ...words, ...flagsOf(options)]);

/** What the next command of the same stack needs. */
function flagsOf({ stack, configFile, host }: RestoreOptions): string[] {
  const given = Object.entries({ "--stack": stack, "--config-file": configFile, "--host": host });
  return given.flatMap(([flag, value]) => (value === undefined ? [] : [flag, value]));
}

/** Asks its controller for JSON. @throws Failure */
const asking =
  (host: StackHost) =>
  async (...words: string[]): Promise<unknown> => {
    const said: string[] = [];
    const { code, result } = await askOne(host, words, (line) => said.push(line));
    if (code !== exitCodes.done)
      throw new Failure(
        `restore: nothing was touched: ${said.join("; ")}; \`slipway restore\` lists the backups`,
        code,
      );
    return result;
  };

/** What holds the traffic. @throws Failure while a rollout runs, before anything is restored */
async function ledgerOf(host: StackHost, isReal: boolean): Promise<Pick<Ledger, "live" | "slots">> {
  const { running, live, slots } = (await asking(host)("ledger")) as Pick<Ledger, "live" | "slots" | "running">;
  if (running && isReal) {
    throw new Failure(
      `restore: rollout ${running.rollout} is running. Fix: wait for it (slipway status), or end it (slipway rollback)`,
    );
  }
  return { live, slots };
}

/** @returns each file of a backup. @throws Failure where the stack has none */
function allOf(backup: string, host: StackHost): string[] {
  const { parts } = backupsOf(host);
  if (parts.length > 0) return parts.map((part) => `${backup}.${part}`);
  throw new Failure(
    `restore: stack ${host.stack} has no database, and no volume that is backed up. Fix: name one file, as \`slipway restore\` lists them`,
  );
}

/** The files of a backup, and the release before which it was made if that one is live. */
async function filesOf(host: StackHost, backup: string, isReal: boolean) {
  const { live, slots } = await ledgerOf(host, isReal);
  if (!/^\d+$/.test(backup)) {
    const path = inFolder(backup, host.declared?.backups);
    return { files: isBackupFile(path) ? [path] : allOf(path, host) };
  }
  const record = (await asking(host)("record", backup)) as Pick<RolloutRecord, "backup" | "to">;
  if (record.backup.length === 0) {
    throw new Failure(`restore: rollout ${backup} made no backup. Fix: slipway restore lists the backups`);
  }
  const isLive = live !== null && slots[live].release?.id === record.to.id;
  return { files: record.backup, ...(isLive ? { before: record.to.id } : {}) };
}
