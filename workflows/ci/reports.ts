import { uses } from "../model/uses.ts";
import type { Job, Step } from "../model/workflow.ts";
import type { CiSettings } from "./settings.ts";
import { checkout, script } from "./steps.ts";

/** Runs nothing of the repository: it alone may prove to Codecov who it is. */
export function coverage(): Job {
  return {
    name: "Coverage to Codecov",
    advisory: true,
    needs: ["unit", "integration"],
    minutes: 5,
    steps: [
      checkout("so that Codecov can match paths"),
      uses("actions/download-artifact", { name: "Get the reports", with: { pattern: "coverage-*", path: "reports" } }),
      uses("codecov/codecov-action", {
        name: "Upload",
        token: { "id-token": ["write", "to prove to Codecov which repository this is, without a stored token"] },
        with: {
          directory: "reports",
          // codecov/codecov-action#1435: a fork's run has no identity to prove, and needs none.
          use_oidc:
            "${{ github.event_name != 'pull_request' || github.event.pull_request.head.repo.full_name == github.repository }}",
          fail_ci_if_error: true,
        },
      }),
    ],
  };
}

/** Where the token may not write (forks, Dependabot, merge queue: awslabs/automated-security-helper#303) the scans alone decide. */
export function codeScanning(): Job {
  const upload = (tool: string): Step =>
    uses("github/codeql-action/upload-sarif", {
      name: `Upload what ${tool} found`,
      when: "end",
      token: { "security-events": ["write", "to upload to code scanning"] },
      with: { sarif_file: `reports/sarif-${tool}`, category: tool },
    });
  return {
    name: "Upload to GitHub Security",
    advisory: true,
    needs: ["security", "scan"],
    when: { after: "end", events: ["pull_request", "push"], trusted: true },
    minutes: 10,
    steps: [
      checkout("so that GitHub can match paths"),
      uses("actions/download-artifact", { name: "Get the reports", with: { pattern: "sarif-*", path: "reports" } }),
      upload("bandit"),
      upload("trivy"),
    ],
  };
}

export function safety({ python: version }: CiSettings, environment: string): Job {
  return {
    name: "Safety",
    advisory: true,
    environment,
    when: { events: ["push"] },
    minutes: 10,
    steps: [
      checkout("to read the locked dependencies"),
      uses("actions/setup-python", { name: "Set up Python", with: { "python-version": version } }),
      script("safety", { name: "Safety", env: { SAFETY_API_KEY: "${{ secrets.SAFETY_API_KEY }}" } }),
    ],
  };
}

/** @param jobs ids of those whose results the comment tells */
export function comment(jobs: readonly string[]): Job {
  return {
    name: "Statistics comment",
    advisory: true,
    needs: jobs,
    // A fork's token cannot write; its statistics stand in the summary of the run.
    when: { after: "end", events: ["pull_request"], trusted: true },
    minutes: 5,
    steps: [
      script("comment", {
        name: "Write or renew the one comment",
        token: { "pull-requests": ["write", "to comment on the pull request"] },
        env: {
          GITHUB_TOKEN: "${{ github.token }}",
          PULL_REQUEST: "${{ github.event.pull_request.number }}",
          RESULTS: "${{ toJSON(needs) }}",
          RUN_URL: "${{ github.server_url }}/${{ github.repository }}/actions/runs/${{ github.run_id }}",
        },
      }),
    ],
  };
}
