import { describe, expect, test } from "vitest";
import { emptyLedger, type Lock } from "../../router/ledger.ts";
import { parseLedger } from "../../router/ledger-format.ts";
import { lock, lockAt, refuseLocked, unlock } from "../../router/lock.ts";
import { describeStatus } from "../../router/telling/report.ts";

const noon = new Date("2026-11-27T12:00:00Z");
const forever: Lock = { by: "ada@laptop", reason: "migrates by hand", at: "2026-11-27T11:00:00.000Z", until: null };
const untilOne: Lock = { ...forever, until: "2026-11-27T13:00:00.000Z" };

describe("a lock", () => {
  test("keeps updates off, with who, why and until when", () => {
    expect(() => {
      refuseLocked({ ...emptyLedger, lock: untilOne }, noon);
    }).toThrow(
      "host: is locked, got by ada@laptop at 2026-11-27T11:00:00.000Z: migrates by hand, until 2026-11-27T13:00:00.000Z; allowed no update. Fix: wait, or `slipway unlock`",
    );
  });

  test("ends by itself at its time, and by hand", () => {
    const later = new Date("2026-11-27T13:00:00Z");
    expect(lockAt({ lock: untilOne }, later)).toBeNull();
    expect(lockAt({ lock: forever }, later)).toBe(forever);
    refuseLocked(unlock({ ...emptyLedger, lock: forever }), noon);
    expect(unlock(emptyLedger)).toEqual(emptyLedger);
  });

  test("belongs to who came first, as long as it holds", () => {
    expect(() => lock({ ...emptyLedger, lock: forever }, untilOne, noon)).toThrow(
      "lock: the host is locked, got by ada@laptop",
    );
    const over = { ...emptyLedger, lock: { ...forever, until: "2026-11-27T11:30:00.000Z" } };
    expect(lock(over, untilOne, noon).lock).toBe(untilOne);
  });

  test("outlives the controller, and status shows it", () => {
    const ledger = { ...emptyLedger, lock: forever };
    expect(parseLedger(JSON.stringify(ledger), "journal")).toEqual(ledger);
    const lines = describeStatus({ ledger, weights: {}, down: [], fallback: null, certificate: null, outdated: null });
    expect(lines).toContain(
      "locked   by ada@laptop at 2026-11-27T11:00:00.000Z: migrates by hand, until slipway unlock",
    );
  });
});
