import { readFile } from "node:fs/promises";
import { runningProcesses } from "../../toolchain/processes.ts";
import { slots, type Slot } from "../../router/ledger.ts";
import type { Random } from "./random.ts";
import type { Stage } from "./stage.ts";

export const targets = ["controller", "proxy", "slot", "pulumi", "connection"] as const;
export type Target = (typeof targets)[number];

/** What was killed, and how to tell that another one has taken its place. */
export interface Kill {
  readonly target: Target;
  /** For the table, such as `proxy's worker` or `green`. */
  readonly what: string;
  readonly at: number;
  /** Container that Docker has to start again, null if none. */
  readonly container: string | null;
  readonly slot: Slot | null;
  readonly pid: number;
}

/**
 * Kills one thing with SIGKILL, from outside its container, so that the engine sees a crash and not an order.
 *
 * @param update process group of the running `pulumi up`, null if none runs
 * @returns null if there is no such process at this moment
 */
export async function kill(target: Target, stage: Stage, random: Random, update: number | null): Promise<Kill | null> {
  const done = (what: string, pid: number, container: string | null = null, slot: Slot | null = null): Kill => {
    const at = Date.now();
    process.kill(pid, "SIGKILL");
    return { target, what, at, container, slot, pid };
  };
  switch (target) {
    case "controller": {
      const pid = await stage.pidOf("controller");
      return pid > 0 ? done("controller", pid, "controller") : null;
    }
    case "proxy": {
      const master = await stage.pidOf("proxy-1");
      const isWorker = random.next() < 0.5;
      if (master === 0) return null;
      // Its death ends the master too; what differs is who closes the listening socket.
      const worker = Number(
        (await readFile(`/proc/${master}/task/${master}/children`, "utf8")).trim().split(" ").at(-1),
      );
      return isWorker && worker > 0
        ? done("proxy's worker", worker, "proxy-1")
        : done("proxy's master", master, "proxy-1");
    }
    case "slot": {
      const slot = random.pick(slots);
      const pid = await stage.pidOf(`${slot}-1`);
      return pid > 0 ? done(slot, pid, `${slot}-1`, slot) : null;
    }
    case "pulumi":
      return update === null ? null : done("process group", -update);
    case "connection": {
      const args = `docker exec -i ${stage.container("controller")} slipway-router `;
      const clients = (await runningProcesses()).filter((client) => client.args.join(" ").startsWith(args));
      const client = clients[0];
      return client ? done(client.args.at(-1) ?? "", client.pid) : null;
    }
  }
}
