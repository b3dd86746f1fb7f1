import { describe, expect, it } from "vitest";
import type { RolloutRecord, Step } from "../../router/telling/record.ts";
import { release } from "../router/support/samples.ts";
import { Random } from "./random.ts";
import { traceProblems } from "./trace.ts";
import type { Failure } from "../support/load/closed-loop.ts";
import { excuseOf, type Outage } from "./excuse.ts";

const step = (phase: Step["phase"], percent: number): Step => ({
  at: "now",
  phase,
  percent,
  paused: false,
});
const good = [step("gate", 0), step("move", 0), step("move", 50), step("move", 100), step("watch", 100)];
const record = (rollout: number, steps: readonly Step[], change: Partial<RolloutRecord> = {}): RolloutRecord => ({
  schema: 1,
  rollout,
  service: "ape-test",
  kind: "release",
  slot: rollout % 2 === 1 ? "blue" : "green",
  from: rollout === 1 ? null : release("1.0.0"),
  to: release(rollout === 1 ? "1.0.0" : "1.1.0"),
  startedAt: "now",
  endedAt: "now",
  steps,
  traffic: { blue: null, green: null },
  verdict: "promoted",
  reason: null,
  by: null,
  backup: [],
  ...change,
});

describe("records of real rollouts", () => {
  const rejected = { verdict: "rejected" } as const;

  it("pass if they tell a possible story, kills and all", () => {
    expect(traceProblems([record(1, good), record(2, good)])).toEqual([]);
    const early = record(2, [step("gate", 0), step("return", 0)], rejected);
    expect(traceProblems([record(1, good), early, record(4, good)])).toEqual([]);
  });

  it.each([
    ["is not newer", record(1, good)],
    ["went back a phase", record(2, [step("move", 50), step("gate", 0), step("watch", 100)])],
    ["lost its share", record(2, [step("move", 50), step("move", 10), step("watch", 100)])],
    ["had not passed the gate", record(2, [step("gate", 10), step("watch", 100)])],
    ["promoted without its watch", record(2, good.slice(0, 4))],
    ["rejected without the way back", record(2, good, rejected)],
    ["not from what was live", record(2, good, { from: release("0.9.0") })],
    ["the slot that was live", record(2, good, { slot: "blue" })],
  ])("fail otherwise: %s", (problem, second) => {
    expect(traceProblems([record(1, good), second]).join()).toContain(problem);
  });
});

describe("a failed request", () => {
  const outage = (target: string, wasAlone = false): Outage => ({
    target,
    at: 1_000,
    struck: 1_100,
    wasAlone,
    back: 2_000,
  });
  const failure = (method: Failure["method"], begun: number): Failure => ({
    method,
    begun,
    ended: begun + 10,
    problem: "status 502",
  });

  it("is excused while the proxy is gone, and for what a killed replica may have begun", () => {
    expect(excuseOf(failure("GET", 1_500), [outage("proxy")], true)).toBe("the proxy was gone");
    expect(excuseOf(failure("GET", 1_500), [outage("host")], true)).toBe("the machine had no power");
    expect(excuseOf(failure("GET", 1_500), [outage("dockerd")], false)).toBe("Docker took its containers along");
    expect(excuseOf(failure("GET", 1_500), [outage("slot", true)], true)).toBe("no slot was left");
    expect(excuseOf(failure("GET", 995), [outage("slot")], true)).toBe("on its way to a killed replica");
    expect(excuseOf(failure("POST", 1_250), [outage("slot")], true)).toBe("on its way to a killed replica");
  });

  it("is not excused otherwise", () => {
    expect(excuseOf(failure("GET", 1_350), [outage("slot")], true)).toBe(null);
    expect(excuseOf(failure("POST", 1_350), [outage("slot")], true)).toBe(null);
    expect(excuseOf(failure("POST", 995), [outage("controller")], true)).toBe(null);
    expect(excuseOf(failure("GET", 2_500), [outage("dockerd")], true)).toBe(null);
    expect(excuseOf(failure("GET", 3_500), [outage("proxy")], true)).toBe(null);
  });
});

it("chance comes again with the same seed", () => {
  const numbers = (seed: number) => {
    const random = new Random(seed);
    return Array.from({ length: 5 }, () => random.below(1_000));
  };
  expect(numbers(7)).toEqual(numbers(7));
  expect(numbers(7)).not.toEqual(numbers(8));
});
