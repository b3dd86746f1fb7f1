import { z } from "zod";

/** What ECS says of a service; by the vendor's data source `aws:ecs/getService:getService`. */
export const seenService = z.object({
  taskDefinition: z.string(),
  runningCount: z.number(),
  /** Newest first. */
  events: z.array(z.object({ message: z.string() })).default([]),
});
export type SeenService = z.infer<typeof seenService>;

/** Family and number of a revision: the end of its ARN. */
export const revisionOf = (arn: string): string => arn.split("/").at(-1) ?? arn;

/** How many of ECS's own words are told. */
const events = 3;

/**
 * Why what runs is not what was wanted; undefined if it is. Pure.
 *
 * An update that ECS took back is recorded as done, and the next one has nothing to send (pulumi/pulumi#21458): so this goes by what was
 * looked at, and by nothing that was recorded.
 *
 * @param wanted ARN of the revision
 */
export function goneBack(
  wanted: string,
  { taskDefinition, runningCount, events: said }: SeenService,
): string | undefined {
  const last = said.slice(0, events).map(({ message }) => message);
  const why = last.length === 0 ? "" : `. It said last: ${last.join(" | ")}`;
  const fix = ". Fix: release another version, or pulumi up --refresh to try this one again";
  if (taskDefinition !== wanted) {
    return `ECS went back: it runs ${revisionOf(taskDefinition)}, not ${revisionOf(wanted)}${why}${fix}`;
  }
  return runningCount > 0 ? undefined : `ECS runs no task of ${revisionOf(wanted)}${why}${fix}`;
}
