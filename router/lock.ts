import { describeHand, Refusal, type Ledger, type Lock } from "./ledger.ts";

/**
 * A person keeps updates off a host for a while: a migration by hand, an incident that is looked at. Ways back are never locked.
 */

/** What is in force at that moment; null if nothing is. */
export const lockAt = ({ lock }: { readonly lock?: Lock | undefined }, now: Date): Lock | null =>
  lock && (lock.until === null || now.getTime() < Date.parse(lock.until)) ? lock : null;

/** `by ada@laptop at 2026-…: migrates by hand, until 2026-…`. */
export const describeLock = (lock: Lock): string =>
  `${describeHand(lock)}, ${lock.until === null ? "until slipway unlock" : `until ${lock.until}`}${
    lock.waitSeconds === undefined ? "" : `; an update waits for that, at most ${lock.waitSeconds} s`
  }`;

export const unlockFix = "wait, or `slipway unlock`; slipway rollback goes back all the same";

/** Who comes first has it. @throws Refusal where somebody has it already */
export function lock(ledger: Ledger, wanted: Lock, now: Date): Ledger {
  const held = lockAt(ledger, now);
  if (held !== null) {
    throw new Refusal(
      `lock: the host is locked, got ${describeLock(held)}; allowed one lock. Fix: slipway unlock, then lock again`,
    );
  }
  return { ...ledger, lock: wanted };
}

/** Safe to repeat. */
export function unlock(ledger: Ledger): Ledger {
  const { lock, ...rest } = ledger;
  return lock === undefined ? ledger : rest;
}

/** @throws Refusal while a person keeps updates off */
export function refuseLocked(ledger: Ledger, now: Date): void {
  const held = lockAt(ledger, now);
  if (held !== null)
    throw new Refusal(`host: is locked, got ${describeLock(held)}; allowed no update. Fix: ${unlockFix}`);
}
