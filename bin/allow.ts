import { releaseId as pattern } from "../router/ledger-format.ts";
import { defineByHand, type HandOptions } from "./command.ts";
import { wrongValue } from "./command-problem.ts";
import { steer } from "./controller.ts";

export const allow = () =>
  defineByHand("allow", "Let updates bring a release again that a rollback or abort has withdrawn")
    .argument(
      "<release>",
      "Its version or, where several have that, its id: <version>-<8 characters>, as slipway status shows it",
      releaseId,
    )
    .action(async (release: string, options: HandOptions) => {
      await steer(options, ["allow", release]);
    });

function releaseId(text: string): string {
  if (!pattern.test(text) || text.startsWith("-"))
    throw wrongValue("is no release", "an id or version that slipway status shows");
  return text;
}
