import { wayBackProblem } from "../lib/releases/ways-back.ts";
import { releaseId } from "../router/ledger-format.ts";
import { defineByHand, form, type HandOptions } from "./command.ts";
import { steer } from "./controller.ts";
import { Failure } from "./exit-codes.ts";
import { findHosts } from "./hosts.ts";
import { knownReleases } from "./rollout-list.ts";

interface RollbackOptions extends HandOptions {
  readonly to?: string;
}

export const rollback = () =>
  defineByHand(
    "rollback",
    "Move all traffic back to the standby slot, or end the running rollout, now; no update brings the release again until it is allowed",
  )
    .option(
      "--to <version>",
      "Only if that leads to this version; says how to get to any other one",
      form(releaseId, "a version or id that slipway rollout list shows"),
    )
    .action(async (options: RollbackOptions) => {
      const { to } = options;
      if (to !== undefined) await refuseElsewhere(options, to);
      await steer(options, ["rollback", ...(to === undefined ? [] : [`--to=${to}`])], { isWayBack: true });
    });

/** All hosts are looked at before any goes back. @throws Failure */
async function refuseElsewhere(options: RollbackOptions, to: string): Promise<void> {
  const { hosts } = await findHosts(options, { changes: true });
  const problems = await Promise.all(
    hosts.map(async (host) => {
      const { code, result } = await knownReleases(host, () => undefined);
      if ("error" in result) throw new Failure(`rollback: ${host.name} does not answer: ${result.error}`, code);
      // While a rollout runs, the way back ends it: the controller knows where that leads.
      return result.ledger.running === null ? wayBackProblem(result, to, host.name) : null;
    }),
  );
  const said = problems.filter((problem) => problem !== null);
  if (said.length > 0) throw new Failure(said.join("\n"));
}
