import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { emptyLedger, type Ledger } from "../../../lib/releases/ledger.ts";
import { otherSlot, slots, type Slot } from "../../../lib/hosts/naming.ts";
import { formatProblem } from "../../../lib/problem.ts";
import type { Release } from "../../../lib/releases/release.ts";
import { describePlan, planSlots, PlanRefused, withdrawalProblem, type Plan } from "../../../lib/releases/slot-plan.ts";

const release = (version: string, replicas = 1): Release => ({
  id: `${version}-00000000`,
  version,
  image: `api:${version}`,
  fingerprint: "f",
  replicas,
});
const one = release("1.0.0");
const two = release("1.1.0");
const three = release("1.2.0");

const released: Ledger = {
  rollout: 4,
  promoted: 4,
  served: ["1.1.0", "1.0.0"],
  live: "green",
  running: null,
  slots: { blue: { release: one, state: "holds" }, green: { release: two, state: "holds" } },
};

describe("planSlots", () => {
  test("first release: both slots get it, traffic starts on blue", () => {
    const plan = planSlots(emptyLedger, one);
    expect(plan).toMatchObject({ action: "first", target: "blue", rollout: 1 });
    expect(plan.slots).toEqual({ blue: { release: one, frozen: false }, green: { release: one, frozen: false } });
  });

  test("the wanted release is live: nothing is touched", () => {
    expect(planSlots(released, two)).toEqual({
      action: "none",
      target: "green",
      rollout: 4,
      slots: { blue: { release: one, frozen: true }, green: { release: two, frozen: true } },
    });
  });

  test("the standby holds the wanted release: only traffic moves", () => {
    expect(planSlots(released, one)).toEqual({
      action: "return",
      target: "blue",
      rollout: 5,
      slots: { blue: { release: one, frozen: true }, green: { release: two, frozen: true } },
    });
  });

  test("a new release goes into the standby, the live slot is frozen", () => {
    expect(planSlots(released, three)).toEqual({
      action: "release",
      target: "blue",
      rollout: 5,
      slots: { blue: { release: { ...three, row: 2 }, frozen: false }, green: { release: two, frozen: true } },
    });
  });

  test("releases take turns in the two rows of a slot's addresses, what is begun stays where it is", () => {
    const rowAfter = (release: Ledger["slots"]["blue"]["release"], begun = 5) => {
      const blue = { release, state: "preparing" } as const;
      return planSlots({ ...released, released: begun, slots: { ...released.slots, blue } }, three).slots.blue.release
        .row;
    };
    expect(rowAfter(one)).toBe(2);
    expect(rowAfter({ ...one, row: 2 })).toBe(1);
    expect(rowAfter(null)).toBe(1);
    expect(rowAfter({ ...three, row: 2 })).toBe(2);
    expect(rowAfter(three)).toBe(1);
    // What was rejected may still have requests that hang: another attempt doesn't wait for them.
    expect(rowAfter(three, 4)).toBe(2);
    expect(rowAfter({ ...three, row: 2 }, 4)).toBe(1);
  });

  test("a standby whose preparation was interrupted is prepared again, under the number the host expects", () => {
    const interrupted: Ledger = {
      ...released,
      slots: { ...released.slots, blue: { release: three, state: "preparing" } },
    };
    expect(planSlots(interrupted, three)).toMatchObject({ action: "release", target: "blue", rollout: 5 });
  });

  test("a running rollout of the same release is joined", () => {
    const running = { rollout: 5, slot: "blue" as const, release: three, percent: 10 };
    const ledger: Ledger = { ...released, rollout: 5, running };
    expect(planSlots(ledger, three)).toMatchObject({ action: "return", target: "blue", rollout: 5 });
  });

  test("a running rollout of another release is refused by name", () => {
    const running = { rollout: 5, slot: "blue" as const, release: three, percent: 10 };
    const plan = () => planSlots({ ...released, rollout: 5, running }, two);
    expect(plan).toThrow(PlanRefused);
    expect(plan).toThrow(
      "rollout 5 of 1.2.0-00000000 is running, at 10 %; allowed one at a time. Fix: wait for it (slipway status), or end it (slipway rollback)",
    );
  });

  test("and where its controller is gone, with what brings that back", () => {
    const running = { rollout: 5, slot: "blue" as const, release: three, percent: 10 };
    expect(() => planSlots({ ...released, rollout: 5, running }, two, "docker start x-controller")).toThrow(
      "is running, at 10 %, and without its controller it stays there; allowed one at a time. Fix: docker start x-controller; then slipway rollback ends it",
    );
  });

  test("the live slot keeps the replicas that it has, whatever is wanted", () => {
    expect(planSlots(released, release("2.0.0", 3)).slots.green.release.replicas).toBe(1);
  });
});

/** Ledgers that a controller can have: a live slot holds a release, a running rollout fills the standby. */
const anyRelease = fc.constantFrom(one, two, three);
const anyLedger: fc.Arbitrary<Ledger> = fc
  .record({
    rollout: fc.nat(50),
    live: fc.constantFrom<Slot | null>("blue", "green", null),
    liveRelease: anyRelease,
    standby: fc.record({ release: anyRelease, state: fc.constantFrom("preparing" as const, "holds" as const) }),
    standbyEmpty: fc.boolean(),
    running: fc.option(fc.nat(99)),
  })
  .map(({ rollout, live, liveRelease, standby, standbyEmpty, running }) => {
    if (live === null) return { ...emptyLedger, rollout };
    const held = standbyEmpty ? emptyLedger.slots.blue : standby;
    const target = otherSlot(live);
    return {
      rollout,
      promoted: rollout,
      served: [liveRelease.version],
      live,
      slots: { [live]: { release: liveRelease, state: "holds" }, [target]: held } as Ledger["slots"],
      running:
        running === null || standbyEmpty ? null : { rollout, slot: target, release: standby.release, percent: running },
    };
  });

/** What must be true of every plan; each returns what is wrong, or nothing. */
const invariants: Record<string, (ledger: Ledger, wanted: Release, plan: Plan) => string | undefined> = {
  "I2: the slot that has traffic is frozen": ({ live }, _, plan) =>
    live !== null && !plan.slots[live].frozen ? `${live} could be replaced` : undefined,
  "I2: during a rollout both slots have traffic, so both are frozen": ({ running }, _, plan) =>
    running !== null && slots.some((slot) => !plan.slots[slot].frozen) ? "a slot could be replaced" : undefined,
  "I1: the live slot keeps what it runs": ({ live, slots: held }, _, plan) =>
    live !== null && plan.slots[live].release.id !== held[live].release?.id ? "its release changes" : undefined,
  "I1: traffic goes only to a slot that holds the wanted release": (_, wanted, plan) =>
    plan.slots[plan.target].release.id !== wanted.id ? "target holds something else" : undefined,
  "I1: a slot that is not ready is prepared before it gets traffic": ({ slots: held, live, running }, wanted, plan) =>
    plan.target !== live && running === null && plan.slots[plan.target].frozen && held[plan.target].state !== "holds"
      ? `${plan.target} never got ${wanted.id}`
      : undefined,
  "the rollout's number is new unless nothing moves or a running one is joined": (ledger, _, plan) =>
    plan.action !== "none" && ledger.running === null && plan.rollout !== ledger.rollout + 1 ? "old number" : undefined,
};

function violations(planner: typeof planSlots): string[] {
  const found = new Set<string>();
  fc.assert(
    fc.property(anyLedger, anyRelease, (ledger, wanted) => {
      let plan: Plan;
      try {
        plan = planner(ledger, wanted);
      } catch (error) {
        if (error instanceof PlanRefused) return;
        throw error;
      }
      for (const [name, check] of Object.entries(invariants)) if (check(ledger, wanted, plan)) found.add(name);
    }),
    { numRuns: 2_000, seed: 3 },
  );
  return [...found];
}

describe("invariants over random ledgers and wishes", () => {
  test("every plan keeps them", () => {
    expect(violations(planSlots)).toEqual([]);
  });

  const thaw = (plan: Plan, slot: Slot): Plan => ({
    ...plan,
    slots: { ...plan.slots, [slot]: { ...plan.slots[slot], frozen: false } },
  });
  const faults: Record<string, typeof planSlots> = {
    "the live slot is not frozen": (ledger, wanted) => {
      const plan = planSlots(ledger, wanted);
      return ledger.live === null ? plan : thaw(plan, ledger.live);
    },
    "the release goes into the live slot": (ledger, wanted) => {
      const plan = planSlots(ledger, wanted);
      if (plan.action !== "release") return plan;
      const slot = { release: wanted, frozen: false };
      return { ...plan, target: otherSlot(plan.target), slots: { ...plan.slots, [otherSlot(plan.target)]: slot } };
    },
    "the standby counts as ready while it is being prepared": (ledger, wanted) => {
      const plan = planSlots(ledger, wanted);
      const frozen = { ...plan.slots[plan.target], frozen: true };
      return plan.action === "release" ? { ...plan, slots: { ...plan.slots, [plan.target]: frozen } } : plan;
    },
    "a running rollout is ignored": (ledger, wanted) => planSlots({ ...ledger, running: null }, wanted),
    "traffic returns to whatever the standby holds": (ledger, wanted) => {
      const plan = planSlots(ledger, wanted);
      const held = ledger.slots[plan.target].release ?? wanted;
      return plan.action === "release"
        ? { ...plan, action: "return", slots: { ...plan.slots, [plan.target]: { release: held, frozen: true } } }
        : plan;
    },
    "the live slot is given the wanted release": (ledger, wanted) => {
      const plan = planSlots(ledger, wanted);
      return ledger.live === null
        ? plan
        : { ...plan, slots: { ...plan.slots, [ledger.live]: { release: wanted, frozen: true } } };
    },
    "the last rollout's number is used again": (ledger, wanted) => ({
      ...planSlots(ledger, wanted),
      rollout: ledger.rollout,
    }),
  };
  test.each(Object.entries(faults))("a planner in which %s is caught", (_, planner) => {
    expect(violations(planner)).not.toEqual([]);
  });
});

test("a release that somebody took back is refused with what they did", () => {
  const hand = { by: "ada@laptop", reason: "errors in the basket", at: "2026-01-01T00:00:00.000Z" };
  const ledger = { ...released, withdrawn: [{ release: three.id, ...hand }] };
  const problem = withdrawalProblem(planSlots(ledger, three), ledger, "slipway:host");
  expect(problem && formatProblem(problem)).toContain(
    `release ${three.id} was withdrawn on slipway:host, ` +
      "got that it was taken back by ada@laptop at 2026-01-01T00:00:00.000Z: errors in the basket; allowed any other release. Fix: ",
  );
});

describe("describePlan", () => {
  const describeIt = (ledger: Ledger, wanted: Release, hasDatabases = true, loses = "") =>
    describePlan(planSlots(ledger, wanted), ledger, { strategy: "blue-green", hasDatabases, loses, isMended: false });

  test("says nothing of a backup where there is nothing to back up", () => {
    expect(describeIt(released, three)).toContain("databases are backed up first");
    expect(describeIt(released, three, false)).not.toContain("backed up");
    const how = { strategy: "blue-green", hasVolumes: true, loses: "", isMended: false } as const;
    const withVolumes = (hasDatabases: boolean, wanted: Release) =>
      describePlan(planSlots(released, wanted), released, { ...how, hasDatabases });
    expect(withVolumes(true, three)).toContain("databases and volumes are backed up first");
    expect(withVolumes(false, three)).toContain("); volumes are backed up first");
    expect(withVolumes(true, one)).not.toContain("backed up");
  });

  test("says in release terms what will happen", () => {
    expect(describeIt(emptyLedger, one)).toBe(
      "First release: 1.0.0-00000000 goes into both slots. Traffic starts on blue; green stays warm.",
    );
    expect(describeIt(released, two)).toBe("Release 1.1.0-00000000 has all traffic in slot green: nothing moves.");
    expect(describeIt(released, one)).toBe(
      "Slot blue still holds 1.0.0-00000000: no container is touched. Traffic moves green → blue at once; green stays warm with 1.1.0-00000000.",
    );
    expect(describeIt(released, three)).toBe(
      "Release 1.2.0-00000000 goes into slot blue (standby, now 1.0.0-00000000); databases are backed up first. " +
        "Then traffic moves green → blue step by step (slipway rollout watch shows it); green stays warm with 1.1.0-00000000.",
    );
  });

  test("says that a database leaves, what is done before, and that there is no way back then", () => {
    const left = "without PostgreSQL and Redis, whose data stay, nobody can go back to 1.1.0-00000000 then.";
    expect(describeIt(released, three, false, "PostgreSQL and Redis")).toBe(
      "Release 1.2.0-00000000 goes into slot blue (standby, now 1.0.0-00000000); databases are backed up first. " +
        `Then traffic moves green → blue step by step (slipway rollout watch shows it); ${left}`,
    );
    expect(describeIt(released, one, false, "PostgreSQL and Redis")).toBe(
      "Slot blue still holds 1.0.0-00000000: no container is touched. " +
        `Traffic moves green → blue at once; databases are backed up first; ${left}`,
    );
  });

  test("says that a running rollout is joined, and where it is", () => {
    const running = { rollout: 5, slot: "blue" as const, release: three, percent: 10 };
    expect(describeIt({ ...released, rollout: 5, running }, three)).toBe(
      "Rollout 5 of 1.2.0-00000000 is running, at 10 %: it is joined, and no container is touched.",
    );
  });

  /** What a sentence claims, held against the plan and what it was made from. */
  const claims: readonly [RegExp, (told: RegExpExecArray, plan: Plan, ledger: Ledger, isMended: boolean) => boolean][] =
    [
      [
        /nothing moves|no container is touched/,
        (_, plan, __, isMended) => !isMended && slots.every((slot) => plan.slots[slot].frozen),
      ],
      [
        /only what was changed by hand is made good/,
        (_, plan, __, isMended) => isMended && slots.every((slot) => plan.slots[slot].frozen),
      ],
      [
        /(\S+) is live in slot (\w+)\. What was changed by hand is mended/,
        ([, id, slot], { action }, ledger, isMended) =>
          isMended && action === "none" && slot === ledger.live && ledger.slots[slot].release?.id === id,
      ],
      [/has all traffic in slot (\w+)/, ([, slot], plan, { live }) => slot === live && plan.action === "none"],
      [/goes into both slots/, (_, plan) => slots.every((slot) => !plan.slots[slot].frozen)],
      [/Traffic starts on (\w+)/, ([, slot], plan, { live }) => live === null && slot === plan.target],
      [
        /(\S+) goes into slot (\w+) \(standby, now (\S+)\)/,
        ([, id, slot, was], plan, ledger) =>
          (slot === "blue" || slot === "green") &&
          slot !== ledger.live &&
          !plan.slots[slot].frozen &&
          plan.slots[slot].release.id === id &&
          was === (ledger.slots[slot].release?.id ?? "empty"),
      ],
      [
        /still holds (\S+):/,
        ([, id], plan, ledger) =>
          ledger.slots[plan.target].release?.id === id && ledger.slots[plan.target].state === "holds",
      ],
      [
        /raffic moves (\w+) → (\w+)/,
        ([, from, to], plan, { live, running }) => from === live && to === plan.target && running === null,
      ],
      [/at once/, (_, plan) => plan.action === "return"],
      [/step by step/, (_, plan) => plan.action === "release"],
      [
        /(\w+) stays warm with (\S+)\.$/,
        ([, slot, id], plan, ledger) =>
          slot === ledger.live && plan.slots[slot].frozen && ledger.slots[slot].release?.id === id,
      ],
      [/databases are backed up first/, (_, plan) => plan.action === "release"],
      [/is running, at \d+ %: it is joined/, (_, plan, { running }) => running?.rollout === plan.rollout],
    ];

  test("says nothing that the plan does not do, over all plans", () => {
    const made = new Set<RegExp>();
    fc.assert(
      fc.property(anyLedger, anyRelease, fc.boolean(), (ledger, wanted, isMended) => {
        let plan: Plan;
        try {
          plan = planSlots(ledger, wanted);
        } catch (error) {
          if (error instanceof PlanRefused) return;
          throw error;
        }
        const text = describePlan(plan, ledger, { strategy: "blue-green", hasDatabases: true, loses: "", isMended });
        for (const [claim, holds] of claims) {
          const told = claim.exec(text);
          if (told !== null) made.add(claim);
          expect(told === null || holds(told, plan, ledger, isMended), `${text} — ${String(claim)}`).toBe(true);
        }
      }),
      { numRuns: 2_000, seed: 5 },
    );
    expect([...claims.map(([claim]) => claim)].filter((claim) => !made.has(claim))).toEqual([]);
  });
});
