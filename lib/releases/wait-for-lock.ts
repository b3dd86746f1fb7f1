import { setTimeout as sleep } from "node:timers/promises";
import { describeLock, lockAt } from "../../router/lock.ts";
import type { Ledger } from "./ledger.ts";

const askEveryMs = 2_000;

/** How a host is asked while it is locked. */
export interface LockWait {
  /** Its ledger now; undefined where it can't be told. */
  readonly ask: () => Promise<Ledger | undefined>;
  readonly say: (line: string) => Promise<void>;
  /** @default the wall clock, in ms */
  readonly now?: () => number;
  /** @default a real pause, in ms */
  readonly pause?: (ms: number) => Promise<unknown>;
}

/**
 * Waits for the end of a lock whose owner lets updates wait, as long as that says.
 *
 * @param ledger as the host told it
 * @returns the ledger that the host has then, still locked where the time was over; null where there was nothing to wait for
 */
export async function waitForLock(
  ledger: Ledger,
  { ask, say, now = Date.now, pause = sleep }: LockWait,
): Promise<Ledger | null> {
  const began = now();
  let known = ledger;
  const waited = () => lockAt(known, new Date(now()));
  let lock = waited();
  if (lock?.waitSeconds === undefined) return null;
  await say(`it is locked ${describeLock(lock)}`);
  while (lock?.waitSeconds !== undefined && now() - began < lock.waitSeconds * 1_000) {
    await pause(askEveryMs);
    known = (await ask()) ?? known;
    lock = waited();
  }
  // Whatever happened meanwhile counts, also where the lock's time was over before anybody asked.
  return (await ask()) ?? known;
}
