import fc from "fast-check";
import { cdWorkflow } from "../../workflows/cd/workflow.ts";
import { checklistWorkflow, drillWorkflow } from "../../workflows/checklist/workflow.ts";
import { defaultCiSettings, type CiSettings } from "../../workflows/ci/settings.ts";
import { driftWorkflow } from "../../workflows/drift/workflow.ts";
import { withGate } from "../../workflows/model/gate.ts";
import type { Situation } from "../../workflows/model/condition.ts";
import type { Condition, Job, Workflow } from "../../workflows/model/workflow.ts";
import { previewWorkflow } from "../../workflows/preview/workflow.ts";
import { releaseWorkflow } from "../../workflows/release/workflow.ts";

const ids = ["a", "b", "c", "d", "e", "f"];

const condition: fc.Arbitrary<Condition> = fc.record(
  {
    events: fc.uniqueArray(fc.constantFrom("pull_request", "push", "merge_group"), { minLength: 1 }),
    after: fc.constantFrom("success", "end"),
  },
  { requiredKeys: [] },
);

const job = (id: string, needs: readonly string[]): fc.Arbitrary<Job> =>
  fc.record(
    {
      name: fc.constant(`Job ${id}`),
      minutes: fc.constant(5),
      needs: fc.subarray([...needs]),
      steps: fc.constant([{ name: "Work", run: "true" }]),
      when: condition,
      matrix: fc.constantFrom({ os: ["x", "y"] }, { os: ["x"], python: ["3", "4"] }),
    },
    { requiredKeys: ["name", "minutes", "steps"] },
  );

/** A workflow with a gate, of up to six jobs, each of which needs only earlier ones; advisory jobs need any. */
export const anyGatedWorkflow: fc.Arbitrary<Workflow> = fc
  .integer({ min: 1, max: ids.length })
  .chain((count) =>
    fc.record({
      jobs: fc.tuple(...ids.slice(0, count).map((id, index) => job(id, ids.slice(0, index)))),
      advisory: job("advisory", ids.slice(0, count)),
      trusted: fc.boolean(),
    }),
  )
  .map(({ jobs, advisory, trusted }) => {
    const report: Job = { ...advisory, advisory: true, when: { ...advisory.when, trusted } };
    return withGate(
      {
        file: "any.yml",
        name: "Any",
        on: { pullRequestsTo: ["main", "develop"], push: { branches: ["main", "develop"] }, mergeQueue: true },
        jobs: { ...Object.fromEntries(jobs.map((each, index) => [ids[index] ?? "", each] as const)), advisory: report },
      },
      "Gate",
    );
  });

/** Every kind of event that something protected waits for. */
export const waitedFor: Readonly<Record<string, Situation>> = {
  "pull request": { event: "pull_request", ref: "refs/pull/7/merge", base: "develop" },
  "pull request that touches documents only": { event: "pull_request", ref: "refs/pull/8/merge", base: "main" },
  "pull request from a fork": { event: "pull_request", ref: "refs/pull/9/merge", base: "develop", fork: true },
  "pull request by Dependabot": { event: "pull_request", ref: "refs/pull/10/merge", base: "develop", dependabot: true },
  "release pull request": { event: "pull_request", ref: "refs/pull/11/merge", base: "main" },
  "merge queue": { event: "merge_group", ref: "refs/heads/gh-readonly-queue/main/pr-7", base: "main" },
  "push to main, which a deploy waits for": { event: "push", ref: "refs/heads/main" },
};

const digest = fc.stringMatching(/^[0-9a-f]{64}$/).map((digits) => `registry.example/any@sha256:${digits}`);
const folder = fc.stringMatching(/^[a-z][a-z0-9_]{0,11}$/);

/** Settings that a team may have. */
export const anyCiSettings: fc.Arbitrary<CiSettings> = fc
  .record(
    {
      pythons: fc.uniqueArray(fc.constantFrom("3.10", "3.11", "3.12", "3.13"), { minLength: 1 }),
      python: fc.constantFrom("3.11", "3.12"),
      source: folder,
      tests: folder,
      images: fc.record({ postgres: digest, redis: digest, trivy: digest }),
      registry: fc.constantFrom("ghcr.io", "registry.example:5000"),
      codeScanning: fc.boolean(),
      codecov: fc.boolean(),
      safety: fc.constant("scan"),
      maxFileBytes: fc.integer({ min: 1, max: 2 ** 30 }),
      maxLines: fc.integer({ min: 1, max: 10_000 }),
      largePullRequest: fc.constantFrom("warning", "error"),
    },
    { requiredKeys: [] },
  )
  .map((changes) => ({ ...defaultCiSettings, ...changes }));

/** Any of these changes, none of them often. */
const some = <T extends object>(all: { readonly [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<Partial<T>> =>
  fc.record(all, { requiredKeys: [] }) as fc.Arbitrary<Partial<T>>;

const stackFolder = fc.oneof(
  folder,
  fc.tuple(folder, folder).map((parts) => parts.join("/")),
);
const stacks = fc.uniqueArray(folder, { minLength: 1, maxLength: 3 });
const gateMinutes = fc.integer({ min: 1, max: 300 });
const schedule = fc
  .tuple(fc.integer({ min: 0, max: 59 }), fc.integer({ min: 0, max: 23 }))
  .map(([minute, hour]) => `${minute} ${hour} * * *`);

/** A cd.yml that a team may have. */
export const anyCd: fc.Arbitrary<Workflow> = some({
  registry: fc.constantFrom("ghcr.io", "registry.example:5000"),
  image: folder,
  stackFolder,
  trivy: digest,
  cosign: fc.constantFrom("v3.1.3", "v3.2.0"),
  aws: fc.boolean(),
  gateMinutes,
}).map(cdWorkflow);

/** One of the other workflows of a team's repository. */
export const anyOther: fc.Arbitrary<Workflow> = fc.oneof(
  some({
    versionFiles: fc.tuple(fc.constantFrom("pyproject.toml", "package.json", "api/VERSION")),
    gateMinutes,
    develop: fc.boolean(),
    files: fc.record({ command: fc.constant("make dist"), folder, minutes: fc.constant(5) }),
  }).map(releaseWorkflow),
  some({ stackFolder, project: folder, stacks }).map(previewWorkflow),
  some({ stackFolder, stacks, schedule }).map(driftWorkflow),
  some({ stackFolder, stacks, schedule }).map(checklistWorkflow),
  some({ stackFolder, schedule }).map(drillWorkflow),
);
