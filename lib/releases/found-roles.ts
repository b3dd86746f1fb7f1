import type { HostLook } from "../hosts/look.ts";
import { slots, type HostNames, type Slot } from "../hosts/naming.ts";
import { isOurs } from "./declared-on-host.ts";

/** The containers of one role in a slot. */
export interface FoundRole {
  readonly slot: Slot;
  readonly role: string;
  readonly containers: number;
  /** Those of them that run. */
  readonly running: number;
}

/** Roles that a host has containers of, by slot and name. */
export function foundRoles({ containers }: Pick<HostLook, "containers">, names: HostNames): FoundRole[] {
  const ours = [...containers.values()].filter((one) => isOurs(one, names));
  return slots.flatMap((slot) => {
    const own = ours.filter(({ labels }) => labels["slipway.slot"] === slot);
    const roles = [...new Set(own.flatMap(({ labels }) => labels["slipway.role"] ?? []))].sort();
    return roles.map((role) => {
      const all = own.filter(({ labels }) => labels["slipway.role"] === role);
      return { slot, role, containers: all.length, running: all.filter(({ status }) => status === "running").length };
    });
  });
}
