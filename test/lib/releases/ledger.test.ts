import { expect, test } from "vitest";
import { closedIn, describeUp, emptyLedger, tryLedger } from "../../../lib/releases/ledger.ts";

const live = { slot: "blue", version: "1.2.0" } as const;
const url = "http://127.0.0.1:8080";

test.each([
  [{ slot: "green", version: "1.1.0" } as const, `✓ ${url} is up: live blue 1.2.0, standby green 1.1.0`],
  [null, `✓ ${url} is up: live blue 1.2.0, nothing to go back to`],
])("what an update ends with, with the standby %o", (standby, said) => {
  expect(describeUp(url, live, standby)).toBe(said);
});

test("what is closed for maintenance is not up", () => {
  const maintenance = { by: "ada", reason: null, at: "2026-01-02T03:04:05Z", pass: null };
  const ledger = tryLedger(JSON.stringify({ ...emptyLedger, maintenance })) ?? emptyLedger;
  const closed = "for maintenance by ada at 2026-01-02T03:04:05Z; users get 503, testers by slipway:preview alone pass";
  expect(closedIn(ledger)).toEqual({ closed });
  expect(describeUp(url, { ...live, ...closedIn(ledger) }, null)).toBe(
    `✓ ${url} is closed ${closed}; behind that: live blue 1.2.0, nothing to go back to`,
  );
});

test("an open service has no word of it", () => {
  expect(closedIn(emptyLedger)).toEqual({});
});
