import type { ControllerConfig } from "./controller-config.ts";
import { otherSlot, slots, type Ledger, type Release, type Slot } from "./ledger.ts";
import type { ProbeTarget } from "./probe.ts";

/** Name of the proxy's one backend. */
export const backend = "service";
/** Name of the proxy's one frontend. */
export const frontend = "public";
/** A server's spare is named after it. */
export const sparePrefix = "spare-";

/** What the proxy is to think of one server. */
export interface ServerWish {
  /** Such as `blue-1`; every possible server has a wish, used or not. */
  readonly name: string;
  readonly address: string;
  /** Health-checked and reachable for traffic; otherwise in maintenance. */
  readonly admitted: boolean;
  /** 0 to 256. */
  readonly weight: number;
}

/** HAProxy's largest weight. */
const maxWeight = 256;
/** Last byte of the address of replica 1, less one. */
const hostNumber = { blue: 15, green: 31 } as const;

export const serverName = (slot: Slot, replica: number): string => `${slot}-${replica}`;

/** Static address of a replica, as the containers are declared. */
export const serverAddress = (
  { subnetPrefix, port }: Pick<ControllerConfig, "subnetPrefix" | "port">,
  slot: Slot,
  replica: number,
): string => `${subnetPrefix}.${hostNumber[slot] + replica}:${port}`;

/** Where a slot's replicas of a release are. */
export const slotTargets = (
  config: Pick<ControllerConfig, "subnetPrefix" | "port">,
  slot: Slot,
  { replicas }: Pick<Release, "replicas">,
): ProbeTarget[] =>
  Array.from({ length: replicas }, (_, index) => ({
    name: serverName(slot, index + 1),
    address: serverAddress(config, slot, index + 1),
  }));

/** A slot's share of traffic in percent, and whether it may get any. */
export interface Share {
  readonly admitted: boolean;
  readonly percent: number;
}

/** Who gets how much, by the ledger alone: what the proxy is set to after any crash. */
export function shares({ live, slots: held, running }: Ledger): Readonly<Record<Slot, Share>> {
  const share = (slot: Slot): Share => {
    const isMoving = running?.slot === slot && running.phase !== "gate";
    const admitted = slot === live || held[slot].state === "holds" || held[slot].lifeline === true || isMoving;
    if (slot === live) return { admitted, percent: 100 - (running?.percent ?? 0) };
    return { admitted, percent: isMoving ? running.percent : 0 };
  };
  return { blue: share("blue"), green: share("green") };
}

/** The wish for every server the configuration names, blue first. */
export function serverWishes(
  config: Pick<ControllerConfig, "subnetPrefix" | "port" | "maxReplicas">,
  ledger: Ledger,
): ServerWish[] {
  const share = shares(ledger);
  const replicas = (slot: Slot): number => ledger.slots[slot].release?.replicas ?? 0;
  return slots.flatMap((slot) => {
    const weight = splitWeight(share[slot].percent, replicas(slot), replicas(otherSlot(slot)));
    return Array.from({ length: config.maxReplicas }, (_, index): ServerWish => {
      const admitted = share[slot].admitted && index < replicas(slot);
      return {
        name: serverName(slot, index + 1),
        address: serverAddress(config, slot, index + 1),
        admitted,
        weight: admitted ? weight : 0,
      };
    });
  });
}

/**
 * Weight of each of a slot's servers, so that the slot as a whole gets exactly its share even if the slots differ in replicas
 * (rounded only where HAProxy's largest weight forces it to).
 */
export function splitWeight(percent: number, replicas: number, otherReplicas: number): number {
  if (percent === 0) return 0;
  if (percent === 100) return 100;
  const own = percent * otherReplicas;
  const other = (100 - percent) * replicas;
  const scale = Math.min(1 / greatestCommonDivisor(own, other), maxWeight / Math.max(own, other));
  return Math.max(1, Math.round(own * scale));
}

const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b));
