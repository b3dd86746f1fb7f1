import { z } from "zod";
import { places } from "../../router/ledger.ts";
import { slots } from "../hosts/naming.ts";
import type { Release } from "./release.ts";

const slot = z.enum(slots);
const release: z.ZodType<Release> = z.object({
  id: z.string(),
  version: z.string(),
  image: z.string(),
  fingerprint: z.string(),
  replicas: z.number().int().positive(),
});
const held = z.object({ release: release.nullable(), state: z.enum(["empty", "preparing", "holds"]) });

const schema = z.object({
  /** Null before any proxy served; missing where the host could not be asked. */
  proxy: z
    .object({ place: z.literal(places), id: z.string() })
    .nullable()
    .optional(),
  rollout: z.number().int().nonnegative(),
  live: slot.nullable(),
  slots: z.object({ blue: held, green: held }),
  running: z.object({ rollout: z.number().int(), slot, release, percent: z.number() }).nullable(),
  promoted: z.number().int().nonnegative(),
  served: z.array(z.string()).readonly().default([]),
});

/** The part of the rollout controller's ledger that a plan needs (the controller's own is in `router/ledger.ts`). */
export type Ledger = z.infer<typeof schema>;

/** The ledger of a host on which nothing was released yet. */
export const emptyLedger: Ledger = {
  proxy: null,
  rollout: 0,
  live: null,
  slots: { blue: { release: null, state: "empty" }, green: { release: null, state: "empty" } },
  running: null,
  promoted: 0,
  served: [],
};

/** Reads what `slipway-router ledger` printed. @throws z.ZodError if it is not a ledger */
export const parseLedger = (json: string): Ledger => schema.parse(JSON.parse(json));

/** What the stack's outputs `live` and `standby` show: the slot, the version in it, the release's id and its image. */
export const slotOutput = z.object({ slot, version: z.string(), release: z.string(), image: z.string() });
export type SlotOutput = z.infer<typeof slotOutput>;
