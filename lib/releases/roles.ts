import { readFileSync } from "node:fs";
import { hostsWithoutClock, type ClockedHosts } from "../hosts/clock.ts";
import { maxRoleContainers, slots, type Slot } from "../hosts/naming.ts";
import type { Problem } from "../problem.ts";
import type { Release } from "../../router/ledger.ts";
import { roleContainers, type RoleContainer } from "../../router/roles.ts";
import { dueTimes } from "./schedule.ts";
import type { ReleasesSettings } from "./schema.ts";

export { roleContainers, type RoleContainer };

type Roles = ReleasesSettings["roles"];

/** How many containers each role has, as a release tells it. */
export const countsOf = (roles: Roles): Record<string, number> =>
  Object.fromEntries(Object.entries(roles).map(([role, { replicas }]) => [role, replicas]));

/** When each of those runs that don't run all the time, as a release tells it. */
export const schedulesOf = (roles: Roles): Record<string, string> =>
  Object.fromEntries(
    Object.entries(roles).flatMap(([role, { schedule }]) =>
      schedule === undefined ? [] : [[role, schedule.trim().replaceAll(/\s+/g, " ")]],
    ),
  );

/** Longest that a run by the clock may take where its role does not say, in seconds. */
const longestRunSeconds = 3_600;

/** What a container tells the clock of its host. @returns undefined of a role that runs all the time */
export function runByClock({ schedule, timeoutSeconds }: Roles[string]): { due: string; limit: string } | undefined {
  const due = schedule === undefined ? undefined : dueTimes(schedule);
  return due === undefined ? undefined : { due, limit: String(timeoutSeconds ?? longestRunSeconds) };
}

/** Roles that a host has: what runs by the clock runs once, so on the first host alone unless it says otherwise. @param host @default the first */
export const rolesOn = (roles: Roles, host: string | undefined): Roles =>
  Object.fromEntries(
    Object.entries(roles).filter(
      ([, { hosts, schedule }]) =>
        host === undefined || (hosts ?? (schedule === undefined ? "all" : "first")) === "all",
    ),
  );

/** What can't be of roles: more containers than there are addresses for, words that don't go together, a clock that nobody may set. */
export function roleProblems(settings: Pick<ReleasesSettings, "roles"> & ClockedHosts): Problem[] {
  const { roles } = settings;
  const count = Object.values(countsOf(roles)).reduce((sum, each) => sum + each, 0);
  const tooMany = {
    path: "slipway:roles",
    problem: "has more containers than a slot has room for",
    got: `${String(count)} of ${Object.keys(roles).join(", ")}`,
    allowed: `${String(maxRoleContainers)} of all roles together`,
    fix: "lower replicas, and let each container have more processes",
  };
  return [
    ...(count <= maxRoleContainers ? [] : [tooMany]),
    ...Object.entries(roles).flatMap(([role, of]) => oneRoleProblems(`slipway:roles.${role}`, role, of, settings)),
  ];
}

function oneRoleProblems(path: string, role: string, of: Roles[string], hosts: ClockedHosts): Problem[] {
  const { schedule, timeoutSeconds, replicas, healthcheck } = of;
  if (schedule === undefined) {
    if (timeoutSeconds === undefined) return [];
    return [
      {
        path: `${path}.timeoutSeconds`,
        problem: "means nothing of a role that runs all the time",
        got: String(timeoutSeconds),
        allowed: "with a schedule",
        fix: `pulumi config rm --path ${path}.timeoutSeconds`,
      },
    ];
  }
  const alone = { problem: "means nothing of a role that runs by the clock", allowed: "without a schedule" };
  return [
    ...(replicas === 1
      ? []
      : [{ path: `${path}.replicas`, ...alone, got: String(replicas), fix: "leave it out: there is one container" }]),
    ...(healthcheck === undefined
      ? []
      : [
          {
            path: `${path}.healthcheck`,
            ...alone,
            got: healthcheck.join(" "),
            fix: "leave it out: its exit code says it",
          },
        ]),
    ...hostsWithoutClock(hosts)
      .filter(({ name }) => rolesOn({ [role]: of }, name)[role] !== undefined)
      .map(({ path: host }) => ({
        path: `${path}.schedule`,
        problem: `needs a timer of systemd's on ${host}, which only root sets`,
        got: schedule,
        allowed: "where it is a server with admin (docs/hosts.md)",
        fix: `name ${host}.admin; or leave schedule out, and let the role run a scheduler of its own (docs/own-service.md#work-by-the-clock)`,
      })),
  ];
}

/** Has the host start what is due, once a minute; POSIX, it is described in the file. */
const clockText = readFileSync(new URL("role-clock.sh", import.meta.url), "utf8");

/** The program that a host runs each minute by its own clock. @param prefix what the names of the stack's containers begin with */
export const roleClockProgram = (prefix: string): string =>
  [
    "#!/bin/sh",
    "# By Slipway (slipway:roles): runs roles that have a schedule. Each pulumi up writes it anew.",
    "set -eu",
  ]
    .concat(`PREFIX=${prefix}`, clockText)
    .join("\n");

/** How long a role's container has to stay up, in seconds, before its release gets traffic. */
export const steadySeconds = 5;

const script = readFileSync(new URL("roles.sh", import.meta.url), "utf8");

/** Longest that they may take in a rollout, before it and after it, in seconds; 0 where a stack has none. */
export function longestRoles({
  health,
  container,
  roles,
}: Pick<ReleasesSettings, "health" | "container" | "roles">): number {
  const step = health.gateSeconds + steadySeconds + container.stopSeconds + 30;
  return Object.keys(roles).length === 0 ? 0 : 2 * step;
}

/** What a step does about roles. */
interface RolesStep {
  /**
   * `begin`: those of a slot start, and are judged unless that slot is live or on its way. `align`: those of live run, all others don't.
   * `restart`: live's end and start again; variables say which, and who and why.
   */
  readonly mode: "begin" | "align" | "restart";
  /** What the names of the stack's containers begin with. */
  readonly prefix: string;
  /** Longest that their own check may take to say that they are well, in seconds. @default 60 */
  readonly gateSeconds?: number;
}

/** Shell text of one step; POSIX, it is described in the file. @param slot of `begin` */
export const rolesStep = ({ mode, prefix, gateSeconds = 60 }: RolesStep, slot = ""): string =>
  `(\nMODE=${mode} PREFIX=${prefix} SLOT=${slot} GATE=${String(gateSeconds)} STEADY=${String(steadySeconds)}\n${script})`;

/**
 * The steps around a promotion of a stack that has roles in one of its slots.
 *
 * @param target the slot that is promoted
 * @returns undefined where it has none
 */
export function rolesAround(
  prefix: string,
  { health: { gateSeconds } }: Pick<ReleasesSettings, "health">,
  holds: Readonly<Record<Slot, Pick<Release, "roles">>>,
  target: Slot,
): Readonly<Record<"begin" | "align", string>> | undefined {
  if (slots.every((slot) => holds[slot].roles === undefined)) return undefined;
  const step = (mode: RolesStep["mode"]) => rolesStep({ mode, prefix, gateSeconds }, target);
  return { begin: step("begin"), align: step("align") };
}
