import { slots as allSlots } from "../../router/ledger.ts";
import { shares } from "../../router/traffic.ts";
import { until, type Stage } from "./stage.ts";

/** Longest time for proxy and journal to agree once everything is back. */
export const agreeWithinMs = 5_000;

/** What has to be true at rest. */
export async function problemsAtRest(stage: Stage, version: string): Promise<string[]> {
  const problems: string[] = [];
  try {
    await until("the journal and the proxy to agree", () => agree(stage), agreeWithinMs);
    const { ledger } = await stage.status();
    const { live, running, slots } = ledger;
    const must = (isSo: boolean, what: string) => {
      if (!isSo) problems.push(`${what}: ${JSON.stringify({ version, live, running, slots })}`);
    };
    must(running === null, "a rollout is still running");
    must(live !== null && slots[live].release?.version === version, "live is not what was wanted");
    if (live) await until(`${live} to be healthy`, () => stage.isHealthy(live), agreeWithinMs);
    await until("the service to answer", async () => (await stage.answeringVersion()) === version, agreeWithinMs);
    must((await stage.locks()) === 0, "a lock is left");
  } catch (error) {
    problems.push(String(error));
  }
  return problems;
}

/** Weights as the proxy has them, against the journal: all that is admitted, and nothing else. */
export async function agree(stage: Stage): Promise<boolean> {
  const { ledger, weights } = await stage.status();
  if (weights === null) return false;
  const share = shares(ledger);
  const total = Object.values(weights).reduce((sum, weight) => sum + weight, 0);
  return allSlots.every((slot) => {
    const weight = weights[`${slot}-1`];
    if (!share[slot].admitted) return weight === undefined;
    return weight !== undefined && Math.abs((100 * weight) / total - share[slot].percent) < 0.5;
  });
}
