import { expect, test } from "vitest";
import { recordLines } from "../../bin/record-text.ts";
import type { RolloutRecord } from "../../router/telling/record.ts";

const release = (version: string) => ({
  ...{ id: `${version}-a`, version, image: "shop", fingerprint: "1", replicas: 1 },
});
const at = (time: string) => `2026-11-26T${time}.250Z`;
const figures = { requests: 13, errors: 2, averageMs: 1, p50Ms: 1, p95Ms: 2, p99Ms: 3 };
const record: RolloutRecord = {
  schema: 1,
  rollout: 4,
  service: "shop-local",
  kind: "release",
  slot: "green",
  from: release("1.0.0"),
  to: release("1.1.0"),
  by: "ann@desk",
  backup: ["4-before-1.1.0.postgres.dump"],
  startedAt: at("13:10:47"),
  endedAt: at("13:10:59"),
  seconds: { drain: 0.02, prepare: null, gate: 5.08, move: 4, watch: 0, return: 0 },
  steps: [
    { at: at("13:10:47"), phase: "gate", percent: 0, paused: false },
    { at: at("13:10:52"), phase: "move", percent: 10, paused: true },
  ],
  traffic: { blue: null, green: { version: "1.1.0", ...figures } },
  verdict: "rejected",
  reason: "15 % errors",
  hands: [{ command: "pause", by: "bob", reason: "to look", at: at("13:10:53") }],
  data: ["PostgreSQL since the backup: rows written: 3"],
};

test("a record is read by people", () => {
  expect(recordLines(record)).toEqual([
    "rollout  4: release of 1.1.0-a → green, from 1.0.0-a",
    "verdict  rejected, 15 % errors",
    "by       ann@desk",
    "time     2026-11-26 13:10:47 to 13:10:59",
    "step     13:10:47 gate at 0 %",
    "step     13:10:52 move at 10 %, paused",
    "green    1.1.0: 2 errors of 13 requests, p50 1 ms, p95 2 ms, p99 3 ms",
    "took     drain 0 s, gate 5.1 s, move 4 s, watch 0 s, return 0 s",
    "backup   4-before-1.1.0.postgres.dump",
    "by hand  pause by bob at 2026-11-26T13:10:53.250Z: to look",
    "data     PostgreSQL since the backup: rows written: 3",
  ]);
});

test("one that still runs has no verdict and no end", () => {
  const { seconds, ...open } = { ...record, endedAt: null, verdict: null, reason: null };
  const lines = recordLines(open);
  expect(seconds).toBeDefined();
  expect(lines).toContain("verdict  none yet");
  expect(lines).toContain("time     2026-11-26 13:10:47 to now");
});
