import { median, span } from "./delivery.ts";

/** A commit, and when it came to the branch. */
export interface Commit {
  readonly sha: string;
  /** The committer's date, which a rebase sets anew. */
  readonly committedAt: string;
}

/** What a deployment brought, beside the one before it. */
export interface Delivered {
  /** When it was promoted. */
  readonly at: string;
  /** Commits that the one before did not have; null where they can't be told. */
  readonly brought: readonly Commit[] | null;
  /** Commits that the one before had and this one has not. */
  readonly lost: readonly Commit[];
}

/** From a commit to the first deployment that has it. */
export interface LeadTime {
  readonly deployments: number;
  /** Deployments of which nobody could tell what they brought: their version has no tag and is no commit. */
  readonly unknown: number;
  readonly commits: number;
  readonly medianSeconds: number | null;
  /** Within which 95 of 100 commits were deployed. */
  readonly p95Seconds: number | null;
}

/** @param delivered deployments that follow each other, the oldest first */
export function leadTime(delivered: readonly Delivered[]): LeadTime {
  const seen = new Set<string>();
  const times: number[] = [];
  for (const { at, brought, lost } of delivered) {
    for (const { sha, committedAt } of brought ?? []) {
      if (seen.has(sha)) continue;
      seen.add(sha);
      // Clocks differ.
      times.push(Math.max(0, (Date.parse(at) - Date.parse(committedAt)) / 1_000));
    }
    // They were deployed before, and may come again.
    for (const { sha } of lost) seen.add(sha);
  }
  const sorted = times.toSorted((a, b) => a - b);
  return {
    deployments: delivered.length,
    unknown: delivered.filter(({ brought }) => brought === null).length,
    commits: times.length,
    medianSeconds: median(times),
    p95Seconds: sorted[Math.ceil(0.95 * sorted.length) - 1] ?? null,
  };
}

/** The figure's name, and what it is, in words. */
export function leadTimeRows({
  deployments,
  unknown,
  commits,
  medianSeconds,
  p95Seconds,
}: LeadTime): [string, string][] {
  const without =
    unknown === 0
      ? ""
      : `; ${String(unknown)} more deployments have no tag or commit of their version, or there is none before them`;
  const text =
    medianSeconds === null || p95Seconds === null
      ? `none: no commit was deployed that was not before${without}`
      : `median ${span(medianSeconds)}, 95 % within ${span(p95Seconds)}: ` +
        `${String(commits)} commits in ${String(deployments - unknown)} deployments${without}`;
  return [["lead time for changes", text]];
}
