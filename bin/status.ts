import { define, type CommonOptions } from "./command.ts";
import { tellOrAsk } from "./controller.ts";

export const status = () =>
  define("status", "What each slot holds, where traffic goes, and the rollout that is running").action(
    async (options: CommonOptions) => {
      await tellOrAsk(options, ["status"]);
    },
  );
