import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ci, requiredChecks } from "../../workflows/ci.ts";
import { gatedJobs } from "../../workflows/model/gate.ts";
import { gateProblems } from "../../workflows/model/rules.ts";
import { refMatches, reportedChecks, results } from "../../workflows/model/simulate.ts";
import { eventsOf, type Workflow } from "../../workflows/model/workflow.ts";
import { anyGatedWorkflow, waitedFor } from "../support/any-workflow.ts";

const situations = Object.values(waitedFor);

describe("the shipped ci.yml", () => {
  test.each(Object.entries(waitedFor))("reports what is required: %s", (_, situation) => {
    for (const check of requiredChecks()) expect(reportedChecks(ci, situation)).toHaveProperty([check], "success");
  });

  test.each(gatedJobs(ci))("is red when %s fails, whatever else is", (id) => {
    const situation = waitedFor["pull request"];
    if (situation !== undefined) expect(reportedChecks(ci, situation, new Set([id])).Gate).toBe("failure");
  });

  test("has nothing to upload and nobody to tell for a fork", () => {
    const fork = waitedFor["pull request from a fork"];
    if (fork === undefined) throw new Error("no fork");
    expect(results(ci, fork)).toMatchObject({ "code-scanning": "skipped", comment: "skipped", coverage: "success" });
  });

  test("wafflebase#807: a matrix that is skipped reports its bare name", () => {
    const skipped: Workflow = structuredClone(ci);
    Object.assign(skipped.jobs.unit ?? {}, { when: { events: ["merge_group"] } });
    expect(Object.keys(reportedChecks(skipped, { event: "push", ref: "refs/heads/main" }))).toContain("Unit Tests");
  });
});

describe("500 random workflows", () => {
  const runs = { numRuns: 500 };

  test("report what is required in every situation, and are good only when all that ran was", () => {
    fc.assert(
      fc.property(
        anyGatedWorkflow,
        fc.constantFrom(...situations),
        fc.subarray(["a", "b", "c", "d", "e", "f"]),
        (any, situation, failing) => {
          expect(gateProblems(any)).toEqual([]);
          const required = requiredChecks(any);
          const reported = reportedChecks(any, situation, new Set(failing));
          expect(Object.keys(reported)).toEqual(expect.arrayContaining(required));
          const all = results(any, situation, new Set(failing)) ?? {};
          const failed = gatedJobs(any).some((id) => all[id] === "failure");
          if (failed) expect(all.gate).toBe("failure");
        },
      ),
      runs,
    );
  });
});

test("the gate's script decides as its model does", () => {
  const outcomes = fc.constantFrom("success", "failure", "cancelled", "skipped");
  const gate = ci.jobs.gate;
  const [step] = gate?.steps ?? [];
  if (gate?.needs === undefined || step === undefined || !("run" in step)) throw new Error("ci.yml has no gate");
  const needs = fc.record(Object.fromEntries(gate.needs.map((id) => [id, outcomes])));
  fc.assert(
    fc.property(needs, fc.constantFrom(...eventsOf(ci)), (result, event) => {
      const good = Object.entries(result).every(
        ([id, each]) => each === "success" || (each === "skipped" && id === "quality" && event !== "pull_request"),
      );
      const RESULTS = JSON.stringify(
        Object.fromEntries(Object.entries(result).map(([id, each]) => [id, { result: each }])),
      );
      const { status } = spawnSync("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", step.run], {
        env: { ...process.env, ...step.env, RESULTS, GITHUB_EVENT_NAME: event },
      });
      expect(status).toBe(good ? 0 : 1);
    }),
    {
      numRuns: 15,
      examples: [
        [Object.fromEntries(gate.needs.map((id) => [id, "success"])), "pull_request"],
        [Object.fromEntries(gate.needs.map((id) => [id, id === "quality" ? "skipped" : "success"])), "merge_group"],
        [Object.fromEntries(gate.needs.map((id) => [id, id === "quality" ? "skipped" : "success"])), "pull_request"],
      ] as never,
    },
  );
});

test.each([
  ["v*.*.*", "v1.2.3", true],
  ["v*.*.*", "v1.2", false],
  ["v*.*.*", "xv1.2.3", false],
  ["main", "main", true],
  ["main", "main2", false],
  ["feature/*", "feature/a/b", false],
])("the pattern %s and %s: %s", (pattern, name, matches) => {
  expect(refMatches(pattern, name)).toBe(matches);
});
