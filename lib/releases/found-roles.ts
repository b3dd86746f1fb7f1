import type { HostLook } from "../hosts/look.ts";
import { slots, type HostNames, type Slot } from "../hosts/naming.ts";
import { isOurs } from "./declared-on-host.ts";
import type { Ledger } from "./ledger.ts";

/** The containers of one role in a slot. */
export interface FoundRole {
  readonly slot: Slot;
  readonly role: string;
  /** As many as its release has, or more where they are there. */
  readonly containers: number;
  /** Those of them that run. */
  readonly running: number;
}

/** Roles that a host has containers of, or should have by its journal, by slot and name; without those that run by the clock. */
export function foundRoles(
  { containers }: Pick<HostLook, "containers">,
  names: HostNames,
  ledger: Pick<Ledger, "live" | "slots">,
): FoundRole[] {
  const ours = [...containers.values()].filter((one) => isOurs(one, names));
  return slots.flatMap((slot) => {
    const own = ours.filter(({ labels }) => labels["slipway.slot"] === slot);
    const { release, state } = ledger.slots[slot];
    const declared = (slot === ledger.live || state === "holds" ? release?.roles : undefined) ?? {};
    const there = own.flatMap(({ labels }) => ("slipway.due" in labels ? [] : (labels["slipway.role"] ?? [])));
    const always = Object.keys(declared).filter((role) => release?.schedules?.[role] === undefined);
    const roles = [...new Set([...always, ...there])].sort();
    return roles.map((role) => {
      const all = own.filter(({ labels }) => labels["slipway.role"] === role);
      const containers = Math.max(all.length, declared[role] ?? 0);
      return { slot, role, containers, running: all.filter(({ status }) => status === "running").length };
    });
  });
}
