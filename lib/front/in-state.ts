import { resourceNamed } from "../own-state.ts";
import type { Problem } from "../problem.ts";

/** Whether the last update of a stack left a front. @param known what its state knows */
export const isFront = (known: ReadonlyMap<string, unknown>): boolean =>
  resourceNamed(known, "front-run-volume") !== undefined;

/** Of a stack that declares no front any more. */
export const lostFront: Problem = {
  path: "slipway:front",
  problem: "is not there any more, and without it nobody reaches the stacks behind it",
  allowed: "the front of the last update",
  fix: "put it back into the stack's file; to end the front: pulumi destroy, with it in that file",
};
