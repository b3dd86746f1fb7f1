import { describeHand, Refusal, type Hand, type Ledger, type Restarting, type Slot } from "./ledger.ts";
import { serverName } from "./traffic.ts";

/**
 * A person restarts live replica by replica: each leaves the proxy, ends what it has, is restarted by whoever may use Docker, passes the
 * health gate and comes back. The journal keeps which one is out, and until when at most, so that nothing stays out that nobody brings back.
 *
 * What must never happen here: a replica leaves that nobody else could answer for.
 */

/** One of live's replicas. */
export interface Replica {
  readonly slot: Slot;
  /** Counts from 1. */
  readonly replica: number;
}

/** As the proxy calls it. */
export const nameOf = ({ slot, replica }: Replica): string => serverName(slot, replica);

/** `blue-1 is being restarted by ada@laptop at 2026-…: leaks memory`. */
export const describeRestart = (restarting: Restarting): string =>
  `${nameOf(restarting)} is being restarted ${describeHand(restarting)}`;

/** Whatever is live stays as it is while it moves, or while a replica of it is out. @throws Refusal */
export function refuseRestart(ledger: Ledger): void {
  const { running } = ledger;
  refuseRestarting(ledger, "restart");
  if (running === null) return;
  throw new Refusal(
    `restart: rollout ${running.rollout} of ${running.release.id} is running, at ${running.percent} %; allowed none. Fix: wait for it (slipway rollout watch)`,
  );
}

/** The replica leaves the proxy. @throws Refusal */
export function rest(ledger: Ledger, { slot, replica }: Replica, hand: Hand): Ledger {
  const { live, slots } = ledger;
  refuseRestart(ledger);
  const width = live === null ? 0 : (slots[live].release?.replicas ?? 0);
  if (slot !== live || replica > width) {
    const got = live === null ? "nothing" : `${live} with ${width} ${width === 1 ? "replica" : "replicas"}`;
    throw new Refusal(
      `restart: ${nameOf({ slot, replica })} is none of live's replicas; allowed those of what is live, got ${got}. Fix: slipway status says what is live`,
    );
  }
  return { ...ledger, restarting: { slot, replica, ...hand, until: null } };
}

/** It has nothing left and may be restarted. @param until when it comes back, whoever forgot it; ISO 8601 */
export const resting = (ledger: Ledger, until: string): Ledger =>
  ledger.restarting === undefined ? ledger : { ...ledger, restarting: { ...ledger.restarting, until } };

/** It comes back. Safe to repeat. */
export function back(ledger: Ledger): Ledger {
  const { restarting, ...rest } = ledger;
  return restarting === undefined ? ledger : rest;
}

/** Whether nobody will bring it back any more. @param isDraining whoever took it out still waits for its requests */
export const isForgotten = ({ restarting }: Ledger, isDraining: boolean, now: Date): boolean =>
  restarting !== undefined && (restarting.until === null ? !isDraining : Date.parse(restarting.until) < now.getTime());

/** @param what is refused meanwhile @throws Refusal while a replica is out for a restart */
export function refuseRestarting({ restarting }: Ledger, what: string): void {
  if (restarting === undefined) return;
  throw new Refusal(
    `${what}: ${describeRestart(restarting)}; allowed one at a time. Fix: wait until that is over (slipway status)`,
  );
}
