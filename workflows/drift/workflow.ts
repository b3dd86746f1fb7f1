import { stateAccess } from "../cd/deploy.ts";
import { defaultCdSettings } from "../cd/settings.ts";
import { keptIssue, type LookingSettings } from "../kept-issue.ts";
import type { Workflow } from "../model/workflow.ts";

/** The sample service's. Its hosts are looked at by every preview. */
export const defaultDriftSettings: LookingSettings = {
  stackFolder: defaultCdSettings.stackFolder,
  stacks: ["governance"],
  schedule: "23 5 * * *",
};

/** Looks every day whether somebody changed by hand what a stack declares, and keeps one issue that says what. It never updates. */
export const driftWorkflow = (changes: Partial<LookingSettings> = {}): Workflow =>
  keptIssue("drift", { name: "Drift", env: stateAccess }, { ...defaultDriftSettings, ...changes });
