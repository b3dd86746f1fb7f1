import { describe, expect, it, test } from "vitest";
import type { ProbeTally } from "../../router/probe.ts";
import { noScore, scored, type Score } from "../../router/score.ts";
import { failsAlike, judge, type Evidence } from "../../router/verdict.ts";

const allowed = { maxErrorRatePercent: 10, maxResponseMs: 5000, minRequests: 20, sharedSeconds: 60 };

const probes = (change: Partial<ProbeTally> = {}): ProbeTally[] => [
  { name: "green-1", total: 4, failed: 0, failedInARow: 0, last: { healthy: true, ms: 3 }, ...change },
];
const failing = (failedInARow: number, total: number): ProbeTally[] =>
  probes({
    total,
    failed: failedInARow,
    failedInARow,
    last: { healthy: false, ms: 9, problem: "status 500", final: false },
  });
/** So many requests, the bad ones spread evenly, the first of each stretch being bad. */
function spread(requests: number, bad: number, before: Score = noScore): Score {
  let score = before;
  for (let n = 0; n < requests; n++) {
    const isBad = Math.ceil(((n + 1) * bad) / requests) > Math.ceil((n * bad) / requests);
    score = scored(score, { requests: 1, bad: isBad ? 1 : 0 }, allowed.maxErrorRatePercent);
  }
  return score;
}
const well: Evidence = { errors: noScore, slow: noScore, inVain: 0, probes: probes(), down: [] };
const verdict = (evidence: Partial<Evidence>, isDue = false) =>
  judge({ ...well, ...evidence }, allowed, isDue ? "due" : "early");

describe("error rate", () => {
  it.each([
    [0, 100, "ok"],
    [10, 100, "ok"],
    [11, 100, "bad"],
    [11, 101, "ok"],
    [2, 20, "ok"],
    [3, 20, "undecided"],
    [8, 8, "bad"],
    [100, 1000, "ok"],
    [101, 1000, "bad"],
    [1001, 10_000, "bad"],
  ])("%i errors of %i requests, evenly: %s", (errors, requests, is) => {
    expect(verdict({ errors: spread(requests, errors) }).is).toBe(is);
  });

  it("of exactly 10.0 % stays for ever, wherever the errors fall", () => {
    for (let phase = 0; phase < 10; phase++) {
      let score = noScore;
      for (let n = 0; n < 20_000; n++) {
        score = scored(score, { requests: 1, bad: n % 10 === phase ? 1 : 0 }, 10);
        expect(verdict({ errors: score }).is, `request ${n}`).not.toBe("bad");
      }
      expect(verdict({ errors: score }).is).toBe("ok");
    }
  });

  it("says the count, the rate and what is allowed", () => {
    expect(verdict({ errors: spread(40, 12) })).toEqual({
      is: "bad",
      fault: "errors",
      reason: "got 12 errors of 40 requests (30.0 %); allowed 10 %",
    });
  });

  it("shows at once when a release turns bad late in a long watch", () => {
    const long = spread(15_000, 150);
    expect(verdict({ errors: long }).is).toBe("ok");
    const later = spread(8, 8, long);
    expect(verdict({ errors: later })).toMatchObject({
      reason: expect.stringMatching(/^got \d+ errors of the last \d+ requests \(\d+\.\d %\); allowed 10 %$/) as string,
    });
  });
});

describe("few requests", () => {
  it("is decided by probes when there are none", () => {
    expect(verdict({}).is).toBe("ok");
  });

  it("does not condemn for the only request, nor pass it before time is up", () => {
    expect(verdict({ errors: spread(1, 1) }).is).toBe("undecided");
    expect(verdict({ errors: spread(1, 1) }, true).is).toBe("ok");
  });

  it("lets good probes fill the sample when time is up, up to minRequests", () => {
    expect(verdict({ errors: spread(5, 2) }, true).is).toBe("ok");
    expect(verdict({ errors: spread(5, 3) }, true)).toMatchObject({
      reason: "got 3 errors of 5 requests and no more in time (60.0 %); allowed 10 %",
    });
  });
});

describe("health", () => {
  it("takes the proxy's word", () => {
    expect(verdict({ down: [{ name: "green-2", check: "L4CON" }] })).toEqual({
      is: "bad",
      fault: "health",
      reason: "green-2 is down, got L4CON from the proxy's check; allowed L7OK",
    });
  });

  it("forgives one lost probe, not two, and does not pass on a lost one", () => {
    expect(verdict({ probes: failing(1, 8) }).is).toBe("undecided");
    expect(verdict({ probes: failing(2, 8) })).toMatchObject({ reason: "green-1 is not healthy, got status 500" });
  });

  it("is not known before the first probe has come back", () => {
    expect(verdict({ probes: probes({ total: 0, last: null }) }).is).toBe("undecided");
    expect(verdict({ probes: [] }).is).toBe("undecided");
  });
});

describe("response time", () => {
  it("is a share of slow answers, which an average would hide", () => {
    expect(verdict({ slow: spread(1000, 100) }).is).toBe("ok");
    expect(verdict({ slow: spread(1000, 200) })).toMatchObject({
      fault: "slow",
      reason: expect.stringMatching(/^got \d+ answers slower than 5000 ms of .*; allowed 10 %$/) as string,
    });
  });

  it("is a single probe's, whatever the traffic", () => {
    expect(verdict({ probes: probes({ last: { healthy: true, ms: 5001 } }) })).toMatchObject({
      reason: "green-1 is slow, got 5001 ms for a probe; allowed 5000 ms",
    });
  });
});

describe("a fault that both slots share", () => {
  const none = { errors: noScore, slow: noScore };
  it.each([
    ["without an old slot", null, true, "errors", false],
    ["the old one is well", none, true, "errors", false],
    ["the old one does not answer", none, false, "health", true],
    ["the old one has errors too", { ...none, errors: spread(40, 20) }, true, "errors", true],
    ["the old one's error was long ago", { ...none, errors: spread(12, 1) }, true, "errors", false],
    ["the old one has errors, the new one is slow", { ...none, errors: spread(40, 20) }, true, "slow", false],
    ["the old one is slow too", { ...none, slow: spread(40, 20) }, true, "slow", true],
    [
      "the old one has errors but is healthy, the new one is down",
      { ...none, errors: spread(40, 20) },
      true,
      "health",
      false,
    ],
  ] as const)("%s", (_, old, isHealthy, fault, is) => {
    expect(failsAlike(old, isHealthy, { fault })).toBe(is);
  });
});

describe("thousands of seeded traces", () => {
  /** Looks 10 times a second for so many seconds. @returns seconds from `badFrom` to the bad verdict, null if there was none */
  function trace(seed: number, perSecond: number, seconds: number, errorShare: (at: number) => number): number | null {
    const random = mulberry32(seed);
    let score = noScore;
    for (let tick = 1; tick <= seconds * 10; tick++) {
      // Arrivals at random, not in step with the looks.
      let requests = 0;
      for (let slot = 0; slot < Math.max(1, perSecond / 5); slot++) {
        if (random() < perSecond / 10 / Math.max(1, perSecond / 5)) requests++;
      }
      let bad = 0;
      for (let n = 0; n < requests; n++) if (random() < errorShare(tick / 10)) bad++;
      if (requests > 0) score = scored(score, { requests, bad }, 10);
      if (verdict({ errors: score }).is === "bad") return tick / 10;
    }
    return verdict({ errors: score }, true).is === "bad" ? seconds : null;
  }

  it.each([
    [1, 1000],
    [5, 1000],
    [50, 1000],
  ])("1 %% errors at %i requests/s for 300 s never condemn a release", (perSecond, traces) => {
    for (let seed = 1; seed <= traces; seed++) {
      expect(
        trace(seed, perSecond, 300, () => 0.01),
        `seed ${seed}`,
      ).toBeNull();
    }
  });

  it.each([
    [1, 1, 0, 40],
    [5, 1, 0, 6],
    [5, 0.5, 0, 12],
    [50, 1, 0, 0.6],
    [50, 0.3, 0, 3],
    [50, 1, 250, 0.6],
    [50, 0.5, 250, 1.5],
    [50, 0.3, 250, 3],
  ])("at %d requests/s a share of %d errors from %d s on is caught within %d s", (perSecond, share, from, limit) => {
    const times: number[] = [];
    for (let seed = 1; seed <= 300; seed++) {
      const at = trace(seed, perSecond, from + 60, (second) => (second > from ? share : 0.01));
      expect(at, `seed ${seed}`).not.toBeNull();
      times.push((at ?? Infinity) - from);
    }
    times.sort((a, b) => a - b);
    expect(times[Math.floor(times.length * 0.99)]).toBeLessThanOrEqual(limit);
  });
});

/** A small seeded generator of numbers from 0 to 1. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

test("a release that never answered anybody is not filled up by good probes", () => {
  const oneLate = { slow: spread(1, 1), inVain: 1 };
  expect(verdict(oneLate).is).toBe("undecided");
  expect(judge({ ...well, ...oneLate }, allowed, "over")).toEqual({
    is: "bad",
    fault: "slow",
    reason: "got no answer to the only request; allowed 5000 ms",
  });
  expect(verdict({ slow: spread(1, 1) }, true).is).toBe("ok");
});
