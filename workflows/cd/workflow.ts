import type { EnvironmentPolicy, Workflow } from "../model/workflow.ts";
import { allowedFrom, attest, build, ready, sbom } from "./build.ts";
import { approval, deploy } from "./deploy.ts";
import { defaultCdSettings, type CdSettings } from "./settings.ts";

/** Environments that cd.yml enters, as the repository has to declare them. */
export const cdEnvironments: readonly EnvironmentPolicy[] = [
  { name: "staging", kind: "deploy", branches: ["main"], tags: [] },
  { name: "production-approval", kind: "approval", branches: [], tags: ["v*.*.*"] },
  { name: "production", kind: "deploy", branches: [], tags: ["v*.*.*"], production: true },
];

/** The guide's cd.yml: one digest goes from a tested commit to staging, and with a release tag and a person's yes to production. */
export function cdWorkflow(changes: Partial<CdSettings> = {}): Workflow {
  const settings: CdSettings = { ...defaultCdSettings, ...changes };
  const released = { events: ["push"], refPrefix: "refs/tags/v" } as const;
  const image = ["build", "attest"];
  const gate = ready(settings);
  return {
    file: "cd.yml",
    name: "CD",
    on: {
      push: { branches: ["main"], tags: ["v*.*.*"] },
      dispatch: {
        environment: {
          description: "staging from main; production from the tag of the version to go (back) to",
          options: ["staging", "production"],
          required: true,
        },
      },
    },
    // Each run goes to its end; what must not run side by side has a lane on its job.
    concurrency: { group: "cd-${{ github.run_id }}", cancels: false },
    environments: cdEnvironments,
    jobs: {
      ready: { ...gate, steps: [allowedFrom, ...gate.steps] },
      build: build(settings),
      sbom: sbom(settings),
      attest: attest(settings),
      staging: deploy(settings, {
        name: "Deploy Staging",
        stack: "staging",
        needs: image,
        when: { events: ["push"], refPrefix: "refs/heads/main" },
      }),
      "staging-by-hand": deploy(settings, {
        name: "Deploy Staging by hand",
        stack: "staging",
        needs: image,
        when: { events: ["workflow_dispatch"], refPrefix: "refs/heads/main", inputs: { environment: "staging" } },
      }),
      approval: approval(released),
      production: deploy(settings, {
        name: "Deploy Production",
        stack: "production",
        needs: ["approval", ...image],
        when: released,
      }),
      rollback: deploy(settings, {
        name: "Production by hand",
        stack: "production",
        needs: image,
        back: true,
        when: { events: ["workflow_dispatch"], refPrefix: "refs/tags/v", inputs: { environment: "production" } },
      }),
    },
  };
}
