import { slots, type Release, type Slot } from "../../../router/ledger.ts";
import { PlanRefused, planSlots, type Plan } from "../../../lib/releases/slot-plan.ts";
import type { Controller } from "../../../router/controller.ts";
import type { Progress } from "../../../router/run.ts";
import type { Checks } from "./simulated-checks.ts";
import type { SimulatedHost } from "./simulated-host.ts";

/** What a client came home with; `refused` includes a controller that can't be reached. */
export type Told = "ok" | "failed" | "refused";

/** What `pulumi up` does on a host, with the real plan: ledger, guard, containers, promote. */
export async function up(host: SimulatedHost, checks: Checks, version: string): Promise<Told> {
  const step = () => host.sleep(1, undefined, "client");
  await step();
  if (!host.controller) return "refused";
  const wanted = host.wanted(version);
  let plan: Plan;
  try {
    plan = planSlots(host.controller.ledger, wanted);
  } catch (error) {
    if (error instanceof PlanRefused) return "refused";
    throw error;
  }
  const { action, target, rollout } = plan;
  const wish = { slot: target, release: wanted, rollout };
  if (action === "none") return "ok";
  try {
    if (action !== "return") {
      const guarded = await follow(host.controller.guard(wish), checks, () => undefined);
      if (guarded !== "ok") return "refused";
      checks.remember();
      for (const slot of slots.filter((one) => !plan.slots[one].frozen)) await replace(host, checks, slot, wanted);
    }
    const holds = { blue: plan.slots.blue.release, green: plan.slots.green.release };
    return await follow(
      host.controller.promote({ ...wish, holds, by: null, backup: [], loses: null, source: null }),
      checks,
      (isPromoted) => {
        checks.told(target, version, isPromoted);
      },
    );
  } catch {
    return "refused";
  }
}

const hand = () => ({ by: "ada", reason: null, at: new Date().toISOString() });

/** `slipway-router rollback` or `abort`. */
export async function order(host: SimulatedHost, checks: Checks, command: "rollback" | "abort"): Promise<Told> {
  await host.sleep(1, undefined, "client");
  try {
    if (!host.controller) return "refused";
    return await follow(host.controller[command](hand()), checks, () => {
      checks.remember();
    });
  } catch {
    return "refused";
  }
}

/** `slipway-router pause`, then `resume`, or `promote-now`. */
export async function control(host: SimulatedHost, command: Parameters<Controller["control"]>[0]): Promise<Told> {
  await host.sleep(1, undefined, "client");
  return (host.controller?.control(command, hand()) ?? Promise.reject(new Error("not there"))).then(
    () => "ok",
    () => "refused",
  );
}

async function replace(host: SimulatedHost, checks: Checks, slot: Slot, wanted: Release): Promise<void> {
  const replica = host.replicas[slot];
  await host.sleep(2, undefined, "client");
  if (replica.isRunning) checks.stopping(slot);
  Object.assign(replica, { release: null, isRunning: false });
  host.changed();
  await host.sleep(2, undefined, "client");
  Object.assign(replica, { release: wanted, isRunning: true });
  host.changed();
}

async function follow(
  progress: AsyncIterable<Progress>,
  checks: Checks,
  told: (isPromoted: boolean) => void,
): Promise<Told> {
  for await (const message of progress) {
    if (!("end" in message)) continue;
    told(message.end === "ok");
    return message.end;
  }
  checks.unanswered++;
  return "refused";
}
