import { median, share, span, type Stretch } from "./delivery.ts";

/** One attempt of a build: who runs it again makes another one. */
export interface BuildAttempt {
  readonly run: number;
  /** From 1. */
  readonly attempt: number;
  readonly startedAt: string;
  readonly endedAt: string;
  /** As GitHub says it; null while it runs. */
  readonly conclusion: string | null;
}

/** How builds went. Null where there is nothing that it could be said of. */
export interface Builds {
  /** Attempts that came to a result. One that was cancelled or skipped came to none. */
  readonly attempts: number;
  readonly succeeded: number;
  /** From 0 to 1. */
  readonly successRate: number | null;
  readonly meanSeconds: number | null;
  readonly medianSeconds: number | null;
}

const failures: readonly (string | null)[] = ["failure", "timed_out", "startup_failure"];

/** @param attempts in any order, each once or more; one belongs to the stretch by its end */
export function builds(attempts: readonly BuildAttempt[], { since, until }: Stretch): Builds {
  const unique = new Map(attempts.map((each) => [`${String(each.run)} ${String(each.attempt)}`, each]));
  const counted = [...unique.values()].filter(({ conclusion, endedAt }) => {
    const isOver = conclusion === "success" || failures.includes(conclusion);
    return isOver && Date.parse(endedAt) >= since && Date.parse(endedAt) < until;
  });
  const times = counted.map(({ startedAt, endedAt }) => (Date.parse(endedAt) - Date.parse(startedAt)) / 1_000);
  const succeeded = counted.filter(({ conclusion }) => conclusion === "success").length;
  return {
    attempts: counted.length,
    succeeded,
    successRate: counted.length === 0 ? null : succeeded / counted.length,
    meanSeconds: times.length === 0 ? null : times.reduce((sum, time) => sum + time, 0) / times.length,
    medianSeconds: median(times),
  };
}

/** Each figure's name, and what it is, in words. */
export function buildRows({
  attempts,
  succeeded,
  successRate,
  meanSeconds,
  medianSeconds,
}: Builds): [string, string][] {
  const none = "none: no build came to a result";
  return [
    [
      "build success rate",
      successRate === null ? none : `${share(successRate)}: ${String(succeeded)} of ${String(attempts)}`,
    ],
    [
      "build time",
      meanSeconds === null || medianSeconds === null
        ? none
        : `mean ${span(meanSeconds)}, median ${span(medianSeconds)}`,
    ],
  ];
}
