import { readFileSync } from "node:fs";
import type { RunStep, StepOptions } from "./model/workflow.ts";

const read = (file: string): string => readFileSync(new URL(file, import.meta.url), "utf8");

/**
 * Makes steps that run a script of a workflow's folder; values reach it by its environment only. A line `#include api` stands for the
 * shared `scripts/api.sh`, whose text it becomes: a step has no file beside it on a runner.
 *
 * @param workflow folder below `workflows/`
 */
export const scriptsOf =
  (workflow: string) =>
  (file: string, options: StepOptions): RunStep => ({
    ...options,
    run: read(`${workflow}/scripts/${file}.sh`).replace(/^#include (\S+)\n/gm, (_, name: string) =>
      read(`scripts/${name}.sh`),
    ),
  });

/** The same, for scripts that several workflows run. */
export const shared = scriptsOf(".");
