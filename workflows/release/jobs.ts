import { readFileSync } from "node:fs";
import { mail, runUrl, secret } from "../cd/deploy.ts";
import { checkout } from "../ci/steps.ts";
import { uses } from "../model/uses.ts";
import type { Condition, Job, Step } from "../model/workflow.ts";
import { scriptsOf, shared } from "../scripts.ts";
import { cliffConfig } from "./changelog.ts";
import type { ReleasedFiles, ReleaseSettings } from "./settings.ts";

const script = scriptsOf("release");
const requirements = readFileSync(new URL("requirements.txt", import.meta.url), "utf8");

const environment = "release";
const token = { GITHUB_TOKEN: "${{ steps.app.outputs.token }}" };
const version = { VERSION: "${{ needs.find.outputs.version }}" };
const artifact = (name: string, path = "slipway-release"): Step[] => [
  uses("actions/download-artifact", { name: "Get what was made", with: { name, path } }),
];
const keep = (name: string, path = "slipway-release"): Step =>
  uses("actions/upload-artifact", {
    name: "Keep it",
    with: { name, path, "if-no-files-found": "error", "retention-days": 14 },
  });

/** What a run's own token pushes starts no workflow (googleapis/release-please#1142): neither checks of a request nor cd.yml. */
const login = (pullRequests: boolean): Step =>
  uses("actions/create-github-app-token", {
    name: "Log in as the release App",
    id: "app",
    with: {
      "client-id": "${{ vars.RELEASE_APP_CLIENT_ID }}",
      "private-key": "${{ secrets.RELEASE_APP_PRIVATE_KEY }}",
      "permission-contents": "write",
      ...(pullRequests ? { "permission-pull-requests": "write" as const } : {}),
    },
  });

/** Everything is worked out where there is no secret: git-cliff sees neither a key nor a token that may write. */
export function plan({ versionFiles, develop }: ReleaseSettings, when: Condition): Job {
  const from = develop ? "${{ inputs.from }}" : "main";
  return {
    name: "Plan the release",
    when,
    minutes: 10,
    outputs: { version: "${{ steps.plan.outputs.version }}", base: "${{ steps.plan.outputs.base }}" },
    steps: [
      checkout("to read what has changed", "all", from),
      script("plan", {
        name: "Find the version, and write the changelog",
        id: "plan",
        env: {
          WANTED: "${{ inputs.version }}",
          FROM: from,
          VERSION_FILES: versionFiles.join(" "),
          CLIFF_CONFIG: cliffConfig(),
          CLIFF_REQUIREMENTS: requirements,
        },
      }),
      keep("plan"),
    ],
  };
}

export function propose(when: Condition): Job {
  return {
    name: "Propose the release",
    when,
    needs: ["plan"],
    environment,
    lane: environment,
    minutes: 10,
    steps: [
      ...artifact("plan"),
      login(true),
      script("propose", {
        name: "Open a pull request to main",
        env: { ...token, VERSION: "${{ needs.plan.outputs.version }}", BASE: "${{ needs.plan.outputs.base }}" },
      }),
    ],
  };
}

export function find({ versionFiles }: ReleaseSettings, when: Condition): Job {
  return {
    name: "Find what was merged",
    when,
    minutes: 5,
    outputs: { version: "${{ steps.find.outputs.version }}", new: "${{ steps.find.outputs.new }}" },
    steps: [
      checkout("to read version and changelog", "all"),
      script("find", {
        name: "Is it a release?",
        id: "find",
        env: { VERSION_FILES: versionFiles.join(" "), BEFORE: "${{ github.event.before }}" },
      }),
    ],
  };
}

/** Whoever can change the code can change what is built: that job can't sign, publish or read a key. */
export function files({ command, folder, minutes }: ReleasedFiles, when: Condition): Job {
  return {
    name: "Build Files",
    when,
    needs: ["find", "ready"],
    minutes,
    steps: [
      checkout("to build what is released"),
      { name: "Build", run: command, env: version },
      keep("files", folder),
    ],
  };
}

export function assets({ files }: ReleaseSettings, when: Condition): Job {
  const name = { NAME: "${{ github.event.repository.name }}" };
  return {
    name: "Build Assets",
    when,
    needs: ["find", "ready", ...(files === undefined ? [] : ["files"])],
    minutes: 10,
    steps: [
      checkout("to archive the source"),
      script("archive", { name: "Source archive", env: { ...name, ...version } }),
      ...(files === undefined ? [] : artifact("files", "slipway-release/assets")),
      uses("actions/attest", {
        name: "Attest where it was made",
        id: "attest",
        token: {
          "id-token": ["write", "to prove to sigstore which workflow signs"],
          attestations: ["write", "to keep what is attested"],
        },
        with: { "subject-path": "slipway-release/assets/*" },
      }),
      script("sums", {
        name: "SHA256 checksums",
        env: { ...name, ...version, BUNDLE: "${{ steps.attest.outputs.bundle-path }}" },
      }),
      keep("assets"),
    ],
  };
}

export function create(when: Condition): Job {
  return {
    name: "Create Release",
    when,
    needs: ["find", "assets"],
    environment,
    lane: environment,
    minutes: 15,
    outputs: { url: "${{ steps.create.outputs.url }}" },
    steps: [
      ...artifact("assets"),
      login(false),
      script("create", {
        name: "Draft, upload, read back, tag, publish",
        id: "create",
        env: { ...token, ...version },
      }),
    ],
  };
}

export function backMerge(when: Condition): Job {
  return {
    name: "Merge back into develop",
    when,
    needs: ["find", "create"],
    environment,
    lane: environment,
    minutes: 10,
    steps: [
      login(true),
      script("back-merge", { name: "Merge, or open a pull request", env: { ...token, ...version } }),
    ],
  };
}

/** Also when it failed: somebody waits for it. */
export function notify(needs: readonly string[], when: Condition): Job {
  const what = "v${{ needs.find.outputs.version }} of ${{ github.repository }}";
  return {
    name: "Notify",
    when: { ...when, after: "end", outputs: { "find.new": "true" } },
    needs,
    environment,
    minutes: 5,
    steps: [
      shared("notify", {
        name: "Slack and e-mail",
        env: {
          SUBJECT: `${what} \${{ needs.create.outputs.url && 'is released' || 'was not released' }}`,
          TEXT: `${what} \${{ needs.create.outputs.url && format('is released: {0}', needs.create.outputs.url) || 'was not released.' }} ${runUrl}`,
          ...secret("SLACK_WEBHOOK_URL"),
          ...mail,
        },
      }),
    ],
  };
}
