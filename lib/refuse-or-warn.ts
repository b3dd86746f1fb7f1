import * as pulumi from "@pulumi/pulumi";
import { formatProblems, type Problem } from "./problem.ts";

/**
 * Ends an update before it touches anything. A preview may look at any time; it only says that an update would be refused now.
 *
 * @param problems none: nothing happens
 * @throws pulumi.RunError in an update, with all that is wrong
 */
export async function refuseOrWarn(problems: readonly Problem[]): Promise<void> {
  if (problems.length === 0) return;
  const said = formatProblems(problems);
  if (!pulumi.runtime.isDryRun()) throw new pulumi.RunError(said);
  await pulumi.log.warn(`pulumi up would be refused now: ${said}`);
}
