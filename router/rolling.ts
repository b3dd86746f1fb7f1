import type { Release, Running } from "./ledger.ts";

/** How traffic gets from one slot to the other: by rising shares of all replicas, or replica by replica. */
export const strategies = ["blue-green", "rolling"] as const;
export type Strategy = (typeof strategies)[number];

/** How many replicas of the new and of the old slot have traffic, each slot's first ones. */
export interface Serving {
  readonly fresh: number;
  readonly old: number;
}

type Width = Pick<Release, "replicas">;

/** As many steps as the wider of both releases has replicas. */
const stepsOf = (fresh: Width, old: Width): number => Math.max(fresh.replicas, old.replicas);

/**
 * Who has traffic after so many steps. Each step brings one new replica in as long as there are any left, and takes one old replica
 * out as soon as those that are left are no more than the steps to go.
 *
 * | replicas, old → new | after each step, new + old        |
 * | ------------------- | --------------------------------- |
 * | 3 → 3               | 1 + 2, 2 + 1, 3 + 0               |
 * | 2 → 4               | 1 + 2, 2 + 2, 3 + 1, 4 + 0        |
 * | 4 → 2               | 1 + 3, 2 + 2, 2 + 1, 2 + 0        |
 *
 * So as many serve as before until every new replica does, and never fewer than the narrower release has: with one replica broken,
 * never fewer than n - 1.
 *
 * @param taken steps so far, from 0
 */
export function servingAfter(taken: number, fresh: Width, old: Width): Serving {
  return {
    fresh: freshAfter(taken, fresh),
    old: Math.min(old.replicas, stepsOf(fresh, old) - taken),
  };
}

/** The new slot's share of traffic after each step, in percent; all replicas weigh alike. */
export function rollingShares(fresh: Width, old: Width): number[] {
  return Array.from({ length: stepsOf(fresh, old) }, (_, index) => {
    const serving = servingAfter(index + 1, fresh, old);
    return Math.round((100 * serving.fresh) / (serving.fresh + serving.old));
  });
}

/** How many replicas of the new slot have traffic after so many steps. */
export const freshAfter = (taken: number, { replicas }: Width): number => Math.min(taken, replicas);

/** A share for people: `10 %`, or `1 of 3 replicas (33 %)` if it is known how many of the release's replicas have traffic. */
export const shareText = (percent: number, { replicas }: Width, fresh?: number): string =>
  fresh === undefined ? `${percent} %` : `${fresh} of ${replicas} replicas (${percent} %)`;

/** How far a rollout is, for people. */
export const describeShare = ({ rolling, step, percent, release }: Running): string =>
  shareText(percent, release, rolling && freshAfter(step + 1, release));
