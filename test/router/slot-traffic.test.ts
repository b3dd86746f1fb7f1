import { describe, expect, it } from "vitest";
import type { ServerCounters, ServerState } from "../../router/proxy-state.ts";
import { TrafficTally, trafficBetween } from "../../router/slot-traffic.ts";

const counters = (change: Partial<ServerCounters>): ServerCounters => ({
  answers: 0,
  answers5xx: 0,
  connectErrors: 0,
  answerErrors: 0,
  redispatched: 0,
  averageMs: 0,
  ...change,
});
const state = (name: string, change: Partial<ServerCounters>): ServerState => ({
  name,
  address: "",
  status: "up",
  checked: true,
  check: "L7OK",
  weight: 1,
  openSessions: 0,
  spareAnswers: 0,
  counters: counters(change),
});

/** HAProxy's sliding average, fed one request after the other. */
function haproxy(times: readonly number[]): ServerCounters {
  let sum = 0;
  times.forEach((time, index) => {
    sum = index < 512 ? sum + time : sum - sum / 512 + time;
  });
  return counters({ answers: times.length, averageMs: Math.round(sum / Math.min(512, Math.max(1, times.length))) });
}
const times = (count: number, ms: number): number[] => Array.from({ length: count }, () => ms);

describe("trafficBetween", () => {
  it("counts only what came after the beginning", () => {
    const base = counters({ answers: 100, answers5xx: 50, connectErrors: 3, averageMs: 5 });
    const now = counters({
      answers: 140,
      answers5xx: 54,
      connectErrors: 4,
      answerErrors: 2,
      redispatched: 3,
      averageMs: 5,
    });
    expect(trafficBetween(base, now)).toMatchObject({ requests: 46, errors: 10 });
  });

  it.each([
    ["a fresh server", 0, 5, 30],
    ["a little-used one", 100, 5, 60],
    ["one that crosses HAProxy's window", 500, 5, 100],
    ["a well-used one", 5000, 5, 40],
    ["a well-used one, for long", 5000, 5, 3000],
  ])("takes older requests out of the average: %s", (_, older, olderMs, newer) => {
    const before = times(older, olderMs);
    const { averageMs } = trafficBetween(haproxy(before), haproxy([...before, ...times(newer, 6000)]));
    expect(averageMs).toBeGreaterThan(5900);
    expect(averageMs).toBeLessThan(6100);
  });

  it("has no average without answers", () => {
    expect(trafficBetween(counters({ answers: 7 }), counters({ answers: 7, connectErrors: 2 }))).toEqual({
      requests: 2,
      errors: 2,
      averageMs: null,
    });
  });
});

describe("TrafficTally", () => {
  it("goes on counting when the proxy restarts at 0", () => {
    const tally = new TrafficTally();
    tally.add([state("green-1", { answers: 1000 })]);
    tally.add([state("green-1", { answers: 1030, answers5xx: 3 })]);
    tally.add([state("green-1", { answers: 5, answers5xx: 1 })]);
    tally.add([state("green-1", { answers: 10, answers5xx: 2 })]);
    expect(tally.traffic).toMatchObject({ requests: 40, errors: 5 });
  });

  it("adds replicas up, the average by their requests", () => {
    const tally = new TrafficTally();
    tally.add([state("green-1", {}), state("green-2", {})]);
    tally.add([state("green-1", { answers: 30, averageMs: 10 }), state("green-2", { answers: 10, averageMs: 50 })]);
    expect(tally.traffic).toEqual({ requests: 40, errors: 0, averageMs: 20 });
  });

  it("is empty at the beginning", () => {
    expect(new TrafficTally().traffic).toEqual({ requests: 0, errors: 0, averageMs: null });
  });
});
