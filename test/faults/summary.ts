import type { Result, Shot } from "./result.ts";
import { targets } from "./targets.ts";

/** The table of a campaign, a line an element. */
export function summary({ rounds, problems, requests, excused, unexcused }: Result): string[] {
  const shots = rounds.flatMap((round) => round.shots);
  const rows = targets.flatMap((target) => {
    const own = shots.filter((shot) => shot.target === target);
    return own.length === 0 ? [] : [row(target, own)];
  });
  const updates = rounds.filter(({ code }) => code !== null);
  const failed = updates.filter(({ code }) => code !== 0).length;
  const mended = rounds.flatMap((round) => round.mended);
  return [
    "target      kills  back, worst ms  agreed after, worst ms",
    ...rows,
    `updates     ${updates.length}, of which ${failed} failed and were right at the next up`,
    `mended      ${mended.length} things that killed updates left`,
    `requests    ${requests}`,
    ...Object.entries(excused).map(([why, count]) => `  failed    ${count}: ${why}`),
    `  failed    ${unexcused.length}: without an excuse`,
    ...unexcused.slice(0, 20).map((failure) => `    ${failure}`),
    problems.length === 0 ? "all well: one slot live and healthy, weights as in the journal, no lock" : "PROBLEMS",
    ...problems,
  ];
}

function row(target: string, shots: readonly Shot[]): string {
  const worst = (times: readonly (number | null)[]) => {
    const known = times.filter((time) => time !== null);
    return known.length === 0 ? "-" : String(Math.round(Math.max(...known)));
  };
  const [back, agreed] = [worst(shots.map((shot) => shot.backMs)), worst(shots.map((shot) => shot.agreedMs))];
  return `${target.padEnd(10)}  ${String(shots.length).padStart(5)}  ${back.padStart(14)}  ${agreed.padStart(22)}`;
}
