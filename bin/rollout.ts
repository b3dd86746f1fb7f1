import { define, defineByHand, group, rolloutNumber, type CommonOptions, type HandOptions } from "./command.ts";
import { follow, showRecord, steer } from "./controller.ts";
import { listAll } from "./rollout-list.ts";

export const rollout = () =>
  group("rollout", "Steer the running rollout, or look at earlier ones", [
    define("watch", "Show the running rollout, line by line, until its verdict").action((options: CommonOptions) =>
      follow(options, ["watch"]),
    ),
    steering("pause", "Hold the rollout at its share; it is judged all the same"),
    steering("resume", "Go on after a pause"),
    steering("promote-now", "Skip what is left of pauses and steps; the watch remains"),
    steering(
      "abort",
      "End the rollout: all traffic back to the old slot; no update brings the release again until it is allowed",
      { isWayBack: true },
    ),
    define("list", "The last rollouts, newest first, and how to get back to what they brought").action(listAll),
    define("show", "Everything recorded about one rollout")
      .argument("<number>", "Number of the rollout", rolloutNumber)
      .action(showRecord),
  ]);

function steering(name: string, description: string, how?: { readonly isWayBack: boolean }) {
  return defineByHand(name, description).action(async (options: HandOptions) => {
    await steer(options, [name], how);
  });
}
