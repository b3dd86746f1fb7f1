import { runUrl, secret } from "../cd/deploy.ts";
import { defaultCdSettings } from "../cd/settings.ts";
import { checkout } from "../ci/steps.ts";
import { keptIssue, onMain, type LookingSettings } from "../kept-issue.ts";
import type { Workflow } from "../model/workflow.ts";
import { scriptsOf, shared } from "../scripts.ts";

const script = scriptsOf("checklist");

/** The sample service's. */
export const defaultChecklistSettings: LookingSettings = {
  stackFolder: defaultCdSettings.stackFolder,
  stacks: ["staging", "production"],
  schedule: "41 5 * * 1",
};

/** Looks every week whether the bootstrap checklist still holds, and keeps one issue that says what does not. It only looks. */
export const checklistWorkflow = (changes: Partial<LookingSettings> = {}): Workflow =>
  keptIssue(
    "checklist",
    { name: "Checklist", env: secret("SSH_PRIVATE_KEY") },
    { ...defaultChecklistSettings, ...changes },
  );

/** What differs between services whose drill.yml is otherwise the same. */
export interface DrillWorkflowSettings {
  readonly stackFolder: string;
  /** When it drills: cron, in UTC. */
  readonly schedule: string;
}

/** The sample service's. */
export const defaultDrillSettings: DrillWorkflowSettings = {
  stackFolder: defaultCdSettings.stackFolder,
  schedule: "17 6 2 * *",
};

/** Practises a rollback on staging every month, in the lane of its deploys. Never on production. */
export function drillWorkflow(changes: Partial<DrillWorkflowSettings> = {}): Workflow {
  const { stackFolder, schedule } = { ...defaultDrillSettings, ...changes };
  const stack = "staging";
  return {
    file: "drill.yml",
    name: "Rollback drill",
    on: { schedule, dispatch: {} },
    environments: [{ name: stack, kind: "deploy", branches: ["main"], tags: [] }],
    jobs: {
      drill: {
        name: "Drill",
        when: onMain,
        environment: stack,
        lane: stack,
        minutes: 40,
        env: { STACK: stack, STACK_FOLDER: stackFolder },
        steps: [
          checkout("to read the stack"),
          script("drill", { name: "There and back", env: secret("SSH_PRIVATE_KEY") }),
          shared("notify", {
            name: "Say that it failed",
            when: "stopped",
            env: {
              SUBJECT: `the rollback drill on ${stack} failed`,
              TEXT: `${stack}: the rollback drill of \${{ github.repository }} failed. ${runUrl}`,
              ...secret("SLACK_WEBHOOK_URL"),
            },
          }),
        ],
      },
    },
  };
}
