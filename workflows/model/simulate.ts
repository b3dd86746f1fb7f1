import { allowedSkips } from "./gate.ts";
import { holds, type Situation } from "./condition.ts";
import type { Job, Workflow } from "./workflow.ts";

/** What a job came to. */
export type Result = "success" | "failure" | "skipped";

/** Names of the check runs that a job reports when it runs: a matrix reports one for each combination, in GitHub's order. */
export function checkNames({ name, matrix = {} }: Pick<Job, "name" | "matrix">): string[] {
  const combinations = Object.values(matrix).reduce<string[][]>(
    (rows, values) => rows.flatMap((row) => values.map((value) => [...row, value])),
    [[]],
  );
  return combinations.map((values) => (values.length === 0 ? name : `${name} (${values.join(", ")})`));
}

/** Whether a workflow starts. Pure. */
export function starts({ on }: Workflow, { event, ref, base }: Situation): boolean {
  switch (event) {
    case "pull_request":
      return on.pullRequestsTo?.includes(base ?? "") === true;
    case "merge_group":
      return on.mergeQueue === true;
    case "workflow_dispatch":
      return on.dispatch !== undefined;
    case "schedule":
      return on.schedule !== undefined;
    case "push":
      return (
        matches(on.push?.branches, ref, "refs/heads/") === true || matches(on.push?.tags, ref, "refs/tags/") === true
      );
  }
}

function matches(patterns: readonly string[] | undefined, ref: string, prefix: string): boolean | undefined {
  if (!ref.startsWith(prefix)) return undefined;
  return patterns?.some((pattern) => refMatches(pattern, ref.slice(prefix.length)));
}

/** GitHub's patterns of refs, as far as we write them: `*` is any text without a slash. */
export function refMatches(pattern: string, name: string): boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join("[^/]*")}$`).test(name);
}

/**
 * What every job of a run comes to, as GitHub decides it; undefined if the workflow does not start. Pure.
 *
 * @param failing ids of jobs that fail when they run
 */
export function results(
  workflow: Workflow,
  situation: Situation,
  failing: ReadonlySet<string> = new Set(),
): Readonly<Record<string, Result>> | undefined {
  if (!starts(workflow, situation)) return undefined;
  const known = new Map<string, Result>();
  const result = (id: string): Result => {
    const before = known.get(id);
    if (before !== undefined) return before;
    const job = workflow.jobs[id];
    if (job === undefined) throw new Error(`${workflow.file}: a job needs ${id}, which is not there`);
    const found = resultOf(id, job);
    known.set(id, found);
    return found;
  };
  const resultOf = (id: string, job: Job): Result => {
    // success() looks at everything upstream, not at direct needs only.
    const upstream = ancestors(workflow, id).map(result);
    const { after = "success" } = job.when ?? {};
    if (after === "success" && upstream.some((each) => each !== "success")) return "skipped";
    if (!holds(job.when ?? {}, situation)) return "skipped";
    if (id === workflow.gate) return gateResult(workflow, situation, result);
    return failing.has(id) ? "failure" : "success";
  };
  return Object.fromEntries(Object.keys(workflow.jobs).map((id) => [id, result(id)]));
}

function gateResult(workflow: Workflow, { event }: Situation, result: (id: string) => Result): Result {
  const skips = allowedSkips(workflow);
  const needs = workflow.jobs[workflow.gate ?? ""]?.needs ?? [];
  const good = needs.every((id) => {
    const each = result(id);
    return each === "success" || (each === "skipped" && skips[id]?.includes(event) === true);
  });
  return good ? "success" : "failure";
}

/** Every job that has to end before this one starts. */
export function ancestors({ jobs }: Workflow, id: string): string[] {
  const found = new Set<string>();
  const visit = (each: string): void => {
    for (const need of jobs[each]?.needs ?? []) {
      if (found.has(need)) continue;
      found.add(need);
      visit(need);
    }
  };
  visit(id);
  return [...found];
}

/** Check runs of a run, by name. A matrix that is skipped reports its bare name (wafflebase#807). Pure. */
export function reportedChecks(
  workflow: Workflow,
  situation: Situation,
  failing?: ReadonlySet<string>,
): Readonly<Record<string, Result>> {
  return Object.fromEntries(
    Object.entries(results(workflow, situation, failing) ?? {}).flatMap(([id, result]) => {
      const job = workflow.jobs[id];
      if (job === undefined) return [];
      return (result === "skipped" ? [job.name] : checkNames(job)).map((name) => [name, result] as const);
    }),
  );
}
