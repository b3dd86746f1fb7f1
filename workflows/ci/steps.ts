import { readFileSync } from "node:fs";
import { uses } from "../model/uses.ts";
import type { RunStep, Step, StepOptions } from "../model/workflow.ts";

/** Runs a script of the folder ci/; values reach it by its environment only. */
export function script(file: string, options: StepOptions): RunStep {
  return { ...options, run: readFileSync(new URL(`scripts/${file}.sh`, import.meta.url), "utf8") };
}

/** @param why its reason in the YAML */
export const checkout = (why: string, history: "all" | "newest" = "newest"): Step =>
  uses("actions/checkout", {
    name: "Check out",
    token: { contents: ["read", why] },
    with: { "persist-credentials": false, ...(history === "all" ? { "fetch-depth": 0 } : {}) },
  });

/** Python with the locked tools of that version. */
export function python(version: string): Step[] {
  return [
    uses("actions/setup-python", {
      name: "Set up Python",
      with: { "python-version": version, cache: "pip", "cache-dependency-path": `requirements-dev-${version}.txt` },
    }),
    script("install", { name: "Install", env: { PYTHON_VERSION: version } }),
  ];
}

/** An artifact with a report, kept although the job failed. */
export const report = (name: string, path: string, options: Partial<StepOptions> = {}): Step =>
  uses("actions/upload-artifact", {
    name: "Keep the report",
    when: "end",
    ...options,
    with: { name, path, "if-no-files-found": "error", "retention-days": 14 },
  });
