import { replicaAddress } from "./addresses.ts";
import type { ControllerConfig } from "./controller-config.ts";
import { questionOf, type HealthQuestion } from "./health-request.ts";
import { otherSlot, slots, type Ledger, type Release, type Slot } from "./ledger.ts";
import type { ProbeTarget } from "./probe.ts";
import { servingAfter } from "./rolling.ts";

/** Name of the proxy's one backend. */
export const backend = "service";
/** Name of the proxy's frontend for clients. */
export const frontend = "public";
/** Name of the proxy's frontend for the controller alone. */
export const ownWayIn = "answer";
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

export const serverName = (slot: Slot, replica: number): string => `${slot}-${replica}`;

/** The slot of a server, or of its spare, whose name ends alike; null for any other name. */
export function slotOf(server: string): Slot | null {
  const slot = /(blue|green)-\d+$/.exec(server)?.[1];
  return slot === "blue" || slot === "green" ? slot : null;
}

/** Where a replica listens: row and port are those of the release in its slot, so that going back finds the old one. */
export const serverAddress = (
  { subnetPrefix, port }: Pick<ControllerConfig, "subnetPrefix" | "port">,
  slot: Slot,
  replica: number,
  release: Pick<Release, "port" | "row"> | null = null,
): string => `${replicaAddress(subnetPrefix, slot, replica, release?.row)}:${release?.port ?? port}`;

/** Where a release's health is asked for, in whatever slot it is. */
export const healthPathOf = (
  { health }: { readonly health: Pick<ControllerConfig["health"], "path"> },
  release: Pick<Release, "healthPath"> | null,
): string => release?.healthPath ?? health.path;

/** How a release's health is asked for. @param release null: as the configuration says */
export const healthQuestion = (
  config: { readonly service: string; readonly health: Pick<ControllerConfig["health"], "path"> },
  release: Pick<Release, "healthPath" | "health"> | null,
): HealthQuestion => questionOf(healthPathOf(config, release), config.service, release?.health);

/** Where a slot's replicas of a release are. */
export const slotTargets = (
  config: Pick<ControllerConfig, "service" | "subnetPrefix" | "port" | "health">,
  slot: Slot,
  release: Pick<Release, "replicas" | "port" | "healthPath" | "health" | "row">,
): ProbeTarget[] =>
  Array.from({ length: release.replicas }, (_, index) => ({
    name: serverName(slot, index + 1),
    address: serverAddress(config, slot, index + 1, release),
    question: healthQuestion(config, release),
  }));

/** What a slot gets of the traffic. */
export interface Share {
  /** Replicas that may get any, its first ones. */
  readonly admitted: number;
  /** Replicas that do, its first ones. */
  readonly serving: number;
  readonly percent: number;
}

/** Who gets how much, by the ledger alone: what the proxy is set to after any crash. */
export function shares({ live, slots: held, running }: Ledger): Readonly<Record<Slot, Share>> {
  const oldRelease = live && held[live].release;
  const rolling =
    running?.rolling && oldRelease
      ? { gated: running.rolling.gated, ...servingAfter(running.step + 1, running.release, oldRelease) }
      : null;
  const share = (slot: Slot): Share => {
    const { release, state, lifeline = 0 } = held[slot];
    const width = release?.replicas ?? 0;
    const shared = (percent: number) => (percent > 0 ? width : 0);
    if (slot === live) {
      const percent = 100 - (running?.percent ?? 0);
      return { admitted: width, serving: rolling?.old ?? shared(percent), percent };
    }
    if (running?.slot === slot && running.phase !== "gate") {
      const { percent } = running;
      return { admitted: rolling?.gated ?? width, serving: rolling?.fresh ?? shared(percent), percent };
    }
    return { admitted: state === "holds" ? width : lifeline, serving: 0, percent: 0 };
  };
  return { blue: share("blue"), green: share("green") };
}

/** The wish for every server the configuration names, blue first. */
export function serverWishes(
  config: Pick<ControllerConfig, "subnetPrefix" | "port" | "maxReplicas">,
  ledger: Ledger,
): ServerWish[] {
  const share = shares(ledger);
  return slots.flatMap((slot) => {
    const { admitted, serving, percent } = share[slot];
    // Replicas that roll weigh as much as those that rest.
    const isOut = (index: number) => ledger.restarting?.slot === slot && ledger.restarting.replica === index + 1;
    const weight = ledger.running?.rolling ? 100 : splitWeight(percent, serving, share[otherSlot(slot)].serving);
    return Array.from({ length: config.maxReplicas }, (_, index) => ({
      name: serverName(slot, index + 1),
      address: serverAddress(config, slot, index + 1, ledger.slots[slot].release),
      admitted: index < admitted && !isOut(index),
      weight: index < Math.min(admitted, serving) && !isOut(index) ? weight : 0,
    }));
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
