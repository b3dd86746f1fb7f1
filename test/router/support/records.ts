import type { Ledger } from "../../../router/ledger.ts";
import { emptyLedger } from "../../../router/ledger.ts";
import { recordAfter, unknownOrigin, type Origin, type RolloutRecord } from "../../../router/telling/record.ts";
import { admit, condemn, guard, intend, promoted, rejected, start, step, watch } from "../../../router/transitions.ts";
import { release } from "./samples.ts";

export const service = "ape-production";
export const liveBlue: Ledger = {
  ...emptyLedger,
  rollout: 1,
  live: "blue",
  slots: { blue: { release: release("1.0.0"), state: "holds" }, green: { release: null, state: "empty" } },
};

/** Clock of a rollout: one second a change. */
export const instant = (second: number): string => new Date(Date.UTC(2026, 0, 1, 12, 0, second)).toISOString();

/** The ledgers of a rollout to green in order, from its start to its end. */
export function ledgersOf(end: "promoted" | "rejected", reason = "got 3 errors", rollout = 2): Ledger[] {
  const wish = { slot: "green", release: release("1.1.0"), rollout } as const;
  const base = { ...liveBlue, rollout: rollout - 1 };
  const ledgers = [start(guard(base, wish), wish, "plan", {}, instant(0))];
  const add = (change: (ledger: Ledger) => Ledger) => ledgers.push(change(ledgers.at(-1) ?? base));
  add(admit);
  add((ledger) => step(intend(ledger, 10)));
  add((ledger) => step(intend(ledger, 100)));
  if (end === "promoted") {
    add(watch);
    add((ledger) => promoted(ledger, instant(5)));
  } else {
    add((ledger) => condemn(ledger, reason));
    add((ledger) => rejected(ledger, instant(5)));
  }
  return ledgers;
}

/** A rollout's record after so many changes, all by default. */
export function recordOf(ledgers: readonly Ledger[], origin: Origin = unknownOrigin): RolloutRecord {
  const record = ledgers.reduce<RolloutRecord | null>(
    (known, ledger, second) => recordAfter(known, ledger, { service, origin, at: instant(second) }),
    null,
  );
  if (!record) throw new Error("no record");
  return record;
}
