import { describe, expect, it } from "vitest";
import { leftBehind } from "../../router/left-behind.ts";
import type { RolloutRecord } from "../../router/telling/record.ts";
import { ledgersOf, recordOf } from "./support/records.ts";
import { release } from "./support/samples.ts";

const base = recordOf(ledgersOf("promoted"));
const record = (rollout: number, kind: RolloutRecord["kind"], from: string, to: string, more = {}): RolloutRecord => ({
  ...base,
  ...{ rollout, kind, from: release(from), to: release(to), verdict: "promoted" },
  backup: kind === "release" ? [`/b/${String(rollout)}.postgres.dump`] : [],
  ...more,
});
const brought = [record(2, "release", "1.0.0", "1.1.0"), record(1, "release", "0.9.0", "1.0.0")];
const found = { rollout: 3, release: release("1.1.0").id, broughtBy: 2, backup: ["/b/2.postgres.dump"] };

describe("what a rollout went back from", () => {
  it.each(["return", "rollback"] as const)("is the release that the older one took over from (%s)", (kind) => {
    expect(leftBehind(record(3, kind, "1.1.0", "1.0.0"), brought)).toEqual(found);
  });

  it("is a rejected release, with its own backup", () => {
    const rejected = record(3, "release", "1.1.0", "1.2.0", { verdict: "rejected" });
    expect(leftBehind(rejected, brought)).toEqual({
      rollout: 3,
      release: release("1.2.0").id,
      broughtBy: 3,
      backup: ["/b/3.postgres.dump"],
    });
  });

  it("is still known when the older release's record is gone", () => {
    expect(leftBehind(record(3, "return", "1.1.0", "1.0.0"), brought.slice(0, 1))).toEqual(found);
  });

  it("is the attempt that was promoted, not a rejected one of the same release", () => {
    const again = record(3, "release", "1.0.0", "1.1.0", { verdict: "rejected" });
    expect(leftBehind(record(4, "return", "1.1.0", "1.0.0"), [again, ...brought])).toMatchObject({ broughtBy: 2 });
  });

  it.each([
    ["a promoted release", record(3, "release", "1.1.0", "1.2.0")],
    ["one that runs", record(3, "return", "1.1.0", "1.0.0", { verdict: null })],
    [
      "a way back that failed: the newer release goes on",
      record(3, "return", "1.1.0", "1.0.0", { verdict: "rejected" }),
    ],
    ["a return to the newer release", record(3, "return", "1.0.0", "1.1.0")],
    ["a release that no record knows", record(3, "return", "7.0.0", "1.0.0")],
    [
      "a rejected release without databases",
      record(3, "release", "1.1.0", "1.2.0", { verdict: "rejected", backup: [] }),
    ],
  ])("is nothing for %s", (_, last) => {
    expect(leftBehind(last, brought)).toBeNull();
  });
});
