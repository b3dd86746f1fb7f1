import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseSettings } from "../../settings/settings.ts";
import { cd } from "../../workflows/cd.ts";
import { rawConfig } from "../support/raw-config.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/road.md"), "utf8").replaceAll(/\s+/g, " ");

/** The first step begins at once, so there is a pause less than steps. */
function waitsOf(stack: string): { pauses: number; watch: number } {
  const parsed = parseSettings(rawConfig(stack), {});
  if ("problems" in parsed) throw new Error(stack);
  const { strategy, replicas, profile } = parsed.settings;
  const steps = strategy === "rolling" ? replicas : profile.steps.length;
  return { pauses: (steps - 1) * profile.pauseSeconds, watch: profile.watchSeconds };
}

test("what a rollout waits for is as the stacks say", () => {
  const staging = waitsOf("staging");
  expect(page).toContain(`${staging.pauses + staging.watch} s of waiting, and the work around it`);
  const production = waitsOf("production");
  const [live, all] = [production.pauses / 60, (production.pauses + production.watch) / 60];
  expect(page).toContain(`all traffic after ${live} min of waiting, the verdict after ${all}`);
  expect(page).toContain(`watched for ${production.watch / 60} more`);
});

test("cd.yml asks for the gate as often as it says", () => {
  const [step] = cd.jobs.ready?.steps.filter(({ name }) => name === "The commit is tested") ?? [];
  const [, seconds] = /POLL_SECONDS:-(\d+)/.exec(step !== undefined && "run" in step ? step.run : "") ?? [];
  expect(page).toContain(`cd.yml asks every ${seconds ?? "?"} s`);
});
