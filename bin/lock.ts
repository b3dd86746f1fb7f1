import { defineByHand, oneValue, type HandOptions } from "./command.ts";
import { wrongValue } from "./command-problem.ts";
import { steer } from "./controller.ts";

interface LockOptions extends HandOptions {
  /** ISO 8601, in UTC. */
  readonly until?: string;
}

export const lock = () =>
  defineByHand(
    "lock",
    "Keep updates off the stack's hosts: pulumi up is refused with who and why; slipway rollback is not",
  )
    .option(
      "--until <when>",
      "How long: 30m, 2h, or a time such as 2026-11-26T18:00:00Z; until slipway unlock without it",
      moment,
    )
    .action(async (options: LockOptions) => {
      await steer(options, ["lock", ...(options.until === undefined ? [] : [`--until=${options.until}`])]);
    });

export const unlock = () =>
  defineByHand("unlock", "Let updates in again").action(async (options: HandOptions) => {
    await steer(options, ["unlock"]);
  });

function moment(text: string, before?: string): string {
  const given = oneValue(text, before);
  const [, hours = "0", minutes = "0"] = /^(?=\d)(?:(\d{1,3})h)?(?:(\d{1,4})m)?$/.exec(given) ?? [];
  const ms = (60 * Number(hours) + Number(minutes)) * 60_000;
  const until = ms > 0 ? new Date(Date.now() + ms) : new Date(/^\d{4}-\d\d-\d\dT.*Z$/.test(given) ? given : NaN);
  if (until.getTime() > Date.now()) return until.toISOString();
  throw wrongValue("is no time to come", "a while such as 30m or 2h, or a time such as 2026-11-26T18:00:00Z");
}
