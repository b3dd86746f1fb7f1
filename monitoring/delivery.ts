import type { Digested } from "../router/telling/digest.ts";

/** A stretch of time, its end excluded, in ms since 1970. */
export interface Stretch {
  readonly since: number;
  readonly until: number;
}

/** How a team delivers, by what became of its rollouts. Null where there is nothing that it could be said of. */
export interface Delivery {
  readonly days: number;
  /** New releases that took all traffic and stood their watch. */
  readonly deployments: number;
  readonly perDay: number;
  /** Of the whole weeks of the stretch, counted back from its end. */
  readonly medianPerWeek: number | null;
  /** New releases that got any traffic: deployments, and those that were rejected with some. */
  readonly reachedTraffic: number;
  /** Of them, those that were rejected, or left for what was before. Each once, whatever became of it later. */
  readonly failed: number;
  /** From 0 to 1. */
  readonly changeFailureRate: number | null;
  /** New releases that were rejected without any traffic: nobody has noticed. */
  readonly refusedBeforeTraffic: number;
  readonly recovery: {
    /** Failed ones after which the service was restored. */
    readonly restored: number;
    /** Failed ones after which it is not yet. */
    readonly open: number;
    readonly medianSeconds: number | null;
    readonly meanSeconds: number | null;
  };
}

const dayMs = 86_400_000;
const weekMs = 7 * dayMs;

/**
 * @param rollouts of one host, in any order, each once or more; also those outside the stretch, which say what became of those within
 * @param stretch a rollout belongs to it by its end
 */
export function delivery(rollouts: readonly Digested[], { since, until }: Stretch): Delivery {
  // What was only practised has left things as they were.
  const all = inOrder(rollouts).filter(({ drill }) => !drill);
  const isWithin = ({ endedAt }: Digested) => Date.parse(endedAt) >= since && Date.parse(endedAt) < until;
  const fresh = all.filter((each) => each.kind === "release" && isWithin(each));
  const reached = fresh.filter(({ verdict, reachedPercent }) => verdict === "promoted" || reachedPercent > 0);
  const deployments = fresh.filter(({ verdict }) => verdict === "promoted");
  const failures = reached.flatMap((each) => failureOf(each, all) ?? []);
  const times = failures.flatMap(({ from, to }) => (to === null ? [] : [(to - from) / 1000]));
  const days = (until - since) / dayMs;
  return {
    days,
    deployments: deployments.length,
    perDay: deployments.length / days,
    medianPerWeek: median(perWeek(deployments, { since, until })),
    reachedTraffic: reached.length,
    failed: failures.length,
    changeFailureRate: reached.length === 0 ? null : failures.length / reached.length,
    refusedBeforeTraffic: fresh.length - reached.length,
    recovery: {
      restored: times.length,
      open: failures.length - times.length,
      medianSeconds: median(times),
      meanSeconds: times.length === 0 ? null : times.reduce((sum, time) => sum + time, 0) / times.length,
    },
  };
}

/** A deployment, and when it was promoted. */
export interface Deployment {
  readonly version: string;
  readonly at: string;
}

/** The deployments of a stretch, the oldest first, after the last one before it, if there is one. */
export function deploymentsOf(rollouts: readonly Digested[], { since, until }: Stretch): readonly Deployment[] {
  const all = inOrder(rollouts).filter(({ kind, verdict }) => kind === "release" && verdict === "promoted");
  const first = all.findIndex(({ endedAt }) => Date.parse(endedAt) >= since);
  return (first === -1 ? [] : all.slice(Math.max(0, first - 1)))
    .filter(({ endedAt }) => Date.parse(endedAt) < until)
    .map(({ version, endedAt: at }) => ({ version, at }));
}

/** By their ends, each once: a host that began anew counts its rollouts from 1 again. */
function inOrder(rollouts: readonly Digested[]): Digested[] {
  const unique = new Map(rollouts.map((each) => [`${each.rollout} ${each.startedAt}`, each]));
  const at = ({ endedAt }: Digested) => Date.parse(endedAt);
  return [...unique.values()].sort((a, b) => at(a) - at(b) || a.rollout - b.rollout);
}

/** From when to when users had a release that failed; `to` is null while they still do. Null if it did not fail. */
function failureOf(deployment: Digested, all: readonly Digested[]): { from: number; to: number | null } | null {
  const next = all.slice(all.indexOf(deployment) + 1).find(({ verdict }) => verdict === "promoted");
  const over = next ? Date.parse(next.endedAt) : null;
  const ended = Date.parse(deployment.endedAt);
  if (deployment.verdict === "rejected") {
    // The old slot has everything again by then; a first release had none.
    return { from: Date.parse(deployment.startedAt), to: deployment.from === null ? over : ended };
  }
  const isLeft = next !== undefined && next.kind !== "release" && next.from === deployment.release;
  return isLeft ? { from: ended, to: over } : null;
}

function perWeek(deployments: readonly Digested[], { since, until }: Stretch): number[] {
  const weeks = Math.floor((until - since) / weekMs);
  return Array.from({ length: weeks }, (_, week) => {
    const end = until - week * weekMs;
    return deployments.filter(({ endedAt }) => {
      const at = Date.parse(endedAt);
      return at >= end - weekMs && at < end;
    }).length;
  });
}

/** The middle one, or the middle of two; null without any. */
export function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[Math.floor(sorted.length / 2)]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}

/** For people, a figure a line. */
export const deliveryLines = (rows: readonly (readonly [name: string, text: string])[]): string[] =>
  rows.map(([name, text]) => `  ${name.padEnd(24)}${text}`);

/** Each figure's name, and what it is, in words. */
export function deliveryRows(figures: Delivery): [name: string, text: string][] {
  const { days, deployments, perDay, medianPerWeek, reachedTraffic, failed, changeFailureRate, recovery } = figures;
  const usual = medianPerWeek === null ? "" : `; a usual week has ${rounded(medianPerWeek)}`;
  const open = recovery.open > 0 ? `; ${recovery.open} not restored yet` : "";
  return [
    [
      "deployment frequency",
      `${rounded(perDay)} a day: ${deployments} in ${rounded(days)} ${days === 1 ? "day" : "days"}${usual}`,
    ],
    [
      "change failure rate",
      changeFailureRate === null
        ? "none: nothing reached traffic"
        : `${share(changeFailureRate)}: ${failed} of ${reachedTraffic} that reached traffic`,
    ],
    [
      "time to recover (MTTR)",
      recovery.meanSeconds === null || recovery.medianSeconds === null
        ? `none: nothing had to be restored${open}`
        : `mean ${span(recovery.meanSeconds)}, median ${span(recovery.medianSeconds)} of ${recovery.restored}${open}`,
    ],
    ["refused before traffic", String(figures.refusedBeforeTraffic)],
  ];
}

/** In words: `97 %`. @param value from 0 to 1 */
export const share = (value: number): string => `${rounded(value * 100)} %`;

const rounded = (value: number): string => String(Number(value.toPrecision(3)));

/** In words: `90 s`, `5 min`, `3 h`, `4 days`. */
export function span(seconds: number): string {
  if (seconds < 120) return `${rounded(seconds)} s`;
  if (seconds < 7_200) return `${rounded(seconds / 60)} min`;
  return seconds < 172_800 ? `${rounded(seconds / 3_600)} h` : `${rounded(seconds / 86_400)} days`;
}
