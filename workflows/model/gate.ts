import { readFileSync } from "node:fs";
import { eventsOf, type EventName, type Job, type Workflow } from "./workflow.ts";

const script = readFileSync(new URL("gate.sh", import.meta.url), "utf8");

/** Events for which a job may be skipped and its workflow be good all the same, by job id. */
export type AllowedSkips = Readonly<Record<string, readonly EventName[]>>;

/** Jobs that have to be good: all but the advisory ones. */
export function gatedJobs({ jobs, gate }: Workflow): string[] {
  return Object.keys(jobs).filter((id) => id !== gate && jobs[id]?.advisory !== true);
}

/** A job is expected to be skipped for the events that its own condition leaves out, and for no other reason. Pure. */
export function allowedSkips(workflow: Workflow): AllowedSkips {
  const events = eventsOf(workflow);
  return Object.fromEntries(
    gatedJobs(workflow)
      .map((id) => [id, workflow.jobs[id]?.when?.events] as const)
      .flatMap(([id, only]) => (only === undefined ? [] : [[id, events.filter((event) => !only.includes(event))]])),
  );
}

/**
 * The workflow with one more job, which reports for all others that are not advisory. It is the only check that branches require: it always
 * runs and has a fixed name, whatever matrices and conditions the others have (wafflebase#807, CFWorker4AliCDT#15).
 */
export function withGate(workflow: Workflow, name: string): Workflow {
  const gate: Job = {
    name,
    needs: gatedJobs(workflow),
    when: { after: "always" },
    minutes: 5,
    steps: [
      {
        name: "Every job has succeeded, or has nothing to do for this event",
        env: { RESULTS: "${{ toJSON(needs) }}", MAY_BE_SKIPPED: JSON.stringify(allowedSkips(workflow)) },
        run: script,
      },
    ],
  };
  return { ...workflow, gate: "gate", jobs: { ...workflow.jobs, gate } };
}
