import { describe, expect, it } from "vitest";
import { drained } from "../../router/drain.ts";
import { emptyLedger } from "../../router/ledger.ts";
import { release } from "./support/samples.ts";

describe("drained", () => {
  const ended = (endedAt: string) => ({
    ...emptyLedger,
    last: {
      rollout: 1,
      slot: "blue" as const,
      release: release("1.0.0"),
      kind: "release" as const,
      result: "promoted" as const,
      reason: null,
      endedAt,
    },
  });
  const lines = async (sessions: number[], endedAt: string, now: string) => {
    const proxy = { openSessions: () => Promise.resolve(sessions.shift() ?? 0) };
    const said: string[] = [];
    for await (const line of drained(proxy, ended(endedAt), "green", 300, () => Date.parse(now))) said.push(line);
    return said;
  };

  it("counts the deadline from when the slot lost its traffic", async () => {
    expect(await lines([2], "2026-01-01T10:00:00Z", "2026-01-01T10:05:00Z")).toEqual([
      "green: 2 requests or streams did not end within 300 s, and are cut with it",
    ]);
    expect(await lines([2, 0], "2026-01-01T10:00:00Z", "2026-01-01T10:04:00Z")).toEqual([
      "green: waiting for 2 requests or streams to end (at most 60 s)",
    ]);
  });

  it("does not wait longer when the clock was set back", async () => {
    expect(await lines([1, 0], "2026-01-01T10:00:00Z", "2025-01-01T10:00:00Z")).toEqual([
      "green: waiting for 1 requests or streams to end (at most 300 s)",
    ]);
  });
});
