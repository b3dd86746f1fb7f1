import { z } from "zod";
import type { Answer } from "../../router/answer.ts";
import * as controller from "../../router/ledger.ts";
import { describeMaintenance } from "../../router/maintenance.ts";

const { heldStates, places, rows, slots } = controller;
const slot = z.enum(slots);
const release: z.ZodType<controller.Release> = z.object({
  id: z.string(),
  version: z.string(),
  image: z.string(),
  fingerprint: z.string(),
  replicas: z.number().int().positive(),
  port: z.number().int().positive().optional(),
  healthPath: z.string().optional(),
  health: z
    .object({
      host: z.string().optional(),
      headers: z.record(z.string(), z.string()).optional(),
      statuses: z.array(z.number()).readonly().optional(),
      body: z.union([z.string(), z.record(z.string(), z.unknown())]).optional(),
    })
    .optional(),
  volumes: z.record(z.string(), z.string()).optional(),
  roles: z.record(z.string(), z.number()).optional(),
  schedules: z.record(z.string(), z.string()).optional(),
  row: z.literal(rows).optional(),
});
const hand = { by: z.string().nullable(), reason: z.string().nullable(), at: z.string() };
const held = z.object({ release: release.nullable(), state: z.enum(heldStates) });

/** What a plan needs of the rollout controller's ledger. */
export interface Ledger extends Pick<controller.Ledger, "rollout" | "live" | "promoted" | "served"> {
  /** Number of the last rollout that put a new release into a slot; missing where nobody could ask. */
  readonly released?: number | undefined;
  /** Null before any proxy served; missing where the host could not be asked. */
  readonly proxy?: controller.Serving | null | undefined;
  readonly slots: Readonly<Record<controller.Slot, Pick<controller.Held, "release" | "state">>>;
  readonly running: Pick<controller.Running, "rollout" | "slot" | "release" | "percent"> | null;
  /** What a person took back; missing where nobody could ask. */
  readonly withdrawn?: readonly controller.Withdrawn[] | undefined;
  /** Who keeps updates off, as far as that is not over. */
  readonly lock?: controller.Lock | undefined;
  /** Who closed the service for its users. */
  readonly maintenance?: controller.Maintenance | undefined;
  /** Whether the live release answers whoever asks; missing where nobody could ask. */
  readonly answer?: Pick<Answer, "problem"> | undefined;
}

const schema: z.ZodType<Ledger> = z.object({
  proxy: z
    .object({ place: z.literal(places), id: z.string() })
    .nullable()
    .optional(),
  rollout: z.number().int().nonnegative(),
  released: z.number().int().nonnegative().optional(),
  live: slot.nullable(),
  slots: z.object({ blue: held, green: held }),
  running: z.object({ rollout: z.number().int(), slot, release, percent: z.number() }).nullable(),
  promoted: z.number().int().nonnegative(),
  served: z.array(z.string()).readonly().default([]),
  withdrawn: z
    .array(z.object({ release: z.string(), ...hand }))
    .readonly()
    .optional(),
  lock: z.object({ ...hand, until: z.string().nullable(), waitSeconds: z.number().optional() }).optional(),
  maintenance: z.object({ ...hand, pass: z.string().nullable() }).optional(),
  answer: z.object({ problem: z.string().nullable() }).optional(),
});

/** The ledger of a host on which nothing was released yet. */
export const emptyLedger: Ledger = schema.parse(controller.emptyLedger satisfies Ledger);

/** Reads what `slipway-router ledger` printed; undefined if it is no ledger: an older controller's, or a part of one. */
export function tryLedger(json: string): Ledger | undefined {
  try {
    return schema.parse(JSON.parse(json));
  } catch {
    return undefined;
  }
}

/** What the stack's outputs `live` and `standby` show: the slot, the version in it, the release's id and its image. */
export const slotOutput = z.object({
  slot,
  version: z.string(),
  release: z.string(),
  image: z.string(),
  /** Only of live: that a person closed the service for its users, in words. */
  closed: z.string().optional(),
});
export type SlotOutput = z.infer<typeof slotOutput>;

/** What the outputs show of one slot. */
export const outputOf = (
  of: controller.Slot,
  { version, id, image }: Pick<controller.Release, "version" | "id" | "image">,
): SlotOutput => ({ slot: of, version, release: id, image });

/** That users get no answer of what is live, as `slotOutput` has it. */
export const closedIn = ({ maintenance }: Ledger): Pick<SlotOutput, "closed"> =>
  maintenance === undefined ? {} : { closed: describeMaintenance(maintenance) };

/** The last line of an update: what a person wants to know. */
export function describeUp(
  url: string,
  live: Pick<SlotOutput, "slot" | "version" | "closed">,
  standby: Pick<SlotOutput, "slot" | "version"> | null | undefined,
): string {
  const held = ({ slot, version }: Pick<SlotOutput, "slot" | "version">) => `${slot} ${version}`;
  const is = live.closed === undefined ? "is up" : `is closed ${live.closed}; behind that`;
  return `✓ ${url} ${is}: live ${held(live)}, ${standby ? `standby ${held(standby)}` : "nothing to go back to"}`;
}
