import { describe, expect, test } from "vitest";
import { checkNames, ci, deadlocks, requiredChecks, type CheckedWorkflow } from "../../workflows/ci.ts";

const workflow = (change: Partial<CheckedWorkflow>): CheckedWorkflow => ({ ...ci, ...change });

describe("required checks", () => {
  test("are the jobs of the guide's ci.yml, its matrix spread out", () => {
    expect(requiredChecks()).toEqual([
      "Lint & Code Quality",
      "Unit Tests (3.10)",
      "Unit Tests (3.11)",
      "Unit Tests (3.12)",
      "Integration Tests",
      "Security Scan",
      "Build Docker",
      "PR Quality Check",
    ]);
  });

  test("of a matrix with two axes are all combinations, in GitHub's order", () => {
    const names = checkNames({ name: "Test", matrix: { os: ["a", "b"], node: ["22", "24"] } });
    expect(names).toEqual(["Test (a, 22)", "Test (a, 24)", "Test (b, 22)", "Test (b, 24)"]);
  });

  test.each(["main", "develop"])("all report for pull requests to %s", (branch) => {
    expect(deadlocks(ci, branch)).toEqual([]);
  });
});

describe("a check that would never report is found", () => {
  test("AgentDeck#248: a workflow with a path filter", () => {
    expect(deadlocks(workflow({ paths: ["src/**"] }), "main")).toEqual([
      "ci.yml does not run for pull requests that touch nothing of src/**",
    ]);
  });

  test("lokahi#1209: a workflow that other branches start", () => {
    expect(deadlocks(workflow({ pullRequestsTo: ["develop"] }), "main")).toEqual([
      "ci.yml does not run for pull requests to main",
    ]);
  });

  test("wafflebase#807: a matrix job that its own if skips reports its bare name", () => {
    const jobs = [{ name: "Test", matrix: { os: ["a"] }, if: "github.actor != 'x'" }];
    expect(deadlocks(workflow({ jobs }), "main")).toEqual([
      'Test is a matrix with an if: skipped, it reports "Test" and none of its combinations',
    ]);
  });

  test("cc-protocol#271: a job without a matrix may be skipped, that counts as success", () => {
    expect(deadlocks(workflow({ jobs: [{ name: "Test", if: "github.actor != 'x'" }] }), "main")).toEqual([]);
  });

  test("shazamio-core#84: a matrix whose steps are skipped instead of the job is right", () => {
    expect(deadlocks(workflow({ jobs: [{ name: "Test", matrix: { os: ["a"] } }] }), "main")).toEqual([]);
  });

  test("a job that waits for others lets a failure through, unless it always runs", () => {
    const gate = { name: "Gate", needs: ["Test"] };
    expect(deadlocks(workflow({ jobs: [gate] }), "main")).toEqual([
      "Gate needs Test: it is skipped when one of them fails, and skipped counts as success",
    ]);
    expect(deadlocks(workflow({ jobs: [{ ...gate, if: "always()" }] }), "main")).toEqual([]);
  });

  test("two jobs of one name", () => {
    const jobs = [{ name: "Test" }, { name: "Test" }];
    expect(deadlocks(workflow({ jobs }), "main")).toEqual(["two jobs report the check Test"]);
  });

  test("secure-repo#1869: CodeQL is GitHub's default setup, which a job of CodeQL would switch off", () => {
    expect(ci.jobs.filter(({ name }) => /codeql/i.test(name))).toEqual([]);
  });
});
