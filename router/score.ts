/** A count of answers, and of the bad ones among them (errors, or slow ones). */
export interface Count {
  readonly requests: number;
  readonly bad: number;
}

/**
 * A count with a memory for what happened lately.
 *
 * `excess` is how many more bad answers than allowed the latest stretch had, where the stretch begins wherever that makes it most
 * (a cumulative sum that never falls below 0). So a release that turns bad late in a long watch shows as fast as one that was bad
 * from the start, at any request rate and without a window to choose, while a share at or below the allowed one never adds up.
 */
export interface Score extends Count {
  readonly excess: number;
  readonly stretch: Count;
}

/**
 * More bad answers than this beyond the allowed share are no chance: with 1 % bad and 10 % allowed it takes some 10^11 requests to
 * get there, with all bad it takes 8, with 20 % bad about 70.
 */
export const tooMuch = 7;
/** A little above: what is over must be forgotten soon. */
const highest = tooMuch + 1;

export const noScore: Score = { requests: 0, bad: 0, excess: 0, stretch: { requests: 0, bad: 0 } };

/** Adds what came since the last look. */
export function scored(before: Score, more: Count, maxPercent: number): Score {
  const excess = before.excess + more.bad - (more.requests * maxPercent) / 100;
  return {
    ...plus(before, more),
    excess: Math.min(highest, Math.max(0, excess)),
    // Rounding must not keep a stretch alive that is even.
    stretch: excess <= 1e-9 ? noScore.stretch : plus(before.stretch, more),
  };
}

const plus = (a: Count, b: Count): Count => ({ requests: a.requests + b.requests, bad: a.bad + b.bad });

/**
 * What a score says about the share of bad answers.
 *
 * - `bad`: too much in the latest stretch; or, of a full sample, more than the allowed share, which is rounded up to a whole answer
 *   (of 101 requests at 10 % that is 11, so exactly 10.0 % stays wherever its errors fall).
 * - `undecided`: above the allowed share, but too few to tell a fault from chance. Ends by more requests, or when `isDue`.
 * - `isDue`: there is no more time, so good probes fill a small sample up to `minRequests`.
 */
export function weigh(
  { requests, bad, excess }: Score,
  maxPercent: number,
  minRequests: number,
  isDue: boolean,
): "ok" | "undecided" | "bad" {
  if (excess > tooMuch) return "bad";
  const allowed = (count: number): number => (count * maxPercent) / 100;
  if (requests >= fullSample(minRequests)) return bad > Math.ceil(allowed(requests) - 1e-9) ? "bad" : "ok";
  if (bad <= allowed(requests)) return "ok";
  if (!isDue) return "undecided";
  return bad > allowed(Math.max(requests, minRequests)) ? "bad" : "ok";
}

/** From so many requests on, a share is more than chance: three of the first twenty may well be. */
export const fullSample = (minRequests: number): number => 5 * minRequests;
