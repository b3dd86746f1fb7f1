import { holds, type Situation } from "./condition.ts";
import { ancestors, refMatches, starts } from "./simulate.ts";
import type { EnvironmentPolicy, Workflow } from "./workflow.ts";

/** One row of the table: a job that asks for an environment in a situation. */
export interface Reach {
  readonly workflow: string;
  readonly job: string;
  readonly situation: string;
  readonly environment: string;
  /** Whether GitHub lets it in. It judges the run's own ref: for a pull request that is `refs/pull/7/merge`. */
  readonly enters: boolean;
}

const pullRequest = { event: "pull_request", ref: "refs/pull/7/merge" } as const;

/** One of each kind of situation that a policy or a condition could tell apart. Dispatches come with every choice of inputs. */
export const situations: Readonly<Record<string, Situation>> = {
  "push to main": { event: "push", ref: "refs/heads/main" },
  "push to develop": { event: "push", ref: "refs/heads/develop" },
  "push to feature/x": { event: "push", ref: "refs/heads/feature/x" },
  "push of tag v1.2.3": { event: "push", ref: "refs/tags/v1.2.3" },
  "push of tag nightly": { event: "push", ref: "refs/tags/nightly" },
  "pull request to main": { ...pullRequest, base: "main" },
  "pull request to develop": { ...pullRequest, base: "develop" },
  "pull request to main from a fork": { ...pullRequest, base: "main", fork: true },
  "pull request to main by Dependabot": { ...pullRequest, base: "main", dependabot: true },
  "merge queue of main": { event: "merge_group", ref: "refs/heads/gh-readonly-queue/main/pr-7", base: "main" },
  "dispatch at main": { event: "workflow_dispatch", ref: "refs/heads/main" },
  "dispatch at feature/x": { event: "workflow_dispatch", ref: "refs/heads/feature/x" },
  "dispatch at tag v1.2.3": { event: "workflow_dispatch", ref: "refs/tags/v1.2.3" },
  schedule: { event: "schedule", ref: "refs/heads/main" },
};

const isReleaseTag = (ref: string): boolean => ref.startsWith("refs/tags/") && refMatches("v*.*.*", ref.slice(10));

/** Every job × event × ref that asks for an environment. Pure. */
export function reachTable(workflow: Workflow, environments: readonly EnvironmentPolicy[]): Reach[] {
  return Object.entries(situations).flatMap(([name, situation]) =>
    Object.entries(workflow.jobs).flatMap(([job, { environment, when = {} }]) => {
      if (environment === undefined || !starts(workflow, situation)) return [];
      // A person may choose whatever inputs the job asks for.
      const chosen = { ...situation, inputs: when.inputs ?? {} };
      const upstream = ancestors(workflow, job).map((id) => workflow.jobs[id]?.when ?? {});
      const runs = [when, ...(when.after === undefined || when.after === "success" ? upstream : [])].every((each) =>
        holds(each, { ...chosen, inputs: { ...chosen.inputs, ...each.inputs } }),
      );
      if (!runs) return [];
      const policy = environments.find((each) => each.name === environment);
      return [{ workflow: workflow.file, job, situation: name, environment, enters: admits(policy, situation.ref) }];
    }),
  );
}

function admits(policy: EnvironmentPolicy | undefined, ref: string): boolean {
  const patterns = (prefix: string, list: readonly string[]): boolean =>
    list.some((pattern) => refMatches(pattern.startsWith("refs/") ? pattern : `${prefix}${pattern}`, ref));
  return policy !== undefined && (patterns("refs/heads/", policy.branches) || patterns("refs/tags/", policy.tags));
}

/**
 * Why a job could never do its work, or too many could get at production; empty if neither. Pure.
 *
 * @returns one line a problem, with the issue that met it first in the source
 */
export function reachProblems(workflow: Workflow, environments: readonly EnvironmentPolicy[]): string[] {
  const table = reachTable(workflow, environments);
  const asking = Object.entries(workflow.jobs).flatMap(([job, { environment }]) =>
    environment === undefined ? [] : [{ job, environment }],
  );
  const policyOf = (name: string) => environments.find((each) => each.name === name);
  return [
    ...asking
      // CUDly#1896: GitHub makes an environment that is not there, without any rules.
      .filter(({ environment }) => policyOf(environment) === undefined)
      .map(
        ({ job, environment }) =>
          `${job} asks for ${environment}, which is not declared: GitHub would make it, open to all`,
      ),
    ...asking
      .filter(
        ({ job, environment }) =>
          policyOf(environment) !== undefined && !table.some((row) => row.job === job && row.enters),
      )
      .map(({ job, environment }) => `${job} can never enter ${environment}`),
    // ViewComponent/view_component#2703: a dispatch is judged by its own ref, not by the version that it names.
    // A pull request is judged before anybody reviewed it, workflow file and all.
    ...table
      .filter(
        ({ enters, environment, situation }) =>
          enters && situations[situation]?.event === "pull_request" && policyOf(environment)?.kind !== "read",
      )
      .map(
        ({ job, environment, situation }) =>
          `${job} enters ${environment} on ${situation}, and it holds more than what can look`,
      ),
    ...table
      .filter(({ enters, environment }) => !enters && policyOf(environment) !== undefined)
      .map(({ job, environment, situation }) => `${job} runs on ${situation} and ${environment} refuses it`),
    ...table.flatMap((row) => (row.enters ? productionProblems(workflow, row, environments) : [])),
  ].map((problem) => `${workflow.file}: ${problem}`);
}

function productionProblems(workflow: Workflow, row: Reach, environments: readonly EnvironmentPolicy[]): string[] {
  const { job, environment, situation: name } = row;
  const situation = situations[name];
  if (situation === undefined || environments.find((each) => each.name === environment)?.production !== true) return [];
  const approvals = environments.filter(({ kind }) => kind === "approval").map((each) => each.name);
  const approved = ancestors(workflow, job).some((id) => approvals.includes(workflow.jobs[id]?.environment ?? ""));
  return [
    ...(isReleaseTag(situation.ref) ? [] : [`${job} enters ${environment} on ${name}, which is no release tag`]),
    ...(situation.event === "push" && !approved
      ? [`${job} enters ${environment} on ${name} without anybody's approval`]
      : []),
    // vstorm-co/agenticos#1832: a run that waits for approval would hold the lane.
    ...ancestors(workflow, job)
      .filter((id) => approvals.includes(workflow.jobs[id]?.environment ?? "") && workflow.jobs[id]?.lane !== undefined)
      .map((id) => `${id} waits for approval inside the lane ${workflow.jobs[id]?.lane ?? ""}`),
  ];
}
