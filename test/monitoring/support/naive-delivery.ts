import type { Delivery } from "../../../monitoring/delivery.ts";
import type { Digested } from "../../../router/telling/digest.ts";

interface Watched {
  readonly isCounted: boolean;
  readonly release: string;
  /** Minutes that users have had it since it failed, or since it was promoted. */
  minutes: number;
  state: "stands" | "failing" | "restored" | "replaced" | "failing-first";
}

/**
 * The same figures as a person would count them who looks at the host every minute, and at nothing else. Shares no code with what it judges.
 *
 * @param begin ms since 1970; `from` and `to` are minutes since then
 */
export function naiveDelivery(rollouts: readonly Digested[], begin: number, from: number, to: number): Delivery {
  const minuteOf = (time: string) => (Date.parse(time) - begin) / 60_000;
  const last = Math.max(0, ...rollouts.map(({ endedAt }) => minuteOf(endedAt)));
  const deployedAt: number[] = [];
  const watched: Watched[] = [];
  let refused = 0;
  let reached = 0;
  for (let minute = 0; minute <= last; minute++) {
    for (const each of watched) if (["stands", "failing-first"].includes(each.state)) each.minutes++;
    const isCounted = minute >= from && minute < to;
    for (const event of rollouts) {
      if (minuteOf(event.endedAt) !== minute) continue;
      if (event.verdict === "promoted") {
        for (const each of watched) {
          if (each.state === "failing-first") each.state = "restored";
          if (each.state === "stands")
            each.state = event.kind !== "release" && event.from === each.release ? "restored" : "replaced";
        }
      }
      if (event.kind !== "release") continue;
      const took = minute - minuteOf(event.startedAt);
      if (event.verdict === "promoted") {
        if (isCounted) deployedAt.push(minute);
        if (isCounted) reached++;
        watched.push({ isCounted, release: event.release, minutes: 0, state: "stands" });
      } else if (event.reachedPercent === 0) {
        if (isCounted) refused++;
      } else {
        if (isCounted) reached++;
        watched.push({
          isCounted,
          release: event.release,
          minutes: took,
          state: event.from === null ? "failing-first" : "restored",
        });
      }
    }
  }
  const own = watched.filter((each) => each.isCounted);
  const restored = own.filter(({ state }) => state === "restored").map(({ minutes }) => minutes * 60);
  const open = own.filter(({ state }) => state === "failing-first").length;
  const weeks: number[] = [];
  for (let end = to; end - 7 * 1440 >= from; end -= 7 * 1440) {
    weeks.push(deployedAt.filter((minute) => minute >= end - 7 * 1440 && minute < end).length);
  }
  const failed = restored.length + open;
  const days = (to - from) / 1440;
  return {
    days,
    deployments: deployedAt.length,
    perDay: deployedAt.length / days,
    medianPerWeek: middle(weeks),
    reachedTraffic: reached,
    failed,
    changeFailureRate: reached > 0 ? failed / reached : null,
    refusedBeforeTraffic: refused,
    recovery: {
      restored: restored.length,
      open,
      medianSeconds: middle(restored),
      meanSeconds: restored.length > 0 ? restored.reduce((sum, each) => sum + each, 0) / restored.length : null,
    },
  };
}

/** Takes the smallest and the largest away until one or two are left. */
function middle(values: number[]): number | null {
  const left = values.toSorted((a, b) => a - b);
  while (left.length > 2) {
    left.pop();
    left.shift();
  }
  return left.length === 0 ? null : left.reduce((sum, each) => sum + each, 0) / left.length;
}
