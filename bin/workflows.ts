import { compareFiles, writeFiles, type Change } from "../workflows/deliver.ts";
import { exitCodes } from "./exit-codes.ts";
import { printJson, teller } from "./print.ts";
import { topFolder } from "./top-folder.ts";

export interface WorkflowsOptions {
  readonly json?: true;
}

/** `slipway workflows diff`: says which files of a service's clone are not as rendered; exit code 5 if any. */
export async function diffWorkflows(folder: string, { json }: WorkflowsOptions): Promise<void> {
  const changes = await compareFiles(topOf(folder));
  if (json) printJson(changes.map(({ path, is }) => ({ path, is })));
  else for (const line of report(changes)) teller(false)(line);
  if (changes.some(({ is }) => is !== "same")) process.exitCode = exitCodes.drifted;
}

/** `slipway workflows apply`: writes them. They are committed by whoever ran it, by pull request. */
export async function applyWorkflows(folder: string, { json }: WorkflowsOptions): Promise<void> {
  const top = topOf(folder);
  const changes = await compareFiles(top);
  await writeFiles(top, changes);
  if (json) printJson(changes.map(({ path, is }) => ({ path, is })));
  else for (const line of report(changes)) teller(false)(line);
}

function report(changes: readonly Change[]): string[] {
  const signs = { new: "+", changed: "~", same: "=" } as const;
  return changes.map(({ path, is }) => `${signs[is]} ${path}${is === "same" ? " is as rendered" : ` is ${is}`}`);
}

/** Elsewhere Git could not show what was written. */
const topOf = (folder: string): string => topFolder(folder, "name the folder of the service's clone");
