import { runUrl, secret } from "../cd/deploy.ts";
import { defaultCdSettings } from "../cd/settings.ts";
import { checkout } from "../ci/steps.ts";
import { driftEnvironments } from "../drift/workflow.ts";
import { uses } from "../model/uses.ts";
import type { Workflow } from "../model/workflow.ts";
import { scriptsOf, shared } from "../scripts.ts";

const script = scriptsOf("checklist");
const onMain = { refPrefix: "refs/heads/main" } as const;

/** What differs between services whose checklist.yml is otherwise the same. */
export interface ChecklistWorkflowSettings {
  /** Folder of the Slipway program in the service's repository. */
  readonly stackFolder: string;
  readonly stacks: readonly string[];
  /** When it looks: cron, in UTC. */
  readonly schedule: string;
}

/** The sample service's. */
export const defaultChecklistSettings: ChecklistWorkflowSettings = {
  stackFolder: defaultCdSettings.stackFolder,
  stacks: ["staging", "production"],
  schedule: "41 5 * * 1",
};

/** Looks every week whether the bootstrap checklist still holds, and keeps one issue that says what does not. It only looks. */
export function checklistWorkflow(changes: Partial<ChecklistWorkflowSettings> = {}): Workflow {
  const { stackFolder, stacks, schedule } = { ...defaultChecklistSettings, ...changes };
  return {
    file: "checklist.yml",
    name: "Checklist",
    on: { schedule, dispatch: {} },
    concurrency: { group: "checklist", cancels: false },
    environments: driftEnvironments,
    jobs: {
      look: {
        name: "Look",
        when: onMain,
        environment: "observe",
        matrix: { stack: stacks },
        minutes: 15,
        env: { STACK: "${{ matrix.stack }}", STACK_FOLDER: stackFolder },
        steps: [
          checkout("to read the stack"),
          script("look", {
            name: "Look",
            // A job's own token sees no administration.
            env: { GITHUB_TOKEN: "${{ secrets.OBSERVE_GITHUB_TOKEN }}", ...secret("SSH_PRIVATE_KEY") },
          }),
          uses("actions/upload-artifact", {
            name: "Keep what was found",
            with: {
              name: "checklist-${{ matrix.stack }}",
              path: "checklist",
              "if-no-files-found": "error",
              "retention-days": 14,
            },
          }),
        ],
      },
      tell: {
        name: "Tell",
        when: { ...onMain, after: "end" },
        needs: ["look"],
        minutes: 5,
        steps: [
          uses("actions/download-artifact", {
            name: "Get what was found",
            with: { pattern: "checklist-*", path: "found" },
          }),
          script("tell", {
            name: "Open, renew or close the one issue",
            token: { issues: ["write", "to keep the issue"] },
            env: { GITHUB_TOKEN: "${{ github.token }}", STACKS: stacks.join(" "), RUN_URL: runUrl },
          }),
        ],
      },
    },
  };
}

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
