import { ready } from "../cd/build.ts";
import type { EnvironmentPolicy, Workflow } from "../model/workflow.ts";
import { assets, backMerge, create, files, find, notify, plan, propose } from "./jobs.ts";
import { defaultReleaseSettings, type ReleaseSettings } from "./settings.ts";

/** Only what was reviewed for main reaches the App's key: what a release is made of is data to it. */
export const releaseEnvironments: readonly EnvironmentPolicy[] = [
  { name: "release", kind: "deploy", branches: ["main"], tags: [] },
];

/**
 * The guide's release.yml, in two halves. A dispatch proposes a version: a pull request to main with the version files and the changelog.
 * Its merge releases it: a tag, which starts cd.yml, and a release on GitHub; then main is merged back into develop, where there is one.
 */
export function releaseWorkflow(changes: Partial<ReleaseSettings> = {}): Workflow {
  const settings: ReleaseSettings = { ...defaultReleaseSettings, ...changes };
  const asked = { events: ["workflow_dispatch"] } as const;
  const merged = { events: ["push"] } as const;
  const released = {
    find: find(settings, merged),
    ready: { ...ready(settings), needs: ["find"], when: { ...merged, outputs: { "find.new": "true" } } },
    ...(settings.files === undefined ? {} : { files: files(settings.files, merged) }),
    assets: assets(settings, merged),
    create: create(merged),
    ...(settings.develop ? { "back-merge": backMerge(merged) } : {}),
  };
  return {
    file: "release.yml",
    name: "Release",
    on: {
      push: { branches: ["main"] },
      dispatch: {
        version: { description: "major, minor, patch, or a version such as 1.2.0", required: true },
        ...(settings.develop
          ? { from: { description: "develop; main after a hotfix", options: ["develop", "main"], required: true } }
          : {}),
      },
    },
    // Each run goes to its end; jobs that write have a lane.
    concurrency: { group: "release-${{ github.run_id }}", cancels: false },
    environments: releaseEnvironments,
    jobs: {
      plan: plan(settings, asked),
      propose: propose({ ...asked, refPrefix: "refs/heads/main" }),
      ...released,
      notify: notify(Object.keys(released), merged),
    },
  };
}
