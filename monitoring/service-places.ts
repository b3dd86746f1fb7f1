import { slots, type HostNames, type Slot } from "../lib/hosts/naming.ts";
import { rows } from "../router/ledger.ts";
import type { MonitoringSettings } from "./schema.ts";

/** What says where a service tells of itself. */
export interface TellingService {
  readonly monitoring?: MonitoringSettings["monitoring"];
  /** Replicas of each slot. */
  readonly replicas: number;
}

/** Every place on a host that a replica may have, with the address at which it tells of itself: its slots take turns, and each slot's rows. */
export function servicePlaces(
  names: Pick<HostNames, "replicaAddress">,
  { monitoring, replicas }: TellingService,
): { readonly slot: Slot; readonly address: string }[] {
  if (monitoring?.kind !== "host" || monitoring.service === undefined) return [];
  const { port } = monitoring.service;
  return slots.flatMap((slot) =>
    rows.flatMap((row) =>
      Array.from({ length: replicas }, (_, index) => ({
        slot,
        address: `${names.replicaAddress(slot, index + 1, row)}:${String(port)}`,
      })),
    ),
  );
}
