import { describe, expect, test } from "vitest";
import { allowedActions } from "../../workflows/allowed-actions.ts";
import { actionReference } from "../../workflows/actions.ts";
import { checkNames, ci, deadlocks, requiredChecks } from "../../workflows/ci.ts";
import { ciWorkflow } from "../../workflows/ci/workflow.ts";
import { permissionsOf } from "../../workflows/model/permissions.ts";
import { secretUsesOf } from "../../workflows/secret-uses.ts";

describe("what branches require", () => {
  test("is the gate and nothing else", () => {
    expect(requiredChecks()).toEqual(["Gate"]);
  });

  test.each(["main", "develop"])("reports for every pull request to %s", (branch) => {
    expect(deadlocks(ci, branch)).toEqual([]);
  });

  test("lokahi#1209: is not required of a branch whose pull requests do not start it", () => {
    expect(deadlocks(ci, "release")).toEqual(["ci.yml does not run for pull requests to release"]);
  });

  test("is nothing where a workflow has no gate", () => {
    const bare = { ...ci };
    delete (bare as { gate?: string }).gate;
    expect(requiredChecks(bare)).toEqual([]);
    expect(deadlocks(bare, "main")).toEqual(["ci.yml has no gate"]);
  });

  test("of a matrix with two axes would be all combinations, in GitHub's order", () => {
    const names = checkNames({ name: "Test", matrix: { os: ["a", "b"], node: ["22", "24"] } });
    expect(names).toEqual(["Test (a, 22)", "Test (a, 24)", "Test (b, 22)", "Test (b, 24)"]);
  });
});

describe("the guide's ci.yml", () => {
  const gated = ci.jobs.gate?.needs?.map((id) => ci.jobs[id]?.name);

  test("stops a merge for each of the guide's jobs", () => {
    expect(gated).toEqual([
      "Lint & Code Quality",
      "Unit Tests",
      "Integration Tests",
      "Security Scan",
      "Build Docker",
      "Image Scan",
      "PR Quality Check",
    ]);
  });

  test("secure-repo#1869: CodeQL is GitHub's default setup, which a job of CodeQL would switch off", () => {
    expect(JSON.stringify(ci)).not.toMatch(/codeql-action\/(init|analyze)/);
  });

  test("reads no secret; with Safety, that one, in its environment only", () => {
    expect(secretUsesOf(ci)).toEqual([]);
    expect(secretUsesOf(ciWorkflow({ safety: "scan" }))).toEqual([
      { secret: "SAFETY_API_KEY", store: "environment:scan", by: "ci.yml, Safety" },
    ]);
  });

  test("lets no job write that runs code of a pull request", () => {
    const writing = Object.entries(ci.jobs).filter(([, job]) =>
      Object.values(permissionsOf(job)).some(({ level }) => level === "write"),
    );
    expect(writing.map(([id]) => id)).toEqual(["coverage", "code-scanning", "comment"]);
    const scripts = writing.flatMap(([, { steps }]) => steps.flatMap((step) => ("run" in step ? [step.name] : [])));
    expect(scripts).toEqual(["Write or renew the one comment"]);
  });

  test("amd/IRON#140: the job that comments checks nothing out", () => {
    expect(ci.jobs.comment?.steps.flatMap((step) => ("uses" in step ? [step.uses] : []))).toEqual([]);
  });

  test("gives each commit of a branch a run of its own, because what is deployed needs its gate", () => {
    expect(ci.concurrency?.group).toBe("ci-${{ github.event_name == 'pull_request' && github.ref || github.sha }}");
  });

  test("needs one action that is not GitHub's, at its commit", () => {
    expect(allowedActions([ci])).toEqual([actionReference("codecov/codecov-action")]);
    expect(allowedActions([ciWorkflow({ codecov: false })])).toEqual([]);
  });
});
