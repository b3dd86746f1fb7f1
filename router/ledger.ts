import type { HealthRequest } from "./health-request.ts";

/** The journal's content: what each slot holds, which is live, what runs, and what was rejected and why. */

export const slots = ["blue", "green"] as const;
export type Slot = (typeof slots)[number];
export const otherSlot = (slot: Slot): Slot => (slot === "blue" ? "green" : "blue");

/**
 * The two permanent places for the proxy on a host. One serves; another version of the proxy goes into the other one, takes over the
 * listening socket and serves from then on, so that no connection is refused.
 */
export const places = [1, 2] as const;
export type Place = (typeof places)[number];
export const otherPlace = (place: Place): Place => (place === 1 ? 2 : 1);

/**
 * The two rows of addresses of each slot. Releases take turns, so that containers whose streams have not ended yet keep theirs while the
 * next release starts in the same slot.
 */
export const rows = [1, 2] as const;
export type Row = (typeof rows)[number];
export const otherRow = (row: Row = 1): Row => (row === 1 ? 2 : 1);

/** What a slot runs. Its id is derived from what it is, and from nothing else: two releases are the same if their ids are. */
export interface Release {
  /** `<version>-<first 8 hex digits of the hash over version, image and fingerprint>`. */
  readonly id: string;
  readonly version: string;
  /** `name@sha256:…`, or the content-addressed tag of an image that is built on the host. */
  readonly image: string;
  /** Hash of the configuration that the containers get, after the number of the way it was hashed: `2:…`. Without a number: 1. */
  readonly fingerprint: string;
  /** Containers in the slot. */
  readonly replicas: number;
  /** Port at which it listens. @default that of the configuration: it was made before releases told theirs */
  readonly port?: number | undefined;
  /** Path that its health is asked at. @default the same */
  readonly healthPath?: string | undefined;
  /** How else its health is asked for. @default as usual */
  readonly health?: HealthRequest | undefined;
  /** Folders that outlive it, by the name of the volume that holds each. @default none */
  readonly volumes?: Readonly<Record<string, string>> | undefined;
  /** Containers beside its replicas that have no port, by the name of their role. @default none */
  readonly roles?: Readonly<Record<string, number>> | undefined;
  /** Those of them that run by the clock and not all the time: when, as cron says it. @default none */
  readonly schedules?: Readonly<Record<string, string>> | undefined;
  /** Row of its slot's addresses that its replicas have. It is where the release is, not what it is. @default 1 */
  readonly row?: Row | undefined;
}

/** The proxy that serves: its place, and the id of what runs there as the program declared it. */
export interface Serving {
  readonly place: Place;
  readonly id: string;
}

export const heldStates = ["empty", "preparing", "holds"] as const;

/** `preparing`: not (or no longer) fit for traffic. `holds`: passed its health gate, warm. */
export interface Held {
  readonly release: Release | null;
  readonly state: (typeof heldStates)[number];
  /** So many of its replicas serve on as the back-up, but for nothing else: it was rejected while live was down, and live still is. */
  readonly lifeline?: number;
  /** What its release needs and is gone, such as its database: nobody can go back to it. */
  readonly lost?: string;
}

/**
 * `release`: something new. `return`: a plan wants what the standby holds. `rollback`: a person asked for it. `undo`: an update takes
 * back what it did here, because a later host refused it.
 */
export const kinds = ["release", "return", "rollback", "undo"] as const;
export type Kind = (typeof kinds)[number];

/** What a person did by hand. */
export interface Hand {
  /** Null if nobody said. */
  readonly by: string | null;
  readonly reason: string | null;
  readonly at: string;
}

/** `by ada@laptop at 2026-…: errors in the basket`. */
export const describeHand = ({ by, reason, at }: Hand): string =>
  `by ${by ?? "hand"} at ${at}${reason === null ? "" : `: ${reason}`}`;

/** A person keeps updates off the host. */
export interface Lock extends Hand {
  /** ISO 8601. Null: until somebody takes it away. */
  readonly until: string | null;
  /** So long an update waits for its end, in seconds, before it is refused. @default 0, it is refused at once */
  readonly waitSeconds?: number | undefined;
}

/** A person has closed the service to all but testers. */
export interface Maintenance extends Hand {
  /** SHA-256 of what testers pass with, upper-case hex. Null: nobody has one. */
  readonly pass: string | null;
}

/** A replica of live that a person restarts: it is out of the proxy until it is back. */
export interface Restarting extends Hand {
  readonly slot: Slot;
  /** Counts from 1. */
  readonly replica: number;
  /** ISO 8601: when it comes back whoever forgot it. Null while what it still answers is waited for. */
  readonly until: string | null;
}

/** A release that a person took back: no update brings it again until somebody allows it. */
export interface Withdrawn extends Hand {
  /** Id of the release. */
  readonly release: string;
}

export interface Running {
  readonly rollout: number;
  readonly slot: Slot;
  readonly release: Release;
  readonly kind: Kind;
  /** `gate`: waits for health. `move`: admitted, takes its steps. `watch`: has all traffic. `return`: condemned, has none. */
  readonly phase: "gate" | "move" | "watch" | "return";
  /** Index of the last step that holds, -1 before the first and on the way back. */
  readonly step: number;
  /** The slot's share of traffic as last confirmed by the proxy. */
  readonly percent: number;
  /** The share that the proxy is just being told, null between steps. */
  readonly intent: number | null;
  /** Replica by replica, and how many of the new slot have passed their own gate, its first ones. Missing: all of them by shares. */
  readonly rolling?: { readonly gated: number };
  /** What leaves the host once it is promoted, though the other slot's release needs it. */
  readonly loses?: string;
  /** Why it was condemned. */
  readonly reason: string | null;
  /** By whose hand a release is withdrawn at the end: what was live; on the way back, what was condemned. */
  readonly withdraws?: Hand;
  readonly startedAt: string;
  /** A person holds it at its share; it is judged all the same. */
  readonly paused?: true;
  /** A person wants it to go to 100 % without further pauses. */
  readonly hurried?: true;
}

export interface Ended {
  readonly rollout: number;
  readonly slot: Slot;
  readonly release: Release;
  readonly kind: Kind;
  readonly result: "promoted" | "rejected";
  readonly reason: string | null;
  readonly endedAt: string;
}

export interface Ledger {
  readonly schema: 1;
  /** Null before any was confirmed. */
  readonly proxy: Serving | null;
  /** Number of the last started rollout, 0 before any. */
  readonly rollout: number;
  readonly live: Slot | null;
  readonly slots: Readonly<Record<Slot, Held>>;
  readonly running: Running | null;
  readonly last: Ended | null;
  /** Number of the rollout that made live what it is. */
  readonly promoted: number;
  /** Versions that were promoted, the last one first, each once. */
  readonly served: readonly string[];
  /** Number of the last rollout that put a new release into a slot. */
  readonly released: number;
  /** Newest first. */
  readonly rejected: readonly { readonly release: Release; readonly reason: string; readonly at: string }[];
  /** Newest first; never what is live. */
  readonly withdrawn: readonly Withdrawn[];
  /** It may be over by now: `lockAt` says. */
  readonly lock?: Lock;
  readonly restarting?: Restarting;
  readonly maintenance?: Maintenance;
}

/** What a person asked for can't be done in this state; the message says why and what to do. */
export class Refusal extends Error {}

export interface Wish {
  readonly slot: Slot;
  readonly release: Release;
  readonly rollout: number;
}

/** Whether what runs, or ended, is the rollout that a wish is about. */
export const isSame = <T extends Wish>(known: T | null, wish: Wish): known is T =>
  known?.rollout === wish.rollout && known.slot === wish.slot && known.release.id === wish.release.id;

export const emptyLedger: Ledger = {
  schema: 1,
  proxy: null,
  rollout: 0,
  live: null,
  slots: { blue: { release: null, state: "empty" }, green: { release: null, state: "empty" } },
  running: null,
  last: null,
  promoted: 0,
  served: [],
  released: 0,
  rejected: [],
  withdrawn: [],
};
