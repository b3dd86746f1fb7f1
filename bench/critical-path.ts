/** What a job, or a wait that counts as one, takes. */
export interface Timed {
  /** Seconds; undefined where nobody has measured it. */
  readonly seconds?: number;
  /** Where the figure is from. */
  readonly basis: string;
}

/** A step of a path. */
export interface OnPath extends Timed {
  readonly id: string;
}

interface Jobs {
  readonly jobs: Readonly<Record<string, { readonly needs?: readonly string[] }>>;
}

/**
 * The chain of jobs, each of which waits for the one before, that takes longest up to a job. What nobody has measured counts as nothing and
 * stays on the path with that said, so the sum is what is known. Pure.
 */
export function criticalPath(workflow: Jobs, to: string, times: Readonly<Record<string, Timed>>): OnPath[] {
  const needs = workflow.jobs[to]?.needs ?? [];
  const [longest = []] = needs
    .map((id) => criticalPath(workflow, id, times))
    // Of two that are known to take as long, the one with more on it.
    .sort((one, other) => secondsOf(other) - secondsOf(one) || other.length - one.length);
  return [...longest, { id: to, ...(times[to] ?? { basis: "unknown" }) }];
}

export const secondsOf = (path: readonly Timed[]): number => path.reduce((sum, { seconds = 0 }) => sum + seconds, 0);
