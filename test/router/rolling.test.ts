import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseLedger } from "../../router/ledger-format.ts";
import { emptyLedger, type Ledger } from "../../router/ledger.ts";
import { describeStart } from "../../router/telling/report.ts";
import { describeShare, rollingShares, servingAfter } from "../../router/rolling.ts";
import { profileOf } from "../../router/rollout.ts";
import { steeringOf } from "../../router/steering.ts";
import { serverWishes } from "../../router/traffic.ts";
import { admit, condemn, guard, intend, promoted, rejected, start, step, watch } from "../../router/transitions.ts";
import { config as sample, release } from "./support/samples.ts";

const config = { ...sample, maxReplicas: 8 };
const at = "2026-01-01T00:00:00.000Z";

function started(old: number, fresh: number): Ledger {
  const live: Ledger = {
    ...emptyLedger,
    live: "blue",
    slots: { blue: { release: release("1.0.0", old), state: "holds" }, green: emptyLedger.slots.green },
  };
  const wish = { slot: "green", release: release("1.1.0", fresh), rollout: 1 } as const;
  return start(guard(live, wish), wish, "plan", {}, at, "rolling");
}
/** The next replica, if any is left, and the next step. */
function stepped(ledger: Ledger): Ledger {
  const { running } = ledger;
  if (!running?.rolling) throw new Error("not rolling");
  const gated = running.rolling.gated < Math.min(running.step + 2, running.release.replicas) ? admit(ledger) : ledger;
  const next = profileOf(config, running, ledger).steps[running.step + 1] ?? 0;
  return step(intend(gated, next));
}
const brief = (ledger: Ledger) =>
  serverWishes(config, ledger)
    .filter(({ admitted }) => admitted)
    .map(({ name, weight }) => `${name} ${weight}`);
const serving = (ledger: Ledger) => serverWishes(config, ledger).filter(({ weight }) => weight > 0).length;

describe("a rolling rollout", () => {
  const gate = started(3, 3);

  it("lets a replica in after its own gate, and takes an old one out with each step", () => {
    const rest = ["blue-1 100", "blue-2 100", "blue-3 100"];
    expect(brief(gate)).toEqual(rest);
    expect(brief(admit(gate))).toEqual([...rest, "green-1 0"]);
    const one = stepped(gate);
    expect(brief(one)).toEqual(["blue-1 100", "blue-2 100", "blue-3 0", "green-1 100"]);
    expect(brief(admit(one))).toEqual(["blue-1 100", "blue-2 100", "blue-3 0", "green-1 100", "green-2 0"]);
    const end = stepped(stepped(one));
    expect(brief(end)).toEqual(["blue-1 0", "blue-2 0", "blue-3 0", "green-1 100", "green-2 100", "green-3 100"]);
    expect(promoted(watch(end), at)).toMatchObject({ live: "green", running: null });
    expect(brief(promoted(watch(end), at))).toEqual(brief(end));
  });

  it("gives everything back to the old replicas, and keeps what had passed its gate as a spare until they serve", () => {
    const condemned = condemn(stepped(stepped(gate)), "it broke");
    expect(brief(condemned)).toEqual(["blue-1 100", "blue-2 100", "blue-3 100", "green-1 0", "green-2 0"]);
    expect(brief(rejected(condemned, at))).toEqual(["blue-1 100", "blue-2 100", "blue-3 100"]);
    const alone = rejected(condemned, at, true);
    expect(alone.slots.green.lifeline).toBe(2);
    expect(brief(alone)).toEqual(brief(condemned));
    expect(rejected(condemn(gate, "not healthy"), at, true).slots.green.lifeline).toBeUndefined();
  });

  it("takes no step for a replica that has not passed its gate", () => {
    const one = stepped(gate);
    expect(() => intend(one, 67)).toThrow("needs its replica to have passed its gate, got 1 that have");
    expect(() => admit(admit(admit(one)))).toThrow("all 3 replicas have passed their gate");
  });

  it("steers users by the replicas that have traffic", () => {
    expect(steeringOf(stepped(gate))).toBe("1:green:blue:33:1:2");
    expect(steeringOf(stepped(stepped(gate)))).toBe("1:green:blue:67:2:1");
  });

  it("is only for a release that replaces another one", () => {
    const wish = { slot: "green", release: release("1.1.0"), rollout: 1 } as const;
    expect(start(guard(emptyLedger, wish), wish, "plan", {}, at, "rolling").running?.rolling).toBeUndefined();
    const warm = promoted(watch(stepped(stepped(stepped(gate)))), at);
    const back = { slot: "blue", release: release("1.0.0", 3), rollout: 2 } as const;
    for (const kind of ["plan", "rollback"] as const)
      expect(start(warm, back, kind, {}, at, "rolling").running?.rolling).toBeUndefined();
  });

  it("reads well", () => {
    const { running } = stepped(gate);
    expect(running && describeStart(running)).toBe("rollout 1: 1.1.0-aaaa → green, replica by replica");
    expect(running && describeShare(running)).toBe("1 of 3 replicas (33 %)");
  });

  it("never has fewer with traffic than the narrower release has, nor than before while a new replica is to come", () => {
    const width = fc.integer({ min: 1, max: 8 });
    fc.assert(
      fc.property(width, width, (old, fresh) => {
        let ledger = started(old, fresh);
        for (let taken = 0; taken < Math.max(old, fresh); taken++) {
          const before = serving(ledger);
          expect(before).toBeGreaterThanOrEqual(Math.min(old, fresh));
          if (taken < fresh) expect(before).toBeGreaterThanOrEqual(old);
          const { fresh: had } = servingAfter(taken, { replicas: fresh }, { replicas: old });
          ledger = stepped(ledger);
          const now = servingAfter(taken + 1, { replicas: fresh }, { replicas: old });
          expect(now.fresh - had).toBeLessThanOrEqual(1);
        }
        expect(ledger.running?.percent).toBe(100);
        expect(serving(ledger)).toBe(fresh);
      }),
    );
  });

  it("has rising shares for any two widths", () => {
    expect(rollingShares({ replicas: 4 }, { replicas: 2 })).toEqual([33, 50, 75, 100]);
    for (let old = 1; old <= 8; old++)
      for (let fresh = 1; fresh <= 8; fresh++) {
        const shares = rollingShares({ replicas: fresh }, { replicas: old });
        expect(shares).toEqual([...new Set(shares)].sort((a, b) => a - b));
      }
  });
});

describe("the journal", () => {
  it("keeps a rolling rollout, and an older one is read as it was meant", () => {
    const rolling = stepped(started(3, 3));
    expect(parseLedger(JSON.stringify(rolling), "journal")).toEqual(rolling);
    const running = { ...rolling.running, rolling: undefined };
    const held = { release: release("1.1.0", 2), state: "preparing", lifeline: true };
    const older = parseLedger(
      JSON.stringify({ ...rolling, running, slots: { ...rolling.slots, green: held } }),
      "journal",
    );
    expect(older.running?.rolling).toBeUndefined();
    expect(older.slots.green.lifeline).toBe(2);
  });
});
