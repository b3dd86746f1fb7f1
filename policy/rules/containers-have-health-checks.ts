import { isContainer, type Rule } from "../rule.ts";
import { at, isSlipways, jsonAt, listAt, unknown, type Seen } from "../seen.ts";

/**
 * A process that runs is not yet one that works. The controller asks what Slipway declares on a host, and Docker does nothing about an
 * unhealthy container; so this is about all others, and about what AWS runs.
 */
export const containersHaveHealthChecks: Rule = {
  name: "slipway-containers-have-health-checks",
  description: "Somebody asks each container whether it is well",
  fix: "give it one: healthcheck of a container, healthCheck with a path of a target group or of a container in a task",
  problems: (seen) => (isAsked(seen) ? [] : ["nobody asks whether it is well"]),
};

function isAsked(seen: Seen): boolean {
  const { type, props } = seen;
  if (isContainer(seen))
    return isSlipways(seen) || listAt(props, "healthcheck", "tests").length > 0 || props.healthcheck === unknown;
  if (type === "aws:lb/targetGroup:TargetGroup") {
    const check = props.healthCheck;
    if (check === unknown) return true;
    return (
      at(check, "enabled") !== false && (at(check, "path") !== undefined || !/^HTTPS?$/.test(String(props.protocol)))
    );
  }
  if (type !== "aws:ecs/taskDefinition:TaskDefinition") return true;
  const containers = listAt({ all: jsonAt(props, "containerDefinitions") }, "all");
  // What publishes a port is asked by its target group.
  return containers.every((each) => at(each, "healthCheck") !== undefined || listAt(each, "portMappings").length > 0);
}
