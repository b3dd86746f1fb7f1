import type { Result, Shot } from "./result.ts";
import { targets } from "./targets.ts";

/** The table of a campaign, a line an element. */
export function summary({ rounds, problems, replayed, requests, excused, unexcused }: Result): string[] {
  const shots = rounds.flatMap((round) => round.shots);
  const rows = targets.flatMap((target) => {
    const own = shots.filter((shot) => shot.target === target);
    return own.length === 0 ? [] : [row(target, own)];
  });
  const updates = rounds.filter(({ code }) => code !== null);
  const failed = updates.filter(({ code }) => code !== 0).length;
  const mended = rounds.flatMap((round) => round.mended);
  return [
    "target      kills  back, p50 ms   worst  agreed after, p50 ms   worst",
    ...rows,
    `updates     ${updates.length}, of which ${failed} failed and were right at the next up`,
    `mended      ${mended.length} things that killed updates left`,
    `replayed    ${replayed.ledgers} journals, ${replayed.readings} readings of the proxy`,
    `requests    ${requests}`,
    ...Object.entries(excused).map(([why, count]) => `  failed    ${count}: ${why}`),
    `  failed    ${unexcused.length}: without an excuse`,
    ...unexcused.slice(0, 20).map((failure) => `    ${failure}`),
    problems.length === 0 ? "all well: one slot live and healthy, weights as in the journal, no lock" : "PROBLEMS",
    ...problems,
  ];
}

function row(target: string, shots: readonly Shot[]): string {
  const at = (times: readonly (number | null)[], percent: number) => {
    const known = times.filter((time) => time !== null).sort((a, b) => a - b);
    const time = known[Math.max(0, Math.ceil((known.length * percent) / 100) - 1)];
    return time === undefined ? "-" : String(Math.round(time));
  };
  const [back, agreed] = [shots.map((shot) => shot.backMs), shots.map((shot) => shot.agreedMs)];
  return [
    target.padEnd(10),
    String(shots.length).padStart(6),
    at(back, 50).padStart(13),
    at(back, 100).padStart(7),
    at(agreed, 50).padStart(21),
    at(agreed, 100).padStart(7),
  ].join(" ");
}
