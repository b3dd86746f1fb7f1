import { quote } from "shlex";
import type { Problem } from "../problem.ts";
import { hostsWithoutClock, type ClockedHosts } from "../hosts/clock.ts";
import { backupScript, copyScript, expandHome } from "./backup-scripts.ts";
import type { DatabasesSettings } from "./schema.ts";

const units = { m: 60, h: 3_600, d: 86_400 } as const;

/** @param every as in the settings, such as `6h` */
export const everySeconds = (every: string): number =>
  Number(every.slice(0, -1)) * units[every.at(-1) as keyof typeof units];

/** How old the newest backup may get, in hours: one may fail, and none is so late that a few minutes matter. @param every @default nothing makes them */
export const oldestHours = (every: string): number => Math.max(1, (2 * everySeconds(every)) / 3_600);

/** What makes a backup by the clock. */
export interface ClockProgramArgs {
  readonly every: string;
  /** Those of the backup. */
  readonly variables: Readonly<Record<string, string>>;
  /** Those of its copy. @default none is made */
  readonly copies: Readonly<Record<string, string>> | undefined;
}

/**
 * The program that a host runs by its own clock: the very scripts of an update, so with its lock and its checks. It begins with every boot too, so it
 * leaves it at that where there is a backup of the last half of the time.
 */
export function clockProgram({ every, variables, copies }: ClockProgramArgs): string {
  const given = Object.entries({ ...variables, ...copies }).filter(([name]) => name !== "SCRIPT");
  const halfMinutes = Math.floor(everySeconds(every) / 120);
  return [
    "#!/bin/sh",
    "# By Slipway (slipway:backups.every): makes a backup and its copy. Each pulumi up writes it anew.",
    "set -eu",
    ...given.map(([name, value]) => `export ${name}=${quote(value)}`),
    `${expandHome}export AGAIN='slipway backup now' WAIT=3600 STRICT=1`,
    ...(halfMinutes > 0
      ? [`[ -z "$(find "$BACKUPS" -name 'by-clock-*' -mmin -${String(halfMinutes)} 2> /dev/null)" ] || exit 0`]
      : []),
    "NAME=by-clock-$(date -u +%Y%m%dT%H%M%SZ)",
    "export NAME",
    `sh -euc ${quote(backupScript)}`,
    ...(copies === undefined ? [] : [`sh -euc ${quote(copyScript)}`]),
    "",
  ].join("\n");
}

/** What a backup by the clock needs: a host with a clock that Slipway may set, and data. */
export function clockProblems({
  backups: { every },
  host,
  hosts,
  saved,
}: Pick<DatabasesSettings, "backups"> & ClockedHosts & { readonly saved: boolean }): Problem[] {
  if (every === undefined) return [];
  const path = "slipway:backups.every";
  const byHand = "call slipway backup now by a timer of your own";
  if (!saved)
    return [
      {
        path,
        problem: "means nothing without data on the host",
        got: every,
        allowed: "with slipway:databases, or a volume in slipway:volumes that is backed up",
        fix: `pulumi config rm --path ${path}`,
      },
    ];
  return hostsWithoutClock({ host, hosts }).map(({ path: name }) => ({
    path,
    problem: `needs a timer of systemd's on ${name}, which only root sets`,
    got: every,
    allowed: "where it is a server with admin (docs/hosts.md)",
    fix: `name ${name}.admin; or pulumi config rm --path ${path}, and ${byHand}`,
  }));
}
