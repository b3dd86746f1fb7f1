import { shareText } from "../router/rolling.ts";
import { describeAnswers, type Figures, type RolloutRecord } from "../router/telling/record.ts";
import { describeSource } from "../router/telling/source.ts";
import { describeHand, slots } from "../router/ledger.ts";

/** Everything that is recorded of one rollout, a line each, as a person reads it; times are in UTC. */
export function recordLines(record: RolloutRecord): string[] {
  const { rollout, kind, slot, from, to, by, startedAt, endedAt, verdict, reason, backup } = record;
  const line = (what: string, text: string) => `${what.padEnd(8)} ${text}`;
  const took = Object.entries(record.seconds ?? {}).flatMap(([phase, seconds]) =>
    seconds === null ? [] : `${phase} ${String(Math.round(10 * seconds) / 10)} s`,
  );
  return [
    line("rollout", `${String(rollout)}: ${kind} of ${to.id} → ${slot}, from ${from?.id ?? "nothing"}`),
    line("verdict", `${verdict ?? "none yet"}${reason === null ? "" : `, ${reason}`}`),
    line("by", by ?? "not known"),
    ...(describeSource(record) === "" ? [] : [line("source", describeSource(record))]),
    line("time", `${day(startedAt)} ${clock(startedAt)} to ${endedAt === null ? "now" : clock(endedAt)}`),
    ...record.steps.map(({ at, phase, percent, replicas, paused }) =>
      line("step", `${clock(at)} ${phase} at ${shareText(percent, to, replicas)}${paused ? ", paused" : ""}`),
    ),
    ...slots.flatMap((each) => {
      const figures = record.traffic[each];
      return figures ? line(each, `${figures.version ?? "nothing"}: ${answered(figures)}`) : [];
    }),
    ...(took.length > 0 ? [line("took", took.join(", "))] : []),
    ...backup.map((file) => line("backup", file)),
    ...(record.hands ?? []).map((hand) => line("by hand", `${hand.command} ${describeHand(hand)}`)),
    ...(record.data ?? []).map((found) => line("data", found)),
  ];
}

function answered(figures: Figures): string {
  const { p50Ms, p95Ms, p99Ms } = figures;
  const times = Object.entries({ p50: p50Ms, p95: p95Ms, p99: p99Ms });
  const known = times.flatMap(([name, ms]) => (ms === null ? [] : `, ${name} ${String(ms)} ms`));
  return [describeAnswers(figures), ...known].join("");
}

const day = (at: string) => at.slice(0, 10);
const clock = (at: string) => at.slice(11, 19);
