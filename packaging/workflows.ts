import { gateName } from "../workflows/check-names.ts";
import { checkout } from "../workflows/ci/steps.ts";
import { newestOfPullRequest } from "../workflows/ci/workflow.ts";
import { withGate } from "../workflows/model/gate.ts";
import { renderWorkflow } from "../workflows/model/render.ts";
import type { Job, Workflow } from "../workflows/model/workflow.ts";
import { releaseWorkflow } from "../workflows/release/workflow.ts";
import { serviceFiles } from "../workflows/rendered-files.ts";

const make = (target: string, name: string, minutes: number, history?: "all"): Job => ({
  name,
  minutes,
  steps: [checkout("to build and test", history), { name, run: `make ${target}` }],
});

/** Slipway's own ci.yml: the two commands that a contributor runs. Tests upgrade from earlier versions, which are in the history. */
export const ownCi: Workflow = withGate(
  {
    file: "ci.yml",
    name: "CI",
    on: { pullRequestsTo: ["main"], push: { branches: ["main"] }, mergeQueue: true },
    concurrency: newestOfPullRequest,
    jobs: { check: make("check", "Lint, types and unit tests", 30), test: make("test", "All tests", 120, "all") },
  },
  gateName,
);

/** Slipway's own release.yml: the package that `slipway init` is called from, with the list of what is in it. */
export const ownRelease: Workflow = releaseWorkflow({
  versionFiles: ["package.json"],
  develop: false,
  // The gate is as long as ci.yml.
  gateMinutes: 150,
  files: {
    command:
      "sh toolchain/install.sh\nnpm run --silent package\nmkdir dist\nmv .package/*.tgz .package/*.cdx.json dist\n",
    folder: "dist",
    minutes: 15,
  },
});

/** Every rendered file of this repository by its path: Slipway's own, and the sample service's. Tests hold each of them to its model. */
export const renderedFiles = (): Readonly<Record<string, string>> => ({
  ".github/workflows/ci.yml": renderWorkflow(ownCi),
  ".github/workflows/release.yml": renderWorkflow(ownRelease),
  ...Object.fromEntries(Object.entries(serviceFiles()).map(([path, text]) => [`examples/ape-2026/${path}`, text])),
});
