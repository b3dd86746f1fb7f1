import { setTimeout as pause } from "node:timers/promises";
import { runningProcesses } from "../../toolchain/processes.ts";
import { otherSlot, slots, type Slot } from "../../router/ledger.ts";
import type { Random } from "./random.ts";
import type { Stage } from "./stage.ts";

export const targets = ["controller", "proxy", "slot", "dockerd", "host", "pulumi", "connection"] as const;
export type Target = (typeof targets)[number];

/** What was killed, and how to tell that another one has taken its place. */
export interface Kill {
  readonly target: Target;
  /** For the table, such as `proxy's worker` or `green`. */
  readonly what: string;
  /** When the order to kill was given, and when it had been carried out. */
  readonly at: number;
  readonly struck: number;
  /** It was a slot, and the other one could not stand in: it was being replaced, or had been killed just before. */
  readonly wasAlone: boolean;
  /** Null where nothing has to come back. */
  readonly isBack: (() => Promise<boolean>) | null;
}

/** Longest time without power, in ms. */
const darkMs = 2_000;

/**
 * Kills one thing with SIGKILL, from outside its container, so that the engine sees a crash and not an order.
 *
 * @param update process group of the running `pulumi up`, null if none runs
 * @returns null if there is no such process at this moment
 */
export async function kill(target: Target, stage: Stage, random: Random, update: number | null): Promise<Kill | null> {
  const { machine } = stage;
  let wasAlone = false;
  const done = async (what: string, work: () => unknown, isBack: Kill["isBack"] = null): Promise<Kill> => {
    const at = Date.now();
    await work();
    return { target, what, at, struck: Date.now(), wasAlone, isBack };
  };
  /** @param victims shell words; `$pid` is the container's first process */
  const inContainer = async (part: string, what: string, victims: string, works: () => Promise<boolean>) => {
    const pid = await stage.pidOf(part);
    if (pid === 0) return null;
    const isBack = async () => ![0, pid].includes(await stage.pidOf(part)) && (await works());
    // An update may have taken it away meanwhile.
    return done(what, () => machine.shell(`pid=${pid}; kill -9 ${victims}`), isBack).catch(() => null);
  };
  const proxyIsHeard = async () => (await stage.status()).weights !== null;
  const isServing = async () => (await proxyIsHeard()) && (await stage.answeringVersion()) !== null;

  switch (target) {
    case "controller":
      return inContainer("controller", "controller", "$pid", proxyIsHeard);
    case "proxy":
      // The worker's death ends the master too; what differs is who closes the listening socket.
      return random.next() < 0.5
        ? inContainer("proxy-1", "proxy's worker", "$(pgrep -P $pid | tail -n 1)", isServing)
        : inContainer("proxy-1", "proxy's master", "$pid", isServing);
    case "slot": {
      const slot = random.pick(slots);
      wasAlone = !(await canStandIn(stage, otherSlot(slot)));
      return inContainer(`${slot}-1`, slot, "$pid", () => stage.isHealthy(slot));
    }
    case "dockerd":
      return done("dockerd", () => machine.killDocker(), isServing);
    case "host": {
      const outage = random.below(darkMs);
      const cut = async () => {
        await machine.cutPower();
        await pause(outage);
        await machine.boot();
      };
      return done("power", cut, isServing);
    }
    case "pulumi":
      return update === null ? null : done("process group", () => process.kill(-update, "SIGKILL"));
    case "connection": {
      const args = `docker exec -i ${stage.container("controller")} slipway-router `;
      const client = (await runningProcesses()).find(({ args: own }) => own.join(" ").startsWith(args));
      return client ? done(client.args.at(-1) ?? "", () => process.kill(client.pid, "SIGKILL")) : null;
    }
  }
}

/** Whether a slot could take all traffic at this moment. */
async function canStandIn(stage: Stage, slot: Slot): Promise<boolean> {
  const { live, slots: held, running } = await stage.journal();
  const isAdmitted =
    live === slot || held[slot].state === "holds" || (running?.slot === slot && running.phase !== "gate");
  return isAdmitted && (await stage.isHealthy(slot));
}
