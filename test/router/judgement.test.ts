import { expect, test } from "vitest";
import { Judgement, SharedWaits, type Circumstances } from "../../router/judgement.ts";
import type { Running } from "../../router/ledger.ts";
import type { Verdict } from "../../router/verdict.ts";
import { config, release } from "./support/samples.ts";

const running: Running = {
  ...{ rollout: 2, slot: "green", release: release("1.1.0"), kind: "release", phase: "move" },
  ...{ step: 0, percent: 50, target: null, paused: false, hurried: false, rolling: null, reason: null, at: null },
} as unknown as Running;

/** A judgement of a fault that both slots have: bad whenever `isBad` says so. */
function judgement(isBad: () => boolean, waits: SharedWaits, seconds: number) {
  const said: string[] = [];
  const observer = {
    verdict: (): Promise<Verdict> =>
      Promise.resolve(isBad() ? { is: "bad", fault: "errors", reason: "got 8 errors of 8 requests" } : { is: "ok" }),
    isShared: () => Promise.resolve(true),
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
