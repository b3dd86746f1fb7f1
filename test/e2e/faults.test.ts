import { expect, test } from "vitest";
import { kills } from "../support/run/knobs.ts";
import { campaign } from "../faults/campaign.ts";
import { summary } from "../faults/summary.ts";
import { targets } from "../faults/targets.ts";

const wanted = kills();

// With other seeds and targets: node test/faults/run.ts
test(
  "kill -9 of anything at random instants mends itself",
  async () => {
    const lines: string[] = [];
    const result = await campaign({
      kills: wanted,
      seed: 1,
      targets,
      liveRestore: true,
      say: (line) => lines.push(line),
    });
    const report = [...lines, ...summary(result)].join("\n");
    expect(result.problems, report).toEqual([]);
    expect(result.unexcused, report).toEqual([]);
    expect(result.rounds.flatMap(({ shots }) => shots).length, report).toBeGreaterThanOrEqual(wanted);
    expect(result.replayed.ledgers, report).toBeGreaterThan(20);
    expect(result.replayed.readings, report).toBeGreaterThan(20);
    expect(result.requests, report).toBeGreaterThan(1_000);
  },
  120_000 + wanted * 30_000,
);
