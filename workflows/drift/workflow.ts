import { stateAccess, runUrl } from "../cd/deploy.ts";
import { defaultCdSettings } from "../cd/settings.ts";
import { checkout } from "../ci/steps.ts";
import { uses } from "../model/uses.ts";
import type { EnvironmentPolicy, Workflow } from "../model/workflow.ts";
import { scriptsOf } from "../scripts.ts";

const script = scriptsOf("drift");

/** What differs between services whose drift.yml is otherwise the same. */
export interface DriftSettings {
  /** Folder of the Slipway program in the service's repository. */
  readonly stackFolder: string;
  readonly stacks: readonly string[];
  /** When it looks: cron, in UTC. */
  readonly schedule: string;
}

/** The sample service's. Its hosts are looked at by every preview. */
export const defaultDriftSettings: DriftSettings = {
  stackFolder: defaultCdSettings.stackFolder,
  stacks: ["governance"],
  schedule: "23 5 * * *",
};

export const driftEnvironments: readonly EnvironmentPolicy[] = [
  { name: "observe", kind: "read", branches: ["main"], tags: [] },
];

/** Looks every day whether somebody changed by hand what a stack declares, and keeps one issue that says what. It never updates. */
export function driftWorkflow(changes: Partial<DriftSettings> = {}): Workflow {
  const { stackFolder, stacks, schedule } = { ...defaultDriftSettings, ...changes };
  const onMain = { refPrefix: "refs/heads/main" } as const;
  return {
    file: "drift.yml",
    name: "Drift",
    on: { schedule, dispatch: {} },
    concurrency: { group: "drift", cancels: false },
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
            env: { ...stateAccess, GITHUB_TOKEN: "${{ secrets.OBSERVE_GITHUB_TOKEN }}" },
          }),
          uses("actions/upload-artifact", {
            name: "Keep what was found",
            with: {
              name: "drift-${{ matrix.stack }}",
              path: "drift",
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
            with: { pattern: "drift-*", path: "found" },
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
