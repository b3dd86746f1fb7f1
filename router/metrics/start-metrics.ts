import { setTimeout as sleep } from "node:timers/promises";
import type { ControllerConfig } from "../controller-config.ts";
import type { Controller } from "../controller.ts";
import type { Paths } from "../paths.ts";
import type { Switchboard } from "../switchboard.ts";
import type { Chronicle } from "../telling/chronicle.ts";
import { hostFamilies } from "./host-families.ts";
import { serveMetrics } from "./metrics-server.ts";
import { requestFamilies } from "./request-counts.ts";
import { RequestMeter } from "./request-meter.ts";
import { lookAtRoles } from "./role-look.ts";

const lookEveryMs = 500;

export interface MetricsSources {
  readonly config: Pick<ControllerConfig, "subnetPrefix">;
  readonly controller: Pick<Controller, "fallback">;
  readonly board: Pick<Switchboard, "ledger" | "proxy" | "certificate">;
  readonly chronicle: Pick<Chronicle, "digest" | "backups" | "runs" | "waiting">;
}

/**
 * Counts requests and serves `/metrics`, for ever. It only looks on: nothing here can throw into, or delay, whoever moves traffic.
 */
export async function startMetrics(
  at: NonNullable<ControllerConfig["metrics"]>,
  paths: Pick<Paths, "run" | "state">,
  { config, controller, board, chronicle }: MetricsSources,
  log: (line: string) => void,
): Promise<void> {
  const meter = await RequestMeter.open({ runFolder: paths.run, stateFolder: paths.state, log });
  const view = async () => ({
    ledger: board.ledger,
    proxy: await board.proxy.state().catch(() => null),
    fallback: controller.fallback,
    certificate: await board.certificate().catch(() => null),
    roles: await lookAtRoles(board.ledger, config.subnetPrefix),
    rollouts: chronicle.digest.rollouts,
    backups: chronicle.backups.known,
    runs: chronicle.runs.known,
    noticesWaiting: chronicle.waiting(),
  });
  await serveMetrics(at, async () => [
    ...requestFamilies(meter.counted, meter.reading),
    ...hostFamilies(await view()),
  ]).catch((error: unknown) => {
    log(`metrics: can't be served at ${at.address}:${at.port}, got ${String(error)}; rollouts go on without them`);
  });
  let isFailing = false;
  for (;;) {
    try {
      await meter.look();
      isFailing = false;
    } catch (error) {
      if (!isFailing) log(`metrics: requests can't be counted, got ${String(error)}; rollouts go on without it`);
      isFailing = true;
    }
    await sleep(lookEveryMs);
  }
}
