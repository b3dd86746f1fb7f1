import { actionsApp } from "./check-names.ts";
import { ciWorkflow } from "./ci/workflow.ts";
import { gatedJobs } from "./model/gate.ts";
import { gateProblems } from "./model/rules.ts";
import { checkNames } from "./model/simulate.ts";
import type { Workflow } from "./model/workflow.ts";

export { actionsApp, checkNames };

/** The sample service's ci.yml. */
export const ci: Workflow = ciWorkflow();

/**
 * Every check that a branch can require of its pull requests: the gate, which every ci.yml has under the same name and which reports for
 * all other jobs. What branches require is derived from here and from nothing else.
 */
export function requiredChecks(workflow: Workflow = ci): string[] {
  const gate = workflow.jobs[workflow.gate ?? ""];
  return gate === undefined ? [] : checkNames(gate);
}

/** Every check for which the gate reports: requiring the gate requires each of them. */
export function gatedChecks(workflow: Workflow = ci): string[] {
  return gatedJobs(workflow).flatMap((id) => {
    const job = workflow.jobs[id];
    return job === undefined ? [] : checkNames(job);
  });
}

/** A check that a branch requires. */
export interface RequiredCheck {
  readonly context: string;
  /** Id of the app that must report it. @default whoever does */
  readonly app?: number | undefined;
}

/** {@link requiredChecks}, each reported by GitHub Actions. */
export const gateChecks = (): RequiredCheck[] => requiredChecks().map((context) => ({ context, app: actionsApp }));

/**
 * Why GitHub would wait for ever for a check (CFWorker4AliCDT#15), or take anybody's word for it; empty if neither.
 *
 * @param known checks that are reported, and by which app
 * @returns one line a check
 */
export function checkProblems(
  checks: readonly RequiredCheck[],
  known: readonly RequiredCheck[] = gateChecks(),
): string[] {
  return checks.flatMap(({ context, app }) => {
    const named = known.filter((each) => each.context === context);
    const [first] = named;
    if (first === undefined) {
      const names = known.map((each) => each.context).join(", ");
      return [`no job reports the check "${context}", so no merge would ever pass; jobs report ${names}`];
    }
    if (named.some((each) => each.app === app)) return [];
    const who = app === undefined ? "anybody who can write" : `app ${app}`;
    const by = first.app === actionsApp ? `GitHub Actions, app ${actionsApp}` : `app ${first.app ?? "any"}`;
    return [`the check "${context}" could be reported by ${who}; pin it to ${by}`];
  });
}

/**
 * Why requiring a workflow's gate on a branch would block every merge, or let one through; empty if it does neither.
 *
 * @returns one line a reason
 */
export function deadlocks(workflow: Workflow, branch: string): string[] {
  return [
    ...(workflow.on.pullRequestsTo?.includes(branch) === true
      ? []
      : [`${workflow.file} does not run for pull requests to ${branch}`]),
    ...(workflow.gate === undefined ? [`${workflow.file} has no gate`] : gateProblems(workflow)),
  ];
}
