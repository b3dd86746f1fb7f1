import { changedByHand, describeChanges } from "./changed-by-hand.ts";
import { define, type CommonOptions } from "./command.ts";
import { askOne, errorsOf } from "./controller.ts";
import { controllerCommand, findHosts, onEachHost, runOnHost } from "./hosts.ts";

export const status = () =>
  define(
    "status",
    "What each slot holds, where traffic goes, the rollout that is running, and what somebody changed on the hosts by hand",
  ).action(look);

async function look(options: CommonOptions): Promise<void> {
  const { hosts, declared } = await findHosts(options, { changes: false });
  await onEachHost(hosts, options, async (host, tell) => {
    const error = errorsOf(hosts, host);
    const changed = declared && changedByHand(host, declared);
    if (options.json) {
      const { code, result } = await askOne(host, ["status", "--json"], error);
      return { code, result: { ...(result as object), changed: (await changed) ?? null } };
    }
    const { code } = await runOnHost(host, controllerCommand(host, ["status"]), { said: tell, error });
    const found = await changed;
    for (const { name, until } of found?.aside ?? [])
      tell(`aside    ${name} still has requests or streams, until ${until} at most`);
    if (found !== undefined) for (const line of describeChanges(found)) tell(`changed  ${line}`);
    return { code, result: undefined };
  });
}
