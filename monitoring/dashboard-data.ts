import { z } from "zod";
import type { Dashboard } from "./dashboard.ts";
import type { PanelQuery, Unit } from "./panel.ts";

/** Times in seconds since 1970. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

/** One line of a picture; null where there is no value. */
export interface Line {
  readonly name: string;
  readonly values: readonly (number | null)[];
}

export interface Drawn {
  readonly title: string;
  readonly description: string;
  readonly unit: Unit;
  readonly lines: readonly Line[];
}

export type Told = readonly [name: string, text: string];

/** All that a page shows. */
export interface DashboardData {
  readonly title: string;
  readonly times: readonly number[];
  readonly panels: readonly Drawn[];
  /** Rollouts, from and to. */
  readonly rollouts: readonly (readonly [from: number, to: number])[];
  /** How the stack delivers: figures and what they are, in words. */
  readonly delivery: readonly Told[];
}

/** So many points are as many as a wide screen shows. */
const points = 360;
/** Prometheus asks its targets so often. */
const shortestStep = 15;

/** The last so many hours, on whole steps, so that two looks at the same time see the same points. */
export function spanOf(hours: number, nowMs: number): Span {
  const step = Math.max(shortestStep, Math.ceil((hours * 3_600) / points / shortestStep) * shortestStep);
  const to = Math.floor(nowMs / 1_000 / step) * step;
  return { from: to - Math.floor((hours * 3_600) / step) * step, to, step };
}

/** Every question of a dashboard, in order; the rollouts' is the last. */
export const questionsOf = ({ panels, rollouts }: Dashboard): string[] => [
  ...panels.flatMap(({ queries }) => queries.map(({ expr }) => expr)),
  rollouts,
];

/** Where Prometheus is asked, after its own address. */
export const rangePath = (expr: string, { from, to, step }: Span): string =>
  `/api/v1/query_range?${new URLSearchParams({ query: expr, start: String(from), end: String(to), step: String(step) }).toString()}`;

const answer = z.object({
  status: z.literal("success"),
  data: z.object({
    result: z.array(
      z.object({ metric: z.record(z.string(), z.string()), values: z.array(z.tuple([z.number(), z.string()])) }),
    ),
  }),
});

/**
 * @param answers of Prometheus, in the order of {@link questionsOf}
 * @throws Error where one is none, with what it says instead
 */
export function dashboardData(
  { title, panels }: Dashboard,
  span: Span,
  answers: readonly unknown[],
  delivery: readonly Told[],
): DashboardData {
  const times = Array.from(
    { length: (span.to - span.from) / span.step + 1 },
    (_, index) => span.from + index * span.step,
  );
  const read = answers.map((each) => linesOf(each, times));
  let next = 0;
  const drawn = panels.map(({ queries, ...panel }): Drawn => {
    const lines = queries.flatMap(({ legend }) =>
      (read[next++] ?? []).map(({ metric, values }) => ({ name: nameOf(legend, metric), values })),
    );
    return { ...panel, lines };
  });
  return { title, times, panels: drawn, rollouts: bands(times, read[next]?.[0]?.values ?? []), delivery };
}

const nameOf = (legend: PanelQuery["legend"], metric: Readonly<Record<string, string>>): string =>
  "label" in legend ? (metric[legend.label] ?? "") : legend.text;

function linesOf(said: unknown, times: readonly number[]) {
  const parsed = answer.safeParse(said);
  if (!parsed.success)
    throw new Error(`Prometheus can't answer what the dashboard asks: ${JSON.stringify(said).slice(0, 300)}`);
  return parsed.data.data.result.map(({ metric, values }) => {
    const byTime = new Map(values.map(([time, value]) => [time, Number(value)]));
    const at = (time: number) => byTime.get(time);
    return { metric, values: times.map((time) => (Number.isFinite(at(time)) ? (at(time) ?? null) : null)) };
  });
}

/** Where a value is 1. */
function bands(times: readonly number[], values: readonly (number | null)[]): [number, number][] {
  const found: [number, number][] = [];
  let begun: number | undefined;
  times.forEach((time, index) => {
    if (values[index] === 1) begun ??= time;
    else if (begun !== undefined) {
      found.push([begun, time]);
      begun = undefined;
    }
  });
  const last = times.at(-1);
  return begun === undefined || last === undefined ? found : [...found, [begun, last]];
}
