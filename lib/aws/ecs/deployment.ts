import type { ReleasesSettings } from "../../releases/schema.ts";

/** How ECS moves the traffic of a release, in its own terms. Times in minutes. */
export type Deployment = {
  readonly bakeMinutes: number;
} & (
  | { readonly strategy: "BLUE_GREEN" }
  | { readonly strategy: "CANARY" | "LINEAR"; readonly percent: number; readonly stepMinutes: number }
);

type Profile = ReleasesSettings["profile"];

/** ECS counts in minutes. */
export const minutes = (seconds: number): number => Math.ceil(seconds / 60);

/** A profile as one of the patterns that ECS has; undefined if it is none of them. Pure. */
export function deploymentOf({ steps, pauseSeconds, watchSeconds }: Profile): Deployment | undefined {
  const bakeMinutes = minutes(watchSeconds);
  const [percent = 100, ...rest] = steps;
  if (rest.length === 0) return { strategy: "BLUE_GREEN", bakeMinutes };
  const stepMinutes = minutes(pauseSeconds);
  if (rest.length === 1) return { strategy: "CANARY", percent, stepMinutes, bakeMinutes };
  const isEven = steps.every((step, index) => step === Math.min(100, percent * (index + 1)));
  // Smaller ones ECS does not take.
  return isEven && percent >= 3 ? { strategy: "LINEAR", percent, stepMinutes, bakeMinutes } : undefined;
}

/** Times that ECS makes longer, each in a line. Pure. */
export function roundedUp({ steps, pauseSeconds, watchSeconds }: Profile): string[] {
  const times = { ...(steps.length > 1 ? { pauseSeconds } : {}), watchSeconds };
  return Object.entries(times).flatMap(([name, seconds]) =>
    seconds % 60 === 0
      ? []
      : `slipway:profile.${name}: ${String(seconds)} s become ${String(minutes(seconds))} min, as ECS counts in minutes`,
  );
}

/** What the service is told of it. */
export function deploymentInputs(deployment: Deployment): Readonly<Record<string, unknown>> {
  const { strategy, bakeMinutes } = deployment;
  const common = { strategy, bakeTimeInMinutes: String(bakeMinutes) };
  if (strategy === "BLUE_GREEN") return common;
  const { percent, stepMinutes } = deployment;
  return strategy === "CANARY"
    ? { ...common, canaryConfiguration: { canaryPercent: percent, canaryBakeTimeInMinutes: String(stepMinutes) } }
    : { ...common, linearConfiguration: { stepPercent: percent, stepBakeTimeInMinutes: String(stepMinutes) } };
}

/** What ECS takes beside steps, bake and gate: to start tasks, and to end the ones before. */
const aroundMinutes = 20;

/** Longest that a release may take: the vendor's own 20 minutes would end before a longer bake. In minutes. Pure. */
export function limitMinutes(
  deployment: Deployment,
  { gateSeconds, drainSeconds }: { readonly gateSeconds: number; readonly drainSeconds: number },
): number {
  const { strategy, bakeMinutes } = deployment;
  const steps =
    strategy === "BLUE_GREEN"
      ? 0
      : (strategy === "CANARY" ? 1 : Math.ceil(100 / deployment.percent)) * deployment.stepMinutes;
  return steps + bakeMinutes + minutes(gateSeconds) + minutes(drainSeconds) + aroundMinutes;
}
