import { longestWaitSeconds } from "../router/ledger-format.ts";
import { defineByHand, oneValue, type HandOptions } from "./command.ts";
import { wrongValue } from "./command-problem.ts";
import { steer } from "./controller.ts";

interface LockOptions extends HandOptions {
  /** ISO 8601, in UTC. */
  readonly until?: string;
  /** Seconds. */
  readonly wait?: string;
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
    .option(
      "--wait <how long>",
      "An update waits for the end of the lock, so long at most, instead of being refused: 30m, 2h",
      wait,
    )
    .action(async (options: LockOptions) => {
      const words = Object.entries({ until: options.until, wait: options.wait });
      await steer(options, [
        "lock",
        ...words.flatMap(([name, value]) => (value === undefined ? [] : `--${name}=${value}`)),
      ]);
    });

export const unlock = () =>
  defineByHand("unlock", "Let updates in again").action(async (options: HandOptions) => {
    await steer(options, ["unlock"]);
  });

/** `2h`, `30m` or `1h30m` in seconds; 0 for anything else. */
function secondsOf(text: string): number {
  const [, hours = "0", minutes = "0"] = /^(?=\d)(?:(\d{1,3})h)?(?:(\d{1,4})m)?$/.exec(text) ?? [];
  return (60 * Number(hours) + Number(minutes)) * 60;
}

function wait(text: string, before?: string): string {
  const seconds = secondsOf(oneValue(text, before));
  if (seconds > 0 && seconds <= longestWaitSeconds) return String(seconds);
  throw wrongValue("is no time to wait", "a while such as 30m or 2h, at most 24h");
}

function moment(text: string, before?: string): string {
  const given = oneValue(text, before);
  const ms = 1_000 * secondsOf(given);
  const until = ms > 0 ? new Date(Date.now() + ms) : new Date(/^\d{4}-\d\d-\d\dT.*Z$/.test(given) ? given : NaN);
  if (until.getTime() > Date.now()) return until.toISOString();
  throw wrongValue("is no time to come", "a while such as 30m or 2h, or a time such as 2026-11-26T18:00:00Z");
}
