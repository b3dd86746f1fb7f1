import { runUrl } from "./cd/deploy.ts";
import { checkout } from "./ci/steps.ts";
import { uses } from "./model/uses.ts";
import type { EnvironmentPolicy, Workflow } from "./model/workflow.ts";
import { scriptsOf } from "./scripts.ts";

/** A branch whose jobs may look. */
export const onMain = { refPrefix: "refs/heads/main" } as const;

/** What differs between services whose workflow is otherwise the same. */
export interface LookingSettings {
  /** Folder of the Slipway program in the service's repository. */
  readonly stackFolder: string;
  readonly stacks: readonly string[];
  /** When it looks: cron, in UTC. */
  readonly schedule: string;
}

const observe: readonly EnvironmentPolicy[] = [{ name: "observe", kind: "read", branches: ["main"], tags: [] }];

/**
 * A workflow that looks at stacks by the clock and keeps one issue that says what it found. It only looks.
 *
 * @param topic its folder below `workflows/`, with the scripts `look` and `tell`; what it keeps and its file are named after it
 * @param env what `look` needs beside a token that sees administration
 */
export function keptIssue(
  topic: string,
  { name, env }: { readonly name: string; readonly env: Readonly<Record<string, string>> },
  { stackFolder, stacks, schedule }: LookingSettings,
): Workflow {
  const script = scriptsOf(topic);
  return {
    file: `${topic}.yml`,
    name,
    on: { schedule, dispatch: {} },
    concurrency: { group: topic, cancels: false },
    environments: observe,
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
          // A job's own token sees no administration.
          script("look", { name: "Look", env: { ...env, GITHUB_TOKEN: "${{ secrets.OBSERVE_GITHUB_TOKEN }}" } }),
          uses("actions/upload-artifact", {
            name: "Keep what was found",
            with: {
              name: `${topic}-\${{ matrix.stack }}`,
              path: topic,
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
            with: { pattern: `${topic}-*`, path: "found" },
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
