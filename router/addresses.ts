import type { Row, Slot } from "./ledger.ts";

/** Widest that a slot can be: the proxy's configuration has a server line for each replica. */
export const maxReplicas = 8;

/** Most containers of roles that a slot can have, of all its roles together. */
export const maxRoleContainers = 32;

/** Last byte of the address of a slot's first container of a role. They have one row: what has no requests makes room at once. */
const firstRoleNumber = { blue: 48, green: 80 } as const satisfies Record<Slot, number>;

/** Fixed address of a container of a role. @param place among all of the slot's, counts from 0 */
export const roleAddress = (subnetPrefix: string, slot: Slot, place: number): string =>
  `${subnetPrefix}.${String(firstRoleNumber[slot] + place)}`;

/** Last byte of the address of a slot's first replica in its first row. */
const firstHostNumber = { blue: 16, green: 32 } as const satisfies Record<Slot, number>;

/**
 * Fixed address of a replica. The program declares the containers by it, and the controller points the proxy to it.
 *
 * @param subnetPrefix first three bytes, such as `10.213.0`
 * @param replica counts from 1
 * @param row that of the release in the slot
 */
export const replicaAddress = (subnetPrefix: string, slot: Slot, replica: number, row: Row = 1): string =>
  `${subnetPrefix}.${String(firstHostNumber[slot] + (row - 1) * maxReplicas + replica - 1)}`;
