import type { ControllerConfig } from "./controller-config.ts";
import type { ProbeTally } from "./probe.ts";
import { tooMuch, weigh, type Score } from "./score.ts";

/** Everything known about a slot since the rollout began to move. */
export interface Evidence {
  /** Errors, by the proxy's counters. */
  readonly errors: Score;
  /** Answers that took longer than allowed, by the proxy's log of requests. */
  readonly slow: Score;
  /** Requests that waited for longer than allowed, where nobody ever got an answer; else 0. */
  readonly inVain: number;
  /** The controller's own probes, one tally a replica. */
  readonly probes: readonly ProbeTally[];
  /** Replicas that the proxy sees down, each with its check's code. */
  readonly down: readonly { readonly name: string; readonly check: string }[];
}

/** Of a step, or the watch: before its planned end, after it, and when it can be waited for no longer. */
export type Time = "early" | "over" | "due";

/** What was found wanting. */
export type Fault = "health" | "errors" | "slow";
export interface Bad {
  readonly is: "bad";
  readonly fault: Fault;
  readonly reason: string;
}
export type Verdict = { readonly is: "ok" } | { readonly is: "undecided" } | Bad;

/** One lost probe may be chance. */
const failuresInARow = 2;

/**
 * Judges the new slot: health, then the share of errors, then the share of slow answers, of which no more than `maxErrorRatePercent`
 * may take longer than `maxResponseMs` each.
 *
 * | requests/s | what decides                                                                                              |
 * | ---------- | --------------------------------------------------------------------------------------------------------- |
 * | 0          | the probes of each replica: the last one good, never two bad in a row                                     |
 * | 1          | probes, and 8 failed requests at once (8 s); fewer hold the step until the share is clear, or time is up  |
 * | 5          | the same within 2 s if all fail, 14 s if a fifth does; from 100 requests on the share of all, exactly     |
 * | 50         | the same within 0.2 s and 1.4 s                                                                           |
 *
 * @param time early: before the planned end; due: there is no more, so it is `undecided` only until the next probe is back
 */
export function judge(
  { errors, slow, inVain, probes, down }: Evidence,
  allowed: ControllerConfig["verdict"],
  time: Time = "early",
): Verdict {
  const { maxErrorRatePercent, maxResponseMs, minRequests } = allowed;
  for (const { name, check } of down) {
    return bad("health", `${name} is down, got ${check} from the proxy's check; allowed L7OK`);
  }
  for (const { name, last, failedInARow } of probes) {
    if (failedInARow >= failuresInARow && last?.healthy === false) {
      return bad("health", `${name} is not healthy, got ${last.problem}`);
    }
    if (last && last.ms > maxResponseMs) {
      return bad("slow", `${name} is slow, got ${last.ms} ms for a probe; allowed ${maxResponseMs} ms`);
    }
  }
  const isDue = time === "due";
  const byErrors = weigh(errors, maxErrorRatePercent, minRequests, isDue);
  if (byErrors === "bad") {
    return bad("errors", `got ${shareOf(errors, "errors", isDue)}; allowed ${maxErrorRatePercent} %`);
  }
  const bySlow = weigh(slow, maxErrorRatePercent, minRequests, isDue);
  if (bySlow === "bad") {
    const share = shareOf(slow, `answers slower than ${maxResponseMs} ms`, isDue);
    return bad("slow", `got ${share}; allowed ${maxErrorRatePercent} %`);
  }
  // Good probes fill a sample that has some good answers; without a single one there is nothing to fill.
  if (time !== "early" && inVain > 0) {
    return bad(
      "slow",
      `got no answer to ${inVain === 1 ? "the only request" : `any of ${inVain} requests`}; allowed ${maxResponseMs} ms`,
    );
  }
  const isProbed = probes.length > 0 && probes.every(({ last }) => last?.healthy);
  return { is: isProbed && byErrors === "ok" && bySlow === "ok" ? "ok" : "undecided" };
}

/**
 * Whether the old slot shows the same fault: then it is not the new release's own (a database is down), and going back would help
 * nobody. An old slot without traffic of its own is known by its health only.
 *
 * @param old null if there is none
 * @param isHealthy whether any of its replicas answered a probe just now
 */
export function failsAlike(
  old: Pick<Evidence, "errors" | "slow"> | null,
  isHealthy: boolean,
  { fault }: Pick<Bad, "fault">,
): boolean {
  if (old === null) return false;
  // One bad answer beyond the allowed share lingers for ten good ones: long enough to look twice, too short to wait for nothing.
  return !isHealthy || (fault !== "health" && old[fault].excess >= 0.5);
}

function shareOf({ requests, bad: count, excess, stretch }: Score, what: string, isDue: boolean): string {
  const isLately = excess > tooMuch && stretch.requests < requests;
  const [some, all] = isLately ? [stretch.bad, stretch.requests] : [count, requests];
  const filled = isDue && excess <= tooMuch ? " and no more in time" : "";
  return `${some} ${what} of ${isLately ? "the last " : ""}${all} requests${filled} (${((some * 100) / all).toFixed(1)} %)`;
}

const bad = (fault: Fault, reason: string): Bad => ({ is: "bad", fault, reason });
