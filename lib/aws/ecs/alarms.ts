import { minutes } from "./deployment.ts";
import type { ReleasesSettings } from "../../releases/schema.ts";

/** The two target groups; which of them is live changes with each release. */
export const colors = ["blue", "green"] as const;
export type Color = (typeof colors)[number];

/** Of all alarms, as {@link alarmInputs} names them. */
export const alarmNames: readonly string[] = [
  ...colors.flatMap((color) => ["errors", "slow", "unhealthy"].map((what) => `${what}-${color}`)),
  "errors-entrance",
];

/** By what CloudWatch knows load balancer and target groups: the ends of their ARNs, where they are known. */
export interface Dimensions<Value> {
  readonly balancer: Value;
  readonly groups: Readonly<Record<Color, Value>>;
}

/** What is common to all of them. A minute is the shortest time that the load balancer tells anything for. */
const common = { period: 60, namespace: "AWS/ApplicationELB" } as const;
/** Nothing is said of no traffic: no request is no bad answer. */
const judged = { comparisonOperator: "GreaterThanThreshold", treatMissingData: "notBreaching" } as const;

/**
 * The verdict as alarms of CloudWatch, by name: errors, slow answers and unhealthy tasks of each group, and what the load balancer itself
 * answers in place of a task. Pure.
 *
 * Both groups are watched, as they take turns; one alarm on the whole load balancer would see a tenth of a canary's errors.
 */
export function alarmInputs<Value>(
  { verdict, health }: Pick<ReleasesSettings, "verdict" | "health">,
  { balancer, groups }: Dimensions<Value>,
): Readonly<Record<string, object>> {
  const { maxErrorRatePercent, maxResponseMs, minRequests } = verdict;
  const rate = (dimensions: object, errors: readonly string[]) => {
    const metric = (id: string, metricName: string) => ({
      id,
      metric: { ...common, metricName, stat: "Sum", dimensions },
      returnData: false,
    });
    const sum = errors.map((_, index) => `FILL(e${String(index)}, 0)`).join(" + ");
    return {
      ...judged,
      evaluationPeriods: 1,
      threshold: maxErrorRatePercent,
      metricQueries: [
        metric("requests", "RequestCount"),
        ...errors.map((name, index) => metric(`e${String(index)}`, name)),
        {
          id: "rate",
          expression: `IF(requests >= ${String(minRequests)}, 100 * (${sum}) / requests, 0)`,
          label: "Errors in percent",
          returnData: true,
        },
      ],
    };
  };
  const ofGroups = colors.flatMap((color): (readonly [string, object])[] => {
    const dimensions = { LoadBalancer: balancer, TargetGroup: groups[color] };
    const plain = { ...common, ...judged, dimensions };
    return [
      [`errors-${color}`, rate(dimensions, ["HTTPCode_Target_5XX_Count"])],
      [
        `slow-${color}`,
        {
          ...plain,
          metricName: "TargetResponseTime",
          extendedStatistic: "p95",
          evaluateLowSampleCountPercentiles: "ignore",
          evaluationPeriods: 1,
          threshold: maxResponseMs / 1_000,
        },
      ],
      [
        `unhealthy-${color}`,
        {
          ...plain,
          metricName: "UnHealthyHostCount",
          // All of a minute, and longer than a task may take to start.
          statistic: "Minimum",
          evaluationPeriods: minutes(health.gateSeconds) + 1,
          threshold: 0,
        },
      ],
    ];
  });
  const entrance = rate({ LoadBalancer: balancer }, ["HTTPCode_ELB_5XX_Count", "HTTPCode_Target_5XX_Count"]);
  return Object.fromEntries([...ofGroups, ["errors-entrance", entrance]]);
}
