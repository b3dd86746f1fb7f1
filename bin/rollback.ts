import { defineByHand, type HandOptions } from "./command.ts";
import { steer } from "./controller.ts";

export const rollback = () =>
  defineByHand(
    "rollback",
    "Move all traffic back to the standby slot, or end the running rollout, now; no update brings the release again until it is allowed",
  ).action(async (options: HandOptions) => {
    await steer(options, ["rollback"], { isWayBack: true });
  });
