import { backupScript, copyScript, restoreCopyScript, verifyScript } from "../lib/databases/backup-scripts.ts";
import { copiedBackups, type FoundCopies } from "../lib/databases/copied-backups.ts";
import { mostListed, newestBackups } from "../lib/databases/newest-backups.ts";
import type { BackupsOnHost } from "../lib/releases/backup-variables.ts";
import { define, defineByHand, group, oneValue, type CommonOptions, type HandOptions } from "./command.ts";
import { errorsOf, recordDone } from "./controller.ts";
import { exitCodes, Failure } from "./exit-codes.ts";
import { findHosts, oneHost, onEachHost, runOnHost, type StackHost } from "./hosts.ts";

/** Longest that making, copying or reading back may take, in seconds. */
const longestSeconds = 4 * 3_600;
interface OnOneHost {
  readonly host?: string;
}
interface NowOptions extends HandOptions, OnOneHost {
  readonly takeOver?: true;
}
interface VerifyOptions extends CommonOptions, OnOneHost {
  readonly copy?: true;
}

const onHost = ["--host <name>", "Which one of several hosts: host, or its name under slipway:hosts"] as const;

export const backup = () =>
  group("backup", "Backups on the host, and their copies elsewhere", [
    define("list", "List the backups on the host and the copies elsewhere, with age and size")
      .option(...onHost, oneValue)
      .action(list),
    defineByHand("now", "Make a backup now, read it back, and copy it where slipway:backups.copyTo says")
      .option(...onHost, oneValue)
      .option("--take-over", "Copy although the copies there are of other data, which this host never had")
      .action(now),
    define("verify", "Read a backup back, the newest one unless it is named; changes nothing")
      .argument("[backup]", "Name of a backup, as `slipway backup list` says it")
      .option(...onHost, oneValue)
      .option("--copy", "Its copy elsewhere, and the whole of what lies there")
      .action(verify),
  ]);

/** The host that is meant, and what the settings say of its backups. @throws Failure */
async function meant(options: CommonOptions & OnOneHost, changes: boolean) {
  const { hosts } = await findHosts(options, { changes });
  const host = oneHost(hosts, options.host, "backup: each host has its own backups");
  return { host, backups: backupsOf(host) };
}

/** @throws Failure */
export function backupsOf({ backups, stack }: StackHost): BackupsOnHost {
  if (backups !== undefined) return backups;
  throw new Failure(
    `backup: the settings of stack ${stack} say not what is backed up. Fix: slipway preflight --stack ${stack} says what is wrong with them`,
  );
}

/** Where the copies are. @throws Failure */
export function copiesOf(host: StackHost) {
  const { copies } = backupsOf(host);
  if (copies !== undefined) return copies.variables;
  throw new Failure(
    `slipway:backups.copyTo: is not set, so stack ${host.stack} has no copies. Fix: pulumi config set --path slipway:backups.copyTo.repository s3:https://<host>/<bucket>/<folder>, then pulumi up`,
  );
}

async function list(options: CommonOptions & OnOneHost): Promise<void> {
  const { host, backups } = await meant(options, false);
  const { copies } = backups;
  await onEachHost([host], options, async ({ connection }, tell) => {
    const [found, away] = await Promise.all([
      newestBackups(connection, backups.variables.BACKUPS ?? "", mostListed),
      copies === undefined ? null : copiedBackups(connection, copies.variables),
    ]);
    if ("problem" in found) tell(`host  could not be looked at: ${found.problem}`);
    else {
      for (const { at, bytes, file } of found.files) tell(`host  ${line(at, bytes)}  ${file}`);
      if (found.files.length === 0) tell("host  none yet: one is made before each release, and by slipway backup now");
    }
    for (const each of describeCopies(away)) tell(`copy  ${each}`);
    const isSeen = !("problem" in found) && (away === null || !("problem" in away));
    return { code: isSeen ? exitCodes.done : exitCodes.failed, result: { host: found, copies: away } };
  });
}

function describeCopies(away: FoundCopies | null): string[] {
  if (away === null) return ["none: slipway:backups.copyTo is not set, so backups are lost with their host"];
  if ("problem" in away) return [`could not be looked at: ${away.problem}`];
  if (away.copies.length === 0) return ["none yet"];
  return away.copies.map(
    ({ at, bytes, name, id, parts }) => `${line(at, bytes)}  ${name} (${id}): ${parts.join(", ")}`,
  );
}

const line = (at: string, bytes: number) =>
  `${at.slice(0, 16).replace("T", " ")} UTC  ${ageOf(at).padStart(7)} old  ${String(bytes).padStart(12)} bytes`;

function ageOf(at: string): string {
  const minutes = Math.max(0, Math.floor((Date.now() - Date.parse(at)) / 60_000));
  if (minutes < 120) return `${String(minutes)} min`;
  return minutes < 2_880 ? `${String(Math.floor(minutes / 60))} h` : `${String(Math.floor(minutes / 1_440))} days`;
}

async function now(options: NowOptions): Promise<void> {
  const { host, backups } = await meant(options, true);
  await onEachHost([host], options, async (_, tell) => {
    const error = errorsOf([host], host);
    const at = new Date().toISOString().slice(0, 19).replace(/[-:]/g, "");
    const name = `by-hand-${at}Z`;
    const env = { ...backups.variables, NAME: name, AGAIN: "slipway backup now" };
    const script = { text: backupScript, env, timeoutSeconds: longestSeconds };
    const made = await runOnHost(host, script, { said: tell, error });
    if (made.code !== exitCodes.done || backups.parts.length === 0)
      return { code: made.code, result: { ...made, name: null } };
    await recordDone(host, "backed-up", [name, options.reason ?? ""].filter(Boolean).join(": "), error);
    const result = { name, said: made.said, errors: made.errors };
    if (backups.copies === undefined) {
      tell("backup: no copy is made, as slipway:backups.copyTo is not set");
      return { code: exitCodes.done, result };
    }
    const copied = await runOnHost(
      host,
      {
        text: copyScript,
        env: {
          ...backups.copies.variables,
          NAME: name,
          STRICT: "1",
          TAKE_OVER: options.takeOver ? "1" : "",
          SECONDS_AT_MOST: String(longestSeconds - 600),
        },
        timeoutSeconds: longestSeconds,
      },
      { said: tell, error },
    );
    return { code: copied.code, result: { ...result, copy: { said: copied.said, errors: copied.errors } } };
  });
}

async function verify(name: string | undefined, options: VerifyOptions): Promise<void> {
  const { host, backups } = await meant(options, false);
  const common = { HAS: backups.parts.join(" "), CONTROLLER: host.controller };
  const place = options.copy ? copiesOf(host) : undefined;
  const { text, env } = place
    ? { text: restoreCopyScript, env: { ...place, ...common, WANTED: name ?? "latest", ONLY_READ: "1", YES: "1" } }
    : { text: verifyScript, env: { ...common, BACKUPS: backups.variables.BACKUPS ?? "", NAME: name ?? "" } };
  await onEachHost([host], options, async (_, tell) => {
    const script = { text, env, timeoutSeconds: longestSeconds };
    const { code, said, errors } = await runOnHost(host, script, { said: tell, error: errorsOf([host], host) });
    return { code, result: { said, errors } };
  });
}
