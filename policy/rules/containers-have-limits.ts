import { isContainer, isDatabase, type Rule } from "../rule.ts";
import { at, jsonAt, listAt, unknown, type Seen } from "../seen.ts";

/**
 * Without a limit one leak takes its neighbours along. Databases of a stack have none: one that is killed is an outage, and its size is its
 * administrator's to know (docs/security.md).
 */
export const containersHaveLimits: Rule = {
  name: "slipway-containers-have-limits",
  description: "Each container has a limit of its memory",
  fix: "give it one: memory (megabytes)",
  problems(seen) {
    if (isContainer(seen) && !isDatabase(seen)) return isLimited(seen.props.memory) ? [] : [unlimited("the container")];
    return tasks(seen).flatMap((task) => (isLimited(at(task, "memory")) ? [] : [unlimited(String(at(task, "name")))]));
  },
};

const isLimited = (memory: unknown) => memory === unknown || (typeof memory === "number" && memory > 0);
const unlimited = (what: string) => `${what} has no limit of its memory`;

/** Containers of a task that has no limit as a whole either. */
function tasks({ type, props }: Seen): readonly unknown[] {
  if (type !== "aws:ecs/taskDefinition:TaskDefinition" || props.memory !== undefined) return [];
  return listAt({ all: jsonAt(props, "containerDefinitions") }, "all");
}
