import { expect, test } from "vitest";
import { emptyLedger, type Ledger } from "../../../lib/releases/ledger.ts";
import { waitForLock } from "../../../lib/releases/wait-for-lock.ts";

const at = Date.parse("2026-11-27T10:00:00Z");
const lock = { by: "ada", reason: "restores", at: "2026-11-27T09:59:00Z", until: null, waitSeconds: 60 };
const locked: Ledger = { ...emptyLedger, lock };

/** A host that tells these ledgers one after the other, the last one again and again. */
async function wait(ledger: Ledger, told: readonly (Ledger | undefined)[]) {
  const said: string[] = [];
  let [now, asked] = [at, 0];
  const result = await waitForLock(ledger, {
    ask: () => Promise.resolve(told[Math.min(asked++, told.length - 1)]),
    say: (line) => Promise.resolve(void said.push(line)),
    now: () => now,
    pause: (ms) => Promise.resolve((now += ms)),
  });
  return { result, said, seconds: (now - at) / 1_000 };
}

test("an update waits until somebody unlocks, and goes by what is there then", async () => {
  const after = { ...emptyLedger, rollout: 7 };
  const { result, said, seconds } = await wait(locked, [locked, undefined, after]);
  expect({ result, seconds }).toEqual({ result: after, seconds: 6 });
  expect(said).toEqual([
    "it is locked by ada at 2026-11-27T09:59:00Z: restores, until slipway unlock; an update waits for that, at most 60 s",
  ]);
});

test("or until the lock is over by itself", async () => {
  const brief = { ...locked, lock: { ...lock, until: "2026-11-27T10:00:10Z" } };
  expect(await wait(brief, [brief])).toMatchObject({ result: brief, seconds: 10 });
});

test("at most as long as the lock lets it: then it is refused as by any lock", async () => {
  expect(await wait(locked, [locked])).toMatchObject({ result: locked, seconds: 60 });
});

test("somebody else's lock that came meanwhile and lets nobody wait is not waited for", async () => {
  const other = { ...emptyLedger, lock: { ...lock, by: "bob", waitSeconds: undefined } };
  expect(await wait(locked, [other])).toMatchObject({ result: other, seconds: 2 });
});

test("nothing is waited for without a lock, or with one that lets nobody wait", async () => {
  const strict = { ...locked, lock: { ...lock, waitSeconds: undefined } };
  for (const ledger of [emptyLedger, strict])
    expect(await wait(ledger, [])).toEqual({ result: null, said: [], seconds: 0 });
});
