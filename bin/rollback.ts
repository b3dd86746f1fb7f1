import { define, type CommonOptions } from "./command.ts";
import { steer } from "./controller.ts";

export const rollback = () =>
  define("rollback", "Move all traffic back to the standby slot, or end the running rollout, now").action(
    async (options: CommonOptions) => {
      await steer(options, "rollback", { isWayBack: true });
    },
  );
