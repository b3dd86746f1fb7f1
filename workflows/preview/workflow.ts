import { stateAccess, runUrl } from "../cd/deploy.ts";
import { defaultCdSettings } from "../cd/settings.ts";
import { checkout } from "../ci/steps.ts";
import { uses } from "../model/uses.ts";
import type { Condition, EnvironmentPolicy, Job, Workflow } from "../model/workflow.ts";
import { scriptsOf } from "../scripts.ts";

const script = scriptsOf("preview");
const token = { GITHUB_TOKEN: "${{ github.token }}" };

/** What differs between services whose preview.yml is otherwise the same. */
export interface PreviewSettings {
  /** Folder of the Slipway program in the service's repository. */
  readonly stackFolder: string;
  /** Its name in Pulumi.yaml. */
  readonly project: string;
  readonly stacks: readonly string[];
}

/** The sample service's. */
export const defaultPreviewSettings: PreviewSettings = {
  stackFolder: defaultCdSettings.stackFolder,
  project: "slipway",
  stacks: ["staging", "production"],
};

/** It holds what reads and decrypts the state, and no key to a host. A pull request is judged by the reference of its merge. */
export const previewEnvironments: readonly EnvironmentPolicy[] = [
  { name: "preview", kind: "read", branches: ["main", "refs/pull/*/merge"], tags: [] },
];

interface Asked {
  readonly name: string;
  readonly when: Condition;
  /** Commit whose stack file is previewed, and the one whose program does it. */
  readonly head: string;
  readonly base?: string;
}

/** The program is the base's: nobody's unreviewed program runs beside what decrypts the state. */
function preview({ stackFolder, stacks }: PreviewSettings, { name, when, head, base }: Asked): Job {
  return {
    name,
    when,
    environment: "preview",
    matrix: { stack: stacks },
    minutes: 20,
    env: { STACK: "${{ matrix.stack }}", STACK_FOLDER: stackFolder },
    steps: [
      checkout("to read the program, and the request's stack file", "newest", base),
      script("stack-file", { name: "Take the request's stack file", env: { ...token, HEAD_SHA: head } }),
      script("preview", { name: "Preview", env: stateAccess }),
      uses("actions/upload-artifact", {
        name: "Keep it",
        when: "end",
        with: {
          name: "preview-${{ matrix.stack }}",
          path: "slipway-preview",
          "if-no-files-found": "warn",
          "retention-days": 14,
        },
      }),
    ],
  };
}

/** It checks out nothing, and takes what the preview wrote for somebody else's. */
function comment({ project, stacks }: PreviewSettings, when: Condition): Job {
  return {
    name: "Comment",
    when: { ...when, after: "end" },
    needs: ["preview", "asked"],
    minutes: 5,
    steps: [
      uses("actions/download-artifact", { name: "Get the previews", with: { pattern: "preview-*", path: "previews" } }),
      script("comment", {
        name: "Write or renew one comment a stack",
        token: { "pull-requests": ["write", "to find the pull request and comment on it"] },
        env: {
          ...token,
          HEAD_SHA: "${{ github.event.pull_request.head.sha || inputs.sha }}",
          PREVIEWED: "${{ needs.preview.result != 'skipped' || needs.asked.result != 'skipped' }}",
          PROJECT: project,
          STACKS: stacks.join(" "),
          RUN_URL: runUrl,
        },
      }),
    ],
  };
}

/** What pull requests to the stack would change, as one comment a stack. Forks' commits only when a maintainer names one. */
export function previewWorkflow(changes: Partial<PreviewSettings> = {}): Workflow {
  const settings = { ...defaultPreviewSettings, ...changes };
  return {
    file: "preview.yml",
    name: "Preview",
    on: {
      pullRequestsTo: ["main"],
      dispatch: {
        sha: {
          description: "newest commit of the pull request, all 40 digits: of a fork after looking at it",
          required: true,
        },
      },
    },
    concurrency: { group: "preview-${{ github.event.pull_request.number || inputs.sha }}", cancels: true },
    environments: previewEnvironments,
    jobs: {
      preview: preview(settings, {
        name: "Preview",
        when: { events: ["pull_request"], trusted: true },
        head: "${{ github.event.pull_request.head.sha }}",
        base: "${{ github.event.pull_request.base.sha }}",
      }),
      asked: preview(settings, {
        name: "Preview as asked",
        when: { events: ["workflow_dispatch"], refPrefix: "refs/heads/main" },
        head: "${{ inputs.sha }}",
      }),
      comment: comment(settings, { trusted: true }),
    },
  };
}
