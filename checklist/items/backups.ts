import { copyHours } from "../../lib/databases/copied-backups.ts";
import { newestBackups, type FoundBackups } from "../../lib/databases/newest-backups.ts";
import { usualGoals } from "../../monitoring/alert-rules.ts";
import type { CheckedHost } from "../host.ts";
import { broken, proven, unseen, type Finding, type Item, type Probe } from "../model.ts";

export interface BackupsArgs {
  readonly stack: string;
  readonly hosts: readonly CheckedHost[];
  readonly today: Date;
}

/** Whether anything of a host is backed up. */
export const isBackedUp = ({ backups }: CheckedHost): boolean => (backups?.parts.length ?? 0) > 0;

/** Each database and volume has a backup that is new enough, the last try did not fail, and where copies are declared, the newest one is copied. */
export const backupsItem = ({ stack, hosts, today }: BackupsArgs): Item => ({
  name: "backups",
  setting: "slipway:backups",
  probes: hosts
    .filter(isBackedUp)
    .map((host): Probe => ({ name: host.connection.name, look: () => look(host, stack, today) })),
});

async function look({ connection, backups }: CheckedHost, stack: string, today: Date): Promise<Finding[]> {
  const found = await newestBackups(connection, backups?.variables.BACKUPS ?? "");
  const now = `slipway backup now --stack ${stack}`;
  if ("problem" in found)
    return [unseen(`backups at ${connection.name} can't be looked at, got ${found.problem}`, now)];
  const parts = (backups?.parts ?? []).map((part) => ofPart(part, found, today, now));
  const failed = found.backupFailed && [broken(`the last backup failed: ${found.backupFailed.reason}`, now)];
  return [...parts, ...(failed ?? []), backups?.copies === undefined ? noCopy : ofCopy(found, now)];
}

/** A choice, and nothing that an update would mend. */
const noCopy = proven("no copy elsewhere is declared (slipway:backups.copyTo): these are lost with their host");

type Files = Exclude<FoundBackups, { readonly problem: string }>;

function ofPart(part: string, { files }: Files, today: Date, now: string): Finding {
  const newest = files.find(({ file }) => file.endsWith(`.${part}`));
  if (newest === undefined) return broken(`there is no backup of ${part}`, now);
  const days = Math.floor((today.getTime() - Date.parse(newest.at)) / 86_400_000);
  if (days > usualGoals.backupHours / 24) return broken(`${newest.file} is ${days} days old, and the newest`, now);
  return proven(`${newest.file} was made on ${newest.at}`);
}

function ofCopy({ files, copied, copyFailed }: Files, now: string): Finding {
  if (copyFailed !== undefined) return broken(copyFailed.reason, now);
  if (copied === undefined) return broken("no backup was ever copied elsewhere", now);
  const newest = Math.max(0, ...files.map(({ at }) => Date.parse(at)));
  if (newest - Date.parse(copied.at) > copyHours * 3_600_000)
    return broken(`the newest backup lies only on its own host; ${copied.name} was copied on ${copied.at}`, now);
  return proven(`${copied.name} was copied on ${copied.at}`);
}
