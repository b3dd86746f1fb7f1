import { setTimeout as sleep } from "node:timers/promises";
import type { ControllerConfig } from "./controller-config.ts";
import { probe, type Probe, type ProbeTarget } from "./probe.ts";

const longestPauseMs = 250;

/**
 * Waits until each replica has answered one probe well, at most `gateSeconds`.
 *
 * @param version that must answer; another one ends the wait at once
 * @param stopped gives the reason as soon as the wait is to be given up
 * @returns why the slot may not be given traffic, or null
 */
export async function passHealthGate(
  targets: readonly ProbeTarget[],
  { timeoutMs, intervalMs, gateSeconds }: Omit<ControllerConfig["health"], "path">,
  version: string,
  stopped: () => string | null,
): Promise<string | null> {
  const deadline = performance.now() + gateSeconds * 1000;
  const problems = await Promise.all(
    targets.map(async (target) => {
      for (;;) {
        const answer = await probe(target, { timeoutMs, version });
        if (answer.healthy) return null;
        if (answer.final) return `${target.name} is not this release, got ${answer.problem}`;
        if (performance.now() > deadline) {
          return `${target.name} was not healthy within ${gateSeconds} s, got ${answer.problem}${raise(answer)}`;
        }
        const reason = stopped();
        if (reason !== null) return reason;
        await sleep(Math.min(intervalMs, longestPauseMs));
      }
    }),
  );
  return problems.find((problem) => problem !== null) ?? null;
}

/** Longest that the proxy may take to see a healthy replica as such, in ms: one check, and what its process needs beside it. */
export const sightMs = ({
  intervalMs,
  timeoutMs,
}: Pick<ControllerConfig["health"], "intervalMs" | "timeoutMs">): number => intervalMs + timeoutMs + 5_000;

/** @param check what the proxy's own check found; undefined where nobody tells */
export const unseenByProxy = (name: string, check: string | undefined): string =>
  `${name} is healthy but the proxy does not see it, got ${check ?? "no answer from the proxy"}; allowed L7OK`;

/** What a service needs that is only slow. */
function raise({ isLate }: Probe & { healthy: false }): string {
  const settings = ["slipway:health.gateSeconds", ...(isLate === true ? ["slipway:health.timeoutMs"] : [])];
  return ` (if it is only slow: raise ${settings.join(" or ")})`;
}
