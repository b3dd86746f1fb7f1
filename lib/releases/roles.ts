import { readFileSync } from "node:fs";
import { maxRoleContainers, slots, type Slot } from "../hosts/naming.ts";
import type { Problem } from "../problem.ts";
import type { Release } from "../../router/ledger.ts";
import { roleContainers, type RoleContainer } from "../../router/roles.ts";
import type { ReleasesSettings } from "./schema.ts";

export { roleContainers, type RoleContainer };

/** How many containers each role has, as a release tells it. */
export const countsOf = (roles: ReleasesSettings["roles"]): Record<string, number> =>
  Object.fromEntries(Object.entries(roles).map(([role, { replicas }]) => [role, replicas]));

/** More containers than there are addresses for. */
export function roleProblems({ roles }: Pick<ReleasesSettings, "roles">): Problem[] {
  const count = Object.values(countsOf(roles)).reduce((sum, each) => sum + each, 0);
  if (count <= maxRoleContainers) return [];
  return [
    {
      path: "slipway:roles",
      problem: "has more containers than a slot has room for",
      got: `${String(count)} of ${Object.keys(roles).join(", ")}`,
      allowed: `${String(maxRoleContainers)} of all roles together`,
      fix: "lower replicas, and let each container have more processes",
    },
  ];
}

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
