import type { RolloutRecord } from "../../router/telling/record.ts";

const order = ["gate", "move", "watch", "return"];

/**
 * Replays what a real controller recorded of its rollouts, kills included, against the rules that every simulated one keeps.
 *
 * @param records of one host, oldest first
 */
export function traceProblems(records: readonly RolloutRecord[]): string[] {
  const problems: string[] = [];
  records.forEach((record, index) => {
    const { rollout, steps, verdict, slot, from, to } = record;
    const must = (isSo: boolean, what: string) => {
      if (!isSo) problems.push(`record of rollout ${rollout}: ${what}: ${JSON.stringify(steps)} ${String(verdict)}`);
    };
    must(rollout > (records[index - 1]?.rollout ?? 0), "is not newer than the one before");
    const last = steps.at(-1);
    steps.forEach(({ phase, percent }, at) => {
      const before = steps[at - 1];
      must(!before || order.indexOf(phase) >= order.indexOf(before.phase), "went back a phase");
      must(
        phase === "return" ? percent === 0 : percent >= (before?.percent ?? 0),
        "lost its share, or kept it on the way back",
      );
      must(phase !== "gate" || percent === 0, "gave traffic to what had not passed the gate");
      must(phase !== "watch" || percent === 100, "watched without all traffic");
    });
    must(verdict !== "promoted" || (last?.phase === "watch" && last.percent === 100), "was promoted without its watch");
    must(verdict !== "rejected" || last?.phase === "return", "was rejected without the way back");
    // Live is what was promoted last; the very first release has nothing before it.
    const live = records.slice(0, index).findLast((one) => one.verdict === "promoted");
    must(!live || from?.id === live.to.id, `began from ${from?.id ?? "nothing"}, not from what was live`);
    must(live?.slot !== slot || live.to.id === to.id, "went into the slot that was live");
  });
  return problems;
}
