import type { Digested } from "../../router/telling/digest.ts";
import { inController, unanswered, type CheckedHost } from "../host.ts";
import { broken, proven, unseen, type Finding, type Item, type Probe } from "../model.ts";
import { drill, isProduction, type DrillArgs } from "../drill.ts";

export interface RollbackArgs {
  readonly stack: string;
  readonly hosts: readonly CheckedHost[];
  /** Goes to the standby and back now, instead of looking when that was last done. @default false */
  readonly drill?: Pick<DrillArgs, "url" | "by"> | undefined;
  readonly today: Date;
}

/** "Test rollback procedures regularly": once a month, with a day's grace. */
const longestDays = 32;
const drillSeconds = 1_800;

/** Somebody went back to the standby lately, and it held; or does so now. */
export const rollbackItem = ({ stack, hosts, drill: asked, today }: RollbackArgs): Item => ({
  name: "rollback",
  setting: "slipway:profile",
  probes:
    asked === undefined
      ? hosts.map((host): Probe => ({ name: host.connection.name, look: () => lookBack(host, stack, today) }))
      : [{ name: "drill", limitSeconds: drillSeconds, look: () => drill({ ...asked, hosts, stack }) }],
});

async function lookBack(host: CheckedHost, stack: string, today: Date): Promise<Finding[]> {
  const answer = await inController(host, ["slipway-router", "digest"]);
  if (answer.code !== 0) return [unanswered(host, answer)];
  const rollouts = JSON.parse(answer.stdout) as readonly Digested[];
  const last = rollouts.findLast(({ kind }) => kind === "rollback");
  // The drill is staging's: what was not done in production is no fault there.
  const isOnTrial = !isProduction(stack);
  const say = isOnTrial ? broken : unseen;
  const fix = `slipway checklist --stack ${isOnTrial ? stack : "staging"} --only rollback --drill`;
  if (last === undefined) return [say(`nobody ever rolled back at ${host.connection.name}`, fix)];
  const { rollout, endedAt, verdict } = last;
  if (verdict !== "promoted") return [broken(`the last rollback (rollout ${rollout}, ${endedAt}) did not hold`, fix)];
  const days = Math.floor((today.getTime() - Date.parse(endedAt)) / 86_400_000);
  if (days > longestDays) return [say(`the last rollback (rollout ${rollout}) is ${days} days old`, fix)];
  return [proven(`rollout ${rollout} went back to ${last.release} on ${endedAt}, and it held`)];
}
