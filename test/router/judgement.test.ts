import { describe, expect, test } from "vitest";
import { Judgement, SharedWaits, type Circumstances } from "../../router/judgement.ts";
import type { Running } from "../../router/ledger.ts";
import type { Bad, Verdict } from "../../router/verdict.ts";
import { config, release } from "./support/samples.ts";

const running: Running = {
  ...{ rollout: 2, slot: "green", release: release("1.1.0"), kind: "release", phase: "move" },
  ...{ step: 0, percent: 50, target: null, paused: false, hurried: false, rolling: null, reason: null, at: null },
} as unknown as Running;

const errors: Bad = { is: "bad", fault: "errors", reason: "got 8 errors of 8 requests" };
const down: Bad = { is: "bad", fault: "health", reason: "green-1 is not healthy" };

/** A judgement of a fault that both slots have, unless said otherwise: bad whenever `isBad` says so. */
function judgement(
  isBad: () => boolean,
  waits: SharedWaits,
  seconds: number,
  { bad = errors, isShared = true, startsInMs = 0 } = {},
) {
  const said: string[] = [];
  const observer = {
    verdict: (): Promise<Verdict> => Promise.resolve(isBad() ? bad : { is: "ok" }),
    isShared: () => Promise.resolve(isShared),
    forgive: () => undefined,
    unanswered: 0,
    owesAnswers: () => false,
    of: () => ({ traffic: { errors: 0, requests: 0 }, timing: { percentile: () => null } }),
  };
  const circumstances = {
    config,
    observer,
    waits,
    say: (line: string) => said.push(line),
    running: () => running,
    stopped: () => null,
    awaited: () => null,
    startsUntil: performance.now() + startsInMs,
  } as unknown as Circumstances;
  return { said, verdict: new Judgement(circumstances, seconds).run() };
}

/** Bad once every so often, and well for longer than it takes to go on in between. */
function flapping(times: number): () => boolean {
  let next = 0;
  let left = times;
  return () => {
    if (left === 0 || performance.now() < next) return false;
    next = performance.now() + 2_300;
    left--;
    return true;
  };
}

test("a fault that both slots have again and again is waited out for as long as one that stays, then the release is rejected", async () => {
  const { said, verdict } = judgement(flapping(Infinity), new SharedWaits(3), 60);
  expect(await verdict).toBe(
    "got 8 errors of 8 requests; blue failed alike, for more than 3 s in all: not the release's own fault, as far as can be told",
  );
  expect(said.flatMap((line) => /fails alike: holding .* \(at most (\d+) s\)$/.exec(line)?.[1] ?? [])).toEqual([
    "3",
    "1",
  ]);
});

test("a verdict without a single request says what it rests on", async () => {
  const { said, verdict } = judgement(() => false, new SharedWaits(3), 0.1);
  expect(await verdict).toBeNull();
  expect(said.at(-1)).toMatch(/ → green: no requests, judged by its health alone$/);
});

test("what was waited in one step is no longer there for the next", async () => {
  const waits = new SharedWaits(3);
  expect(await judgement(flapping(1), waits, 0.1).verdict).toBeNull();
  expect(await judgement(flapping(1), waits, 0.1).verdict).toContain("for more than 3 s in all");
});

describe("a new slot that is down while live answers", () => {
  const alone = { bad: down, isShared: false };

  test("is rejected at once", async () => {
    expect(await judgement(() => true, new SharedWaits(3), 0.1, alone).verdict).toBe(down.reason);
  });

  test("has the time of a gate where the controller has just started, as after a reboot, and spends no wait", async () => {
    const waits = new SharedWaits(3);
    const { said, verdict } = judgement(flapping(1), waits, 0.1, { ...alone, startsInMs: 5_000 });
    expect(await verdict).toBeNull();
    expect(said[0]).toMatch(/^green-1 is not healthy; it may be starting too: holding at .* \(at most 60 s\)$/);
    expect(said[1]).toBe("it is well again: going on");
    expect(waits.leftSeconds).toBe(3);
  });

  test("but not for errors, which an application that starts does not give", async () => {
    const { verdict } = judgement(() => true, new SharedWaits(3), 0.1, { isShared: false, startsInMs: 5_000 });
    expect(await verdict).toBe(errors.reason);
  });
});
