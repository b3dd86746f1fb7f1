import { gateName } from "../check-names.ts";
import { gatedJobs, withGate } from "../model/gate.ts";
import type { Job, Workflow } from "../model/workflow.ts";
import { image, integration, lint, scan, security, unit } from "./jobs.ts";
import { quality } from "./pull-request.ts";
import { codeScanning, comment, coverage, safety } from "./reports.ts";
import { defaultCiSettings, type CiSettings } from "./settings.ts";

/** A newer push to a pull request replaces the older run. Every commit of a branch keeps its own: what is deployed needs its gate. */
export const newestOfPullRequest = {
  group: "ci-${{ github.event_name == 'pull_request' && github.ref || github.sha }}",
  cancels: "${{ github.event_name == 'pull_request' }}",
} as const satisfies Workflow["concurrency"];

/** The guide's ci.yml: one gate reports for everything that has to be green. */
export function ciWorkflow(changes: Partial<CiSettings> = {}): Workflow {
  const settings: CiSettings = { ...defaultCiSettings, ...changes };
  const jobs: Record<string, Job> = {
    lint: lint(settings),
    unit: unit(settings),
    integration: integration(settings),
    security: security(settings),
    image: image(settings),
    scan: scan(settings),
    quality: quality(settings),
    ...(settings.codecov ? { coverage: coverage() } : {}),
    ...(settings.codeScanning ? { "code-scanning": codeScanning() } : {}),
    ...(settings.safety === undefined ? {} : { safety: safety(settings, settings.safety) }),
  };
  const workflow: Workflow = {
    file: "ci.yml",
    name: "CI",
    on: {
      pullRequestsTo: ["main", "develop"],
      push: { branches: ["main", "develop"] },
      mergeQueue: true,
    },
    concurrency: newestOfPullRequest,
    // GitHub would make one that is not declared, open to all.
    ...(settings.safety === undefined
      ? {}
      : { environments: [{ name: settings.safety, kind: "read", branches: ["main", "develop"], tags: [] }] }),
    jobs,
  };
  return withGate({ ...workflow, jobs: { ...jobs, comment: comment(gatedJobs(workflow)) } }, gateName);
}
