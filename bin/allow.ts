import { InvalidArgumentError } from "commander";
import { releaseId as pattern } from "../router/ledger-format.ts";
import { defineByHand, type HandOptions } from "./command.ts";
import { steer } from "./controller.ts";

export const allow = () =>
  defineByHand("allow", "Let updates bring a release again that a rollback or abort has withdrawn")
    .argument("<release>", "Its id, as slipway status shows it: <version>-<8 characters>", releaseId)
    .action(async (release: string, options: HandOptions) => {
      await steer(options, ["allow", release]);
    });

function releaseId(text: string): string {
  if (!pattern.test(text) || text.startsWith("-")) throw new InvalidArgumentError("it is no release's id");
  return text;
}
