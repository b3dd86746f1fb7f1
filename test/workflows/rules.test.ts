import { describe, expect, test } from "vitest";
import { ci } from "../../workflows/ci.ts";
import { workflowObject } from "../../workflows/model/render.ts";
import type { RenderedWorkflow } from "../../workflows/model/rendered-workflow.ts";
import { fileProblems, gateProblems } from "../../workflows/model/rules.ts";
import { fileMutants, gateMutants, type OpenFile, type OpenWorkflow } from "../support/workflow-mutants.ts";

test("the shipped ci.yml has no problem", () => {
  expect(gateProblems(ci)).toEqual([]);
  expect(fileProblems(ci.file, workflowObject(ci))).toEqual([]);
});

describe("a gate that never reports, or lets a failure through, is found", () => {
  test.each(gateMutants)("$name", ({ change, found }) => {
    const mutant = structuredClone(ci);
    change(mutant as OpenWorkflow);
    expect(gateProblems(mutant).join("\n")).toMatch(found);
  });

  test("in at least 30 ways", () => {
    expect(gateMutants.length).toBeGreaterThanOrEqual(30);
  });
});

describe("a file that leaks, rots or hangs is found", () => {
  test.each(fileMutants)("$name", ({ change, found }) => {
    const mutant = structuredClone(workflowObject(ci)) as OpenFile;
    change(mutant);
    const problems = fileProblems("ci.yml", mutant as RenderedWorkflow);
    expect(problems.join("\n")).toMatch(found);
    for (const problem of problems) expect(problem).toMatch(/^ci\.yml, .*\. Fix: /);
  });
});
