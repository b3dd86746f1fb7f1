import * as pulumi from "@pulumi/pulumi";
import { alarmProblems } from "../../lib/aws/ecs/alarm-problems.ts";
import { alarmNames } from "../../lib/aws/ecs/alarms.ts";
import { alarmsOn } from "../../lib/aws/ecs/ask-alarms.ts";
import { brings, isBack, type Known } from "../../lib/aws/ecs/plan.ts";
import type { ecsNames } from "../../lib/aws/ecs/names.ts";
import { formatProblems } from "../../lib/problem.ts";
import { refuseOrWarn } from "../../lib/refuse-or-warn.ts";
import type { Release } from "../../lib/releases/release.ts";

/**
 * Looks whether ECS will watch every alarm of the verdict while it brings a release. A preview does not ask.
 *
 * @throws pulumi.RunError where one is on already, or nobody knows; a way back is only warned of
 */
export async function watchedAlarms(
  region: string,
  names: ReturnType<typeof ecsNames>,
  known: Known,
  release: Pick<Release, "id" | "version">,
): Promise<void> {
  // At the first release there are none yet.
  if (pulumi.runtime.isDryRun() || known.live === undefined || !brings(known, release)) return;
  const found = await alarmsOn(region, alarmNames.map(names.alarm)).catch((error: unknown) => ({
    problem: error instanceof Error ? error.message : String(error),
  }));
  const problems = alarmProblems({ region, found });
  if (problems.length > 0 && isBack(known, release)) await pulumi.log.warn(formatProblems(problems));
  else await refuseOrWarn(problems);
}
