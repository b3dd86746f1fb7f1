import type { ReleasesSettings } from "../../releases/schema.ts";

type Health = ReleasesSettings["health"];

/** Shortest that a load balancer takes, in seconds. */
const shortest = { interval: 5, timeout: 2 };
const seconds = (ms: number) => Math.ceil(ms / 1_000);

/** How a target group asks its tasks. Pure. */
export const healthCheck = ({ path, statuses, intervalMs, timeoutMs }: Health) => {
  const timeout = Math.max(shortest.timeout, seconds(timeoutMs));
  return {
    path,
    matcher: [...statuses].sort((a, b) => a - b).join(","),
    timeout,
    interval: Math.max(shortest.interval, seconds(intervalMs), timeout + 1),
    healthyThreshold: 2,
    unhealthyThreshold: 2,
  };
};

/** Times that a load balancer makes longer, each in a line. Pure. */
export function longerChecks(health: Health): string[] {
  const { interval, timeout } = healthCheck(health);
  const given = { intervalMs: [health.intervalMs, interval], timeoutMs: [health.timeoutMs, timeout] } as const;
  return Object.entries(given).flatMap(([name, [ms, becomes]]) =>
    ms === becomes * 1_000
      ? []
      : `slipway:health.${name}: ${String(ms)} ms become ${String(becomes)} s, as a load balancer asks`,
  );
}
