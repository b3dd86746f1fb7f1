import { describe, expect, test } from "vitest";
import { ciWorkflow } from "../../workflows/ci/workflow.ts";
import { preview } from "../../workflows/preview.ts";
import { reachProblems, reachTable } from "../../workflows/model/reach.ts";
import type { Condition, EnvironmentPolicy, Job, Workflow } from "../../workflows/model/workflow.ts";

const steps = [{ name: "Work", run: "true" }];
const job = (rest: Partial<Job>): Job => ({ name: "Job", minutes: 5, steps, ...rest });
const tag: Condition = { events: ["push"], refPrefix: "refs/tags/v" };

const environments: readonly EnvironmentPolicy[] = [
  { name: "staging", kind: "deploy", branches: ["main"], tags: [] },
  { name: "production-approval", kind: "approval", branches: [], tags: ["v*.*.*"] },
  { name: "production", kind: "deploy", branches: [], tags: ["v*.*.*"], production: true },
];

/** The road of design: staging from main, production from a tag after an approval, a way back by dispatch at a tag. */
const road: Workflow = {
  file: "cd.yml",
  name: "CD",
  on: {
    pullRequestsTo: ["main"],
    push: { branches: ["main"], tags: ["v*.*.*"] },
    dispatch: { version: { description: "Version" } },
  },
  jobs: {
    staging: job({ environment: "staging", when: { events: ["push"], refPrefix: "refs/heads/main" } }),
    approval: job({ environment: "production-approval", when: tag }),
    production: job({ environment: "production", when: tag, needs: ["approval"], lane: "production" }),
    rollback: job({ environment: "production", when: { events: ["workflow_dispatch"], refPrefix: "refs/tags/v" } }),
  },
};
const changed = (id: string, change: Partial<Job>): Workflow => ({
  ...road,
  jobs: { ...road.jobs, [id]: { ...job({}), ...road.jobs[id], ...change } },
});
const policies = (name: string, change: Partial<EnvironmentPolicy>) =>
  environments.map((each) => (each.name === name ? { ...each, ...change } : each));

test("the table says which job enters which environment, and from where", () => {
  const rows = reachTable(road, environments).map(
    (row) => `${row.situation}: ${row.job} → ${row.environment} ${row.enters}`,
  );
  expect(rows).toEqual([
    "push to main: staging → staging true",
    "push of tag v1.2.3: approval → production-approval true",
    "push of tag v1.2.3: production → production true",
    "dispatch at tag v1.2.3: rollback → production true",
  ]);
  expect(reachProblems(road, environments)).toEqual([]);
});

test("ci.yml enters nothing, and Safety its own environment on pushes only", () => {
  expect(reachTable(ciWorkflow(), environments)).toEqual([]);
  const scan: EnvironmentPolicy = { name: "scan", kind: "read", branches: ["main", "develop"], tags: [] };
  expect(reachProblems(ciWorkflow({ safety: "scan" }), [scan])).toEqual([]);
  expect(reachTable(ciWorkflow({ safety: "scan" }), [scan]).map(({ situation }) => situation)).toEqual([
    "push to main",
    "push to develop",
  ]);
});

test("preview.yml enters its own environment from the repository's pull requests and by dispatch at main, from nowhere else", () => {
  const rows = reachTable(preview, preview.environments ?? []);
  expect(rows.map(({ situation, job, enters }) => `${situation}: ${job} ${enters}`)).toEqual([
    "pull request to main: preview true",
    "dispatch at main: asked true",
  ]);
});

describe("is found", () => {
  test.each<[string, Workflow, readonly EnvironmentPolicy[], string]>([
    [
      "CUDly#1896: an environment that nobody declares",
      road,
      environments.slice(0, 2),
      "cd.yml: production asks for production, which is not declared: GitHub would make it, open to all",
    ],
    [
      "a job that can never enter",
      road,
      policies("staging", { branches: ["develop"] }),
      "cd.yml: staging can never enter staging",
    ],
    [
      "ViewComponent/view_component#2703: a rollback that could be dispatched from main",
      changed("rollback", { when: { events: ["workflow_dispatch"] } }),
      environments,
      "cd.yml: rollback runs on dispatch at main and production refuses it",
    ],
    [
      "production from a branch",
      changed("rollback", { when: { events: ["workflow_dispatch"] } }),
      policies("production", { branches: ["main"] }),
      "cd.yml: rollback enters production on dispatch at main, which is no release tag",
    ],
    [
      "production without an approval",
      changed("production", { needs: [] }),
      environments,
      "cd.yml: production enters production on push of tag v1.2.3 without anybody's approval",
    ],
    [
      "vstorm-co/agenticos#1832: an approval inside the lane",
      changed("approval", { lane: "production" }),
      environments,
      "cd.yml: approval waits for approval inside the lane production",
    ],
    [
      "a pull request that would get at more than what looks",
      changed("staging", { when: { events: ["pull_request"] } }),
      policies("staging", { branches: ["refs/pull/*/merge"] }),
      "cd.yml: staging enters staging on pull request to main, and it holds more than what can look",
    ],
    [
      "a condition upstream that a job forgets",
      changed("approval", { when: { events: ["workflow_dispatch"] } }),
      environments,
      "cd.yml: production can never enter production",
    ],
  ])("%s", (_, workflow, declared, problem) => {
    expect(reachProblems(workflow, declared)).toContain(problem);
  });
});
