import { actionReference, type ActionName } from "./actions.ts";
import type { Workflow } from "./model/workflow.ts";

/** Whose actions GitHub's own switch "actions created by GitHub" allows. */
const byGitHub = /^(actions|github)\//;

/** What the repository's Actions policy has to allow for these workflows to run, and no more: each action at its commit. Sorted. Pure. */
export function allowedActions(workflows: readonly Workflow[]): string[] {
  const used = workflows.flatMap(({ jobs }) =>
    Object.values(jobs).flatMap(({ steps }) => steps.flatMap((step) => ("uses" in step ? [step.uses] : []))),
  );
  return [...new Set<ActionName>(used)]
    .filter((action) => !byGitHub.test(action))
    .map(actionReference)
    .sort();
}
