import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { delivery, deliveryLines, deliveryRows, type Stretch } from "../../monitoring/delivery.ts";
import type { Digested } from "../../router/telling/digest.ts";
import { naiveDelivery } from "./support/naive-delivery.ts";
import { histories } from "../support/run/knobs.ts";

const minuteMs = 60_000;
const start = Date.parse("2026-01-01T00:00:00Z");
const at = (minute: number) => new Date(start + minute * minuteMs).toISOString();
const stretch = (from: number, to: number): Stretch => ({
  since: start + from * minuteMs,
  until: start + to * minuteMs,
});

const rollout = (number: number, minute: number, change: Partial<Digested> = {}): Digested => ({
  rollout: number,
  kind: "release",
  strategy: "blue-green",
  version: `${number}`,
  release: `r${number}`,
  from: `r${number - 1}`,
  startedAt: at(minute - 2),
  endedAt: at(minute),
  verdict: "promoted",
  reachedPercent: 100,
  backedUp: true,
  ...change,
});
const day = stretch(0, 1440);

describe("delivery metrics", () => {
  it("have none, not 0 and not NaN, where nothing happened", () => {
    expect(delivery([], day)).toEqual({
      days: 1,
      deployments: 0,
      perDay: 0,
      medianPerWeek: null,
      reachedTraffic: 0,
      failed: 0,
      changeFailureRate: null,
      refusedBeforeTraffic: 0,
      recovery: { restored: 0, open: 0, medianSeconds: null, meanSeconds: null },
    });
  });

  it("count a deployment that was rolled back once, from its promotion to the end of the rollback", () => {
    const back = rollout(3, 50, { kind: "rollback", release: "r1", from: "r2" });
    const forth = rollout(4, 60, { kind: "return", release: "r2", from: "r1" });
    const again = rollout(5, 90, { kind: "rollback", release: "r1", from: "r2" });
    const figures = delivery([rollout(1, 10), rollout(2, 20), back, forth, again], day);
    expect(figures).toMatchObject({ deployments: 2, reachedTraffic: 2, failed: 1, changeFailureRate: 0.5 });
    expect(figures.recovery).toMatchObject({ restored: 1, meanSeconds: 30 * 60 });
  });

  it("blame no release for a drill, however often it is practised", () => {
    const drill = { kind: "rollback", drill: true } as const;
    const away = rollout(3, 50, { ...drill, release: "r1", from: "r2" });
    const home = rollout(4, 55, { ...drill, release: "r2", from: "r1" });
    const real = rollout(5, 90, { kind: "rollback", release: "r1", from: "r2" });
    const before = [rollout(1, 10), rollout(2, 20)];
    expect(delivery([...before, away, home], day)).toMatchObject({ deployments: 2, failed: 0 });
    expect(delivery([...before, away, home, real], day)).toEqual(delivery([...before, real], day));
  });

  it("take one that was rejected with traffic as failed, and one without as nothing that anybody noticed", () => {
    const seen = rollout(2, 20, { verdict: "rejected", reachedPercent: 10 });
    const refused = rollout(3, 30, { verdict: "rejected", reachedPercent: 0 });
    expect(delivery([rollout(1, 10), seen, refused], day)).toMatchObject({
      deployments: 1,
      reachedTraffic: 2,
      failed: 1,
      refusedBeforeTraffic: 1,
      recovery: { restored: 1, meanSeconds: 120 },
    });
  });

  it("say that a failed first release is not restored, until something is", () => {
    const first = rollout(1, 10, { verdict: "rejected", from: null });
    expect(delivery([first], day).recovery).toMatchObject({ restored: 0, open: 1 });
    expect(delivery([first, rollout(2, 40, { from: null })], day).recovery).toMatchObject({
      restored: 1,
      open: 0,
      meanSeconds: 32 * 60,
    });
  });

  it("blame no deployment that the next one has replaced", () => {
    const back = rollout(3, 50, { kind: "rollback", release: "r1", from: "r2" });
    expect(delivery([rollout(1, 10), rollout(2, 20), back], stretch(0, 15))).toMatchObject({
      deployments: 1,
      failed: 0,
    });
  });

  it("blame no deployment where the one that was left is not known", () => {
    const back = rollout(9, 50, { kind: "rollback", release: "r1", from: "r8" });
    expect(delivery([rollout(1, 10), rollout(2, 20), back], day)).toMatchObject({ deployments: 2, failed: 0 });
  });

  it("have the end of the window outside it", () => {
    expect(delivery([rollout(1, 10)], stretch(10, 20)).deployments).toBe(1);
    expect(delivery([rollout(1, 10)], stretch(0, 10)).deployments).toBe(0);
  });

  it("count weeks without a deployment", () => {
    const week = 7 * 1440;
    const busy = [1, 2, 3, 4].map((number) => rollout(number, number * 10));
    expect(delivery(busy, stretch(0, 3 * week)).medianPerWeek).toBe(0);
    expect(delivery(busy, stretch(0, 2 * week)).medianPerWeek).toBe(2);
  });

  it("are lines for people", () => {
    expect(
      deliveryLines(
        deliveryRows(delivery([rollout(1, 10), rollout(2, 20, { verdict: "rejected", reachedPercent: 10 })], day)),
      ),
    ).toEqual([
      "  deployment frequency    1 a day: 1 in 1 day",
      "  change failure rate     50 %: 1 of 2 that reached traffic",
      "  time to recover (MTTR)  mean 2 min, median 2 min of 1",
      "  refused before traffic  0",
    ]);
  });
});

/** What a host may have gone through: kinds by chance, each from whatever was live. */
const history = fc
  .array(
    fc.record({
      pause: fc.integer({ min: 1, max: 4000 }),
      takes: fc.integer({ min: 0, max: 30 }),
      kind: fc.constantFrom("release", "release", "release", "return", "rollback", "undo"),
      isPromoted: fc.boolean(),
      reachedPercent: fc.constantFrom(0, 10, 100),
    }),
    { maxLength: 40 },
  )
  .map((events) => {
    let minute = 0;
    let live: string | null = null;
    const before: string[] = [];
    return events.map(({ pause, takes, kind, isPromoted, reachedPercent }, index): Digested => {
      minute += pause + takes;
      const release: string = kind === "release" ? `r${index}` : (before.at(-1) ?? `r${index}`);
      const verdict = isPromoted ? "promoted" : "rejected";
      const ended = rollout(index + 1, minute, {
        kind: kind,
        release,
        from: live,
        startedAt: at(minute - takes),
        verdict,
        reachedPercent: isPromoted ? 100 : reachedPercent,
      });
      if (isPromoted) {
        if (live !== null) before.push(live);
        live = release;
      }
      return ended;
    });
  });
const runs = { numRuns: histories() };
const edges = fc.tuple(fc.integer({ min: 0, max: 60_000 }), fc.integer({ min: 1, max: 60_000 }));

describe(`on ${String(histories())} histories by chance, delivery metrics`, () => {
  it("equal what a look at every single minute finds", () => {
    fc.assert(
      fc.property(history, edges, (rollouts, [from, length]) => {
        expect(delivery(rollouts, stretch(from, from + length))).toEqual(
          naiveDelivery(rollouts, start, from, from + length),
        );
      }),
      runs,
    );
  });

  it("add up over windows", () => {
    fc.assert(
      fc.property(history, edges, (rollouts, [from, length]) => {
        const [middle, end] = [from + Math.floor(length / 2), from + length];
        const counts = (a: number, b: number) => {
          const { deployments, reachedTraffic, failed, refusedBeforeTraffic, recovery } = delivery(
            rollouts,
            stretch(a, b),
          );
          return [deployments, reachedTraffic, failed, refusedBeforeTraffic, recovery.restored, recovery.open];
        };
        const [first, second] = [counts(from, middle), counts(middle, end)];
        expect(first.map((count, index) => count + (second[index] ?? 0))).toEqual(counts(from, end));
      }),
      runs,
    );
  });

  it("are the same in any order, told twice, and in another time zone", () => {
    fc.assert(
      fc.property(history, (rollouts) => {
        const all = stretch(0, 100_000);
        const elsewhere = rollouts.map((each) => ({ ...each, endedAt: each.endedAt.replace("Z", "+00:00") }));
        const expected = delivery(rollouts, all);
        expect(delivery([...rollouts.toReversed(), ...rollouts], all)).toEqual(expected);
        expect(delivery(elsewhere, all)).toEqual(expected);
      }),
      runs,
    );
  });
});
