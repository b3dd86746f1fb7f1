import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { emptyLedger, otherSlot, Refusal, slots, type Ledger, type Slot } from "../../router/ledger.ts";
import { parseLedger } from "../../router/ledger-format.ts";
import { shares } from "../../router/traffic.ts";
import {
  admit,
  allow,
  condemn,
  dropLifeline,
  guard,
  intend,
  promoted,
  rejected,
  start,
  step,
  watch,
  withdrawnAs,
} from "../../router/transitions.ts";
import { release } from "./support/samples.ts";

const at = "2026-01-01T00:00:00.000Z";
const v1 = release("1.0.0");
const v2 = release("1.1.0");

function promote(ledger: Ledger, slot: Slot, wanted = v2): Ledger {
  const wish = { slot, release: wanted, rollout: ledger.rollout + 1 };
  const moving = admit(start(ledger, wish, "plan", { blue: wanted, green: wanted }, at));
  return promoted(watch(step(intend(moving, 100))), at);
}

const first = promote(guard(emptyLedger, { slot: "blue", release: v1, rollout: 1 }), "blue", v1);
const guarded = guard(first, { slot: "green", release: v2, rollout: 2 });
const second = promote(guarded, "green");

describe("guard", () => {
  it("accepts either slot before the first release", () => {
    for (const slot of slots)
      expect(guard(emptyLedger, { slot, release: v1, rollout: 1 }).slots[slot].state).toBe("preparing");
  });

  it("may be repeated", () => {
    expect(guard(guarded, { slot: "green", release: v2, rollout: 2 })).toEqual(guarded);
  });

  it("refuses the live slot", () => {
    expect(() => guard(first, { slot: "blue", release: v2, rollout: 2 })).toThrow("slot blue: has the live traffic");
  });

  it("refuses a plan from before another rollout", () => {
    expect(() => guard(second, { slot: "blue", release: v2, rollout: 2 })).toThrow(
      "the host has moved on since this plan: got rollout 2; allowed 3. Fix: run pulumi up again",
    );
  });

  it("refuses while a rollout is running", () => {
    const running = start(guarded, { slot: "green", release: v2, rollout: 2 }, "plan", {}, at);
    expect(() => guard(running, { slot: "green", release: v1, rollout: 3 })).toThrow(
      "rollout 2 of 1.1.0-aaaa is running",
    );
  });
});

describe("start", () => {
  it("refuses a release that the slot was not given", () => {
    expect(() => start(first, { slot: "green", release: v2, rollout: 2 }, "plan", {}, at)).toThrow(Refusal);
  });

  it("calls it a return when the slot holds the release", () => {
    const back = { slot: "blue", release: v1, rollout: 3 } as const;
    expect(start(second, back, "plan", {}, at).running?.kind).toBe("return");
    expect(start(second, back, "rollback", {}, at).running?.kind).toBe("rollback");
    expect(start(guarded, { slot: "green", release: v2, rollout: 2 }, "plan", {}, at).running?.kind).toBe("release");
  });
});

describe("the first release", () => {
  it("leaves the other slot warm with the same release", () => {
    expect(first).toMatchObject({ live: "blue", promoted: 1, slots: { green: { release: v1, state: "holds" } } });
  });

  it("does not call another release warm", () => {
    const wish = { slot: "blue", release: v1, rollout: 1 } as const;
    const moving = admit(start(guard(emptyLedger, wish), wish, "plan", { green: v2 }, at));
    expect(promoted(watch(step(intend(moving, 100))), at).slots.green.state).toBe("preparing");
  });
});

describe("a release after which a database leaves", () => {
  const wish = { slot: "green", release: v2, rollout: 2 } as const;
  const moving = start(guarded, wish, "plan", {}, at, "blue-green", undefined, "PostgreSQL");

  it("leaves no standby that somebody could go back to, and the journal knows", () => {
    const ledger = promoted(watch(step(intend(admit(moving), 100))), at);
    expect(ledger.slots.blue).toEqual({ release: v1, state: "preparing", lost: "PostgreSQL" });
    for (const each of [moving, ledger]) expect(parseLedger(JSON.stringify(each), "journal")).toEqual(each);
  });

  it("takes nothing from what was live when it is rejected, nor from the next release in the slot", () => {
    expect(rejected(condemn(moving, "it broke"), at).slots.blue).toEqual({ release: v1, state: "holds" });
    const ledger = promoted(watch(step(intend(admit(moving), 100))), at);
    const next = guard(ledger, { slot: "blue", release: v1, rollout: 3 });
    expect(promote(next, "blue", v1).slots.blue).toEqual({ release: v1, state: "holds" });
  });
});

describe("the versions that were live", () => {
  it("are told with the last one first, each once; a rejected one is not among them", () => {
    expect([emptyLedger, first, second].map(({ served }) => served)).toEqual([[], ["1.0.0"], ["1.1.0", "1.0.0"]]);
    const back = start(second, { slot: "blue", release: v1, rollout: 3 }, "rollback", {}, at);
    expect(promoted(watch(step(intend(admit(back), 100))), at).served).toEqual(["1.0.0", "1.1.0"]);
    const wrong = condemn(start(guarded, { slot: "green", release: v2, rollout: 2 }, "plan", {}, at), "it broke");
    expect(rejected(wrong, at).served).toEqual(["1.0.0"]);
  });

  it("are 50 at most", () => {
    const many = Array.from({ length: 60 }, (_, number) => `v${String(number)}`);
    expect(promote({ ...guarded, served: many }, "green").served).toEqual(["1.1.0", ...many.slice(0, 49)]);
  });
});

describe("what a person takes back", () => {
  const hand = { by: "ada", reason: "errors in the basket", at };
  const finish = (ledger: Ledger) => promoted(watch(step(intend(admit(ledger), 100))), at);
  const back = { slot: "blue", release: v1, rollout: 3 } as const;
  const wentBack = finish(start(second, back, "rollback", {}, at, "blue-green", hand));
  const again = { slot: "green", release: v2, rollout: 4 } as const;

  it("is withdrawn once the rollback has succeeded, and comes by no update until it is allowed", () => {
    expect(wentBack.withdrawn).toEqual([{ release: v2.id, ...hand }]);
    const refused = `release ${v2.id}: was withdrawn by ada at ${at}: errors in the basket; allowed any other one. Fix: deploy another version, or slipway allow ${v2.id}`;
    expect(() => guard(wentBack, again)).toThrow(refused);
    for (const kind of ["plan", "rollback"] as const)
      expect(() => start(wentBack, again, kind, {}, at)).toThrow(refused);
    expect(finish(start(allow(wentBack, v2.id), again, "plan", {}, at))).toMatchObject({
      live: "green",
      withdrawn: [],
    });
  });

  it("is named by its id, or by the number that people know where only one has it", () => {
    const withdrawnOf = (...ids: string[]) => ({ ...second, withdrawn: ids.map((release) => ({ release, ...hand })) });
    const one = withdrawnOf("1.3.0-6070d42c", "1.2.0-rc.1-0a0a0a0a", "1.2.0-1b1b1b1b");
    expect(withdrawnAs(one, "1.3.0-6070d42c")).toBe("1.3.0-6070d42c");
    expect(withdrawnAs(one, "1.3.0")).toBe("1.3.0-6070d42c");
    expect(withdrawnAs(one, "1.2.0")).toBe("1.2.0-1b1b1b1b");
    const two = withdrawnOf("1.3.0-6070d42c", "1.3.0-2c2c2c2c", "1.2.0-1b1b1b1b");
    expect(() => withdrawnAs(two, "1.3.0")).toThrow(
      "allow: several withdrawn releases have that version, got 1.3.0; allowed 1.3.0-6070d42c, 1.3.0-2c2c2c2c, 1.2.0-1b1b1b1b. " +
        "Fix: slipway allow 1.3.0-6070d42c or slipway allow 1.3.0-2c2c2c2c",
    );
    expect(() => withdrawnAs(wentBack, v1.id)).toThrow(
      `allow: no such release is withdrawn, got ${v1.id}; allowed ${v2.id}. Fix: name one of these, or leave it: no other has to be allowed`,
    );
    expect(() => withdrawnAs(second, "1.3.0")).toThrow(
      "allow: no such release is withdrawn, got 1.3.0; allowed none. Fix: leave it: no other has to be allowed",
    );
    // A version may look like an id.
    expect(withdrawnAs(withdrawnOf("1.3.0-6070d42c-3d3d3d3d", "1.3.0-6070d42c"), "1.3.0-6070d42c")).toBe(
      "1.3.0-6070d42c",
    );
  });

  it("is withdrawn by the end of its own rollout too", () => {
    const moving = start(guarded, { slot: "green", release: v2, rollout: 2 }, "plan", {}, at);
    expect(rejected(condemn(moving, "ended", hand), at).withdrawn).toEqual([{ release: v2.id, ...hand }]);
    expect(rejected(condemn(moving, "it broke"), at).withdrawn).toEqual([]);
  });

  it("is nothing if the rollback fails or is ended, by an undo, or between two slots with the same release", () => {
    const rollback = start(second, back, "rollback", {}, at, "blue-green", hand);
    expect(rejected(condemn(rollback, "blue is down"), at).withdrawn).toEqual([]);
    expect(rejected(condemn(rollback, "ended", hand), at).withdrawn).toEqual([]);
    const undone = start({ ...second, withdrawn: [{ release: v1.id, ...hand }] }, back, "undo", {}, at);
    expect(finish(undone)).toMatchObject({ live: "blue", withdrawn: [] });
    const twin = { slot: "green", release: v1, rollout: 2 } as const;
    expect(finish(start(first, twin, "rollback", {}, at, "blue-green", hand)).withdrawn).toEqual([]);
  });
});

describe("a bad verdict", () => {
  const moving = step(intend(admit(start(guarded, { slot: "green", release: v2, rollout: 2 }, "plan", {}, at)), 50));
  const condemned = condemn(moving, "it broke");

  it("takes all traffic away at once", () => {
    expect(shares(moving).green.percent).toBe(50);
    expect(shares(condemned)).toMatchObject({ blue: { percent: 100 }, green: { percent: 0 } });
  });

  it("leaves live alone, records why, and the slot unfit", () => {
    const ledger = rejected(condemned, at);
    expect(ledger).toMatchObject({ live: "blue", running: null, promoted: 1, rollout: 2, released: 2 });
    expect(ledger.last).toMatchObject({ result: "rejected", reason: "it broke", kind: "release" });
    expect(ledger.rejected).toEqual([{ release: v2, reason: "it broke", at }]);
    expect(shares(ledger).green.admitted).toBe(0);
  });

  it("keeps the slot as the back-up of an old one that is down, until that is up again", () => {
    const ledger = rejected(condemned, at, true);
    expect(ledger.last?.reason).toBe("it broke; blue is down, so green serves on until it is back");
    expect(ledger.slots.green).toEqual({ release: v2, state: "preparing", lifeline: 1 });
    expect(shares(ledger).green).toEqual({ admitted: 1, serving: 0, percent: 0 });
    expect(shares(dropLifeline(ledger)).green.admitted).toBe(0);
    expect(dropLifeline(second)).toBe(second);
    const next = { slot: "green", release: v1, rollout: 3 } as const;
    expect(guard(ledger, next).slots.green).toEqual({ release: v1, state: "preparing" });
  });

  it("is forgotten when the same release is promoted later", () => {
    const again = guard(rejected(condemned, at), { slot: "green", release: v2, rollout: 3 });
    expect(promote(again, "green").rejected).toEqual([]);
  });

  it("is kept for 20 releases at most", () => {
    let ledger: Ledger = first;
    for (let n = 2; n < 30; n++) {
      const wish = { slot: "green", release: release(`2.${n}.0`), rollout: n } as const;
      ledger = rejected(condemn(start(guard(ledger, wish), wish, "plan", {}, at), "bad"), at);
    }
    expect(ledger.rejected).toHaveLength(20);
    expect(ledger.rejected[0]?.release.version).toBe("2.29.0");
  });
});

describe("steps", () => {
  const moving = admit(start(guarded, { slot: "green", release: v2, rollout: 2 }, "plan", {}, at));

  it("need the gate, an intent, and a rising share", () => {
    expect(() => intend(start(guarded, { slot: "green", release: v2, rollout: 2 }, "plan", {}, at), 10)).toThrow(
      "got gate",
    );
    expect(() => step(moving)).toThrow("needs an intent");
    expect(() => intend(step(intend(moving, 50)), 50)).toThrow("got 50 % to 50 %");
  });

  it("do not count before the proxy has confirmed them", () => {
    expect(shares(intend(moving, 50)).green.percent).toBe(0);
  });

  it("end in a watch only at 100 %", () => {
    expect(() => watch(step(intend(moving, 50)))).toThrow("starts at 100 %");
    expect(() => promoted(step(intend(moving, 100)), at)).toThrow("phase watch");
  });
});

describe("any order of events", () => {
  const wish = fc.record({
    slot: fc.constantFrom(...slots),
    release: fc.constantFrom(v1, v2, release("1.2.0", 2)),
    rollout: fc.integer({ min: -1, max: 2 }),
  });
  type Event = (ledger: Ledger) => Ledger;
  const numbered = ({ rollout, ...rest }: { slot: Slot; release: typeof v1; rollout: number }, ledger: Ledger) => ({
    ...rest,
    rollout: ledger.rollout + rollout,
  });
  const guarding = wish.map(
    (w): Event =>
      (l) =>
        guard(l, numbered(w, l)),
  );
  const starting = wish.map(
    (w): Event =>
      (l) =>
        start(l, numbered(w, l), "plan", { blue: w.release, green: w.release }, at),
  );
  const ending: Event = (l) => promoted(l, at);
  const returning: Event = (l) => rejected(l, at);
  const stranded: Event = (l) => rejected(l, at, true);
  const condemning: Event = (l) => condemn(l, "bad");
  const rising = fc.constantFrom(10, 50, 100, 100).map(
    (percent): Event =>
      (l) =>
        intend(l, percent),
  );

  /** What a well-behaved host would do next; alone, random events hardly ever get through a rollout. */
  function usual({ running, live, slots: held, rollout }: Ledger): Event {
    const slot = live ? otherSlot(live) : "blue";
    const next = { slot, release: held[slot].release ?? v1, rollout: rollout + 1 };
    if (!running) return held[slot].state === "empty" ? (l) => guard(l, next) : (l) => start(l, next, "plan", {}, at);
    if (running.phase === "gate") return admit;
    if (running.phase === "watch") return ending;
    if (running.phase === "return") return returning;
    if (running.intent !== null) return step;
    return running.percent === 100 ? watch : (l) => intend(l, 100);
  }
  const event: fc.Arbitrary<(ledger: Ledger) => Event> = fc.oneof(
    { weight: 6, arbitrary: fc.constant(usual) },
    { weight: 2, arbitrary: fc.oneof(guarding, starting, rising).map((chosen) => () => chosen) },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom(admit, step, watch, ending, returning, stranded, dropLifeline, condemning, condemning, condemning)
        .map((chosen) => () => chosen),
    },
  );

  it("gives traffic only to a slot that is live or has passed its gate, and all of it to somebody (I1)", () => {
    const reached = { promotions: 0, rejections: 0 };
    fc.assert(
      fc.property(fc.array(event, { maxLength: 80 }), (events) => {
        let ledger: Ledger = emptyLedger;
        const gated = new Set<Slot>();
        for (const choose of events) {
          const apply = choose(ledger);
          let next: Ledger;
          try {
            next = apply(ledger);
          } catch {
            continue;
          }
          // An independent record of who passed the gate with what is in the slot now.
          for (const slot of slots) if (next.slots[slot].release !== ledger.slots[slot].release) gated.delete(slot);
          if (apply === admit && next.running) gated.add(next.running.slot);
          if (next.live !== ledger.live) reached.promotions++;
          if (next.last?.result === "rejected") reached.rejections++;
          if (ledger.live) expect(next.live === ledger.live || gated.has(next.live ?? ledger.live)).toBe(true);

          const share = shares(next);
          for (const slot of slots) {
            if (share[slot].percent > 0)
              expect([slot, gated.has(slot), share[slot].admitted > 0]).toEqual([slot, true, true]);
            if (share[slot].admitted > 0) expect(next.slots[slot].release).not.toBeNull();
          }
          if (next.live) {
            expect(share.blue.percent + share.green.percent).toBe(100);
            // What serves is never touched by a plan (I2).
            if (next.live === ledger.live) expect(next.slots[next.live]).toEqual(ledger.slots[next.live]);
            expect(next.running?.slot).not.toBe(next.live);
            expect(next.slots[otherSlot(next.live)].state).toBeDefined();
          }
          ledger = next;
        }
      }),
      { numRuns: 2000 },
    );
    expect(reached.promotions).toBeGreaterThan(100);
    expect(reached.rejections).toBeGreaterThan(100);
  });
});
