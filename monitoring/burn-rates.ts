import { fewestRequests, type AlertRule, type Goals } from "./alert-rules.ts";
import { matchers, type StackScope } from "./stack-scope.ts";

/** A share of the budget of thirty days, spent that many times too fast over a long stretch, and still so over a short one. */
export interface BurnWindow {
  readonly factor: number;
  /** As Prometheus writes it: `6h`. */
  readonly long: string;
  readonly short: string;
}

/** As the SRE workbook has them (chapter 5, "Multiwindow, Multi-Burn-Rate Alerts"): 2, 5, 10 and 10 % of the budget are gone by then. */
export const burnWindows = {
  Fast: [
    { factor: 14.4, long: "1h", short: "5m" },
    { factor: 6, long: "6h", short: "30m" },
  ],
  Slowly: [
    { factor: 3, long: "1d", short: "2h" },
    { factor: 1, long: "3d", short: "6h" },
  ],
} as const satisfies Readonly<Record<string, readonly BurnWindow[]>>;

type Pace = keyof typeof burnWindows;

const ends: Readonly<Record<Pace, string>> = {
  Fast: "within five days",
  Slowly: "before its thirty days are over",
};

/**
 * How fast the budgets of two goals are spent: the time in which the service may be away, and the share of answers that may be slow. They see
 * what stays below the plain thresholds, or has too little traffic for them. Nobody is woken: the guide says for what people are.
 *
 * Errors have none: their budget of 1 % is spent too fast exactly where the plain goal is missed.
 */
export const burnRules = (scope: StackScope, goals: Goals): AlertRule[] =>
  (["Fast", "Slowly"] as const).flatMap((pace) => [availability(scope, goals, pace), responseTime(scope, goals, pace)]);

const common = (pace: Pace) => ({ forSeconds: 300, severity: "warning", pace: ends[pace] }) as const;

function availability(scope: StackScope, goals: Goals, pace: Pace): AlertRule {
  const { pace: end, ...rest } = common(pace);
  const available = `slipway:available{${matchers(scope)}}`;
  const away = (window: string) => `1 - avg_over_time(${available}[${window}])`;
  return {
    ...rest,
    alert: `SlipwayAvailabilityBudgetBurns${pace}`,
    // Of a stack that is watched only just, one bad moment would be most of the time.
    expr: burning(pace, 1 - goals.availability, away, ({ short }) => `${available} offset ${short}`),
    summary: `{{ $labels.service }} is away so often in {{ $labels.environment }} that its budget of thirty days ends ${end}`,
    description: "Host {{ $labels.host }}: it could not answer for {{ $value | humanizePercentage }} of the time.",
  };
}

function responseTime(scope: StackScope, goals: Goals, pace: Pace): AlertRule {
  const { pace: end, ...rest } = common(pace);
  const sum = (what: string) => `sum by (service, environment) (${what})`;
  const bucket = `slipway_request_duration_seconds_bucket{${matchers(scope, { le: "0.2" })}}`;
  const count = `slipway_request_duration_seconds_count{${matchers(scope)}}`;
  const slow = (window: string) => `1 - ${sum(`rate(${bucket}[${window}])`)} / ${sum(`rate(${count}[${window}])`)}`;
  const enough = ({ long }: BurnWindow) => `${sum(`increase(${count}[${long}])`)} >= ${String(fewestRequests)}`;
  return {
    ...rest,
    alert: `SlipwayResponseTimeBudgetBurns${pace}`,
    expr: burning(pace, goals.slow, slow, enough),
    summary: `So many answers of {{ $labels.service }} take longer than 200 ms in {{ $labels.environment }} that the budget of thirty days ends ${end}`,
    description: "{{ $value | humanizePercentage }} do.",
  };
}

/**
 * @param budget share that may be bad
 * @param bad share that is, over a window
 * @param guard what has to be there as well, so that it is no chance
 */
const burning = (
  pace: Pace,
  budget: number,
  bad: (window: string) => string,
  guard: (window: BurnWindow) => string,
): string =>
  burnWindows[pace]
    .map((window) => {
      const most = String(Number((window.factor * budget).toPrecision(6)));
      return `(${bad(window.long)} > ${most} and ${bad(window.short)} > ${most} and ${guard(window)})`;
    })
    .join(" or ");
