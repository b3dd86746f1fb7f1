import { appendFile, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Digest, readDigest } from "../../../router/telling/digest.ts";
import { drillReason, type RolloutRecord } from "../../../router/telling/record.ts";
import { release } from "../support/samples.ts";

let folder: string;
let said: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "slipway-digest-"));
  said = [];
});
afterEach(() => rm(folder, { recursive: true }));

const record = (rollout: number, change: Partial<RolloutRecord> = {}): RolloutRecord => ({
  schema: 1,
  rollout,
  service: "ape-test",
  kind: "release",
  slot: "green",
  from: release("1.0.0"),
  to: release("1.1.0"),
  by: null,
  backup: ["/b/1.dump"],
  startedAt: `2026-11-26T10:${String(rollout).padStart(2, "0")}:00.000Z`,
  endedAt: `2026-11-26T11:${String(rollout).padStart(2, "0")}:00.000Z`,
  steps: [{ at: "2026-11-26T10:00:30.000Z", phase: "move", percent: 50, paused: false }],
  traffic: { blue: null, green: null },
  verdict: "promoted",
  reason: null,
  ...change,
});
const open = (records: readonly RolloutRecord[] = []) => Digest.open(folder, records, (line) => said.push(line));
const numbers = async () => (await readDigest(folder)).map(({ rollout }) => rollout);

describe("the digest of rollouts", () => {
  it("tells a rollback that was practised from one that was meant", async () => {
    const back = (rollout: number, reason: string, kind: RolloutRecord["kind"] = "rollback") =>
      record(rollout, { kind, hands: [{ command: "rollback", by: "ada", at: "2026-11-26T10:00:00.000Z", reason }] });
    const digest = await open([
      back(1, `${drillReason}, there`),
      back(2, "it was slow"),
      back(3, drillReason, "release"),
    ]);
    await digest.written;
    expect((await readDigest(folder)).map(({ drill }) => drill)).toEqual([true, undefined, undefined]);
  });

  it("has one line for each that is over, whoever is told of it again", async () => {
    const digest = await open();
    digest.saw(record(1, { verdict: null, endedAt: null }));
    for (let again = 0; again < 2; again++) digest.saw(record(1));
    await digest.written;
    const later = await open([record(1)]);
    later.saw(record(1));
    await later.written;
    expect(await numbers()).toEqual([1]);
    expect(later.rollouts[0]).toEqual({
      rollout: 1,
      kind: "release",
      strategy: "blue-green",
      version: "1.1.0",
      release: "1.1.0-aaaa",
      from: "1.0.0-aaaa",
      startedAt: "2026-11-26T10:01:00.000Z",
      endedAt: "2026-11-26T11:01:00.000Z",
      verdict: "promoted",
      reachedPercent: 50,
      backedUp: true,
    });
  });

  it("takes in what ended while nobody looked, and what an older controller kept", async () => {
    const digest = await open([record(3), record(2)]);
    await digest.written;
    expect(await numbers()).toEqual([2, 3]);
  });

  it("loses no line to one that a power cut has left half", async () => {
    await (
      await open([record(1)])
    ).written;
    await appendFile(join(folder, "rollouts.jsonl"), '{"rollout":2,"ki');
    const digest = await open([record(2)]);
    await digest.written;
    expect(await numbers()).toEqual([1, 2]);
  });

  it("outlives the records: a line is never rewritten", async () => {
    const digest = await open();
    for (let rollout = 1; rollout <= 150; rollout++)
      digest.saw(record(rollout, { startedAt: new Date(rollout * 1e6).toISOString() }));
    await digest.written;
    expect(await numbers()).toHaveLength(150);
  });

  it("is written once the disk has room again, and says once that it has none", async () => {
    await symlink("/proc/nowhere/at/all", join(folder, "rollouts.jsonl"));
    const digest = await open();
    digest.saw(record(1));
    digest.saw(record(2));
    await digest.written;
    expect(said).toEqual([expect.stringMatching(/rollouts\.jsonl: can't be written, got ENOENT; .* Fix: /)]);
    await rm(join(folder, "rollouts.jsonl"));
    digest.saw(record(3));
    await digest.written;
    expect(await numbers()).toEqual([1, 2, 3]);
    expect(await readFile(join(folder, "rollouts.jsonl"), "utf8")).toMatch(/\n$/);
  });
});
