import type { Hand, Ledger, Lock } from "./ledger.ts";
import { describeHand } from "./ledger.ts";
import { describeLock, lock, unlock } from "./lock.ts";
import { isProxyProblem } from "./runtime-api.ts";
import type { Switchboard } from "./switchboard.ts";
import { allow, withdrawnAs } from "./transitions.ts";

/** What a person orders that stays until a person takes it back: it is in the journal, and moves no traffic by itself. */
export class Orders {
  readonly #board: Switchboard;
  readonly #log: (line: string) => void;

  constructor(board: Switchboard, log: (line: string) => void) {
    this.#board = board;
    this.#log = log;
  }

  /** Lets updates bring a release again that was withdrawn. @param name its id or version @throws Refusal if it is not */
  allow(name: string, hand: Hand): Promise<{ message: string }> {
    const release = withdrawnAs(this.#board.ledger, name);
    return this.#order((ledger) => allow(ledger, release), `release ${release}: allowed again ${describeHand(hand)}`);
  }

  /** Keeps updates off. @throws Refusal where somebody does already */
  lock(wanted: Lock): Promise<{ message: string }> {
    return this.#order((ledger) => lock(ledger, wanted, new Date()), `locked ${describeLock(wanted)}`);
  }

  /** Lets updates in again; safe to repeat. */
  unlock(hand: Hand): Promise<{ message: string }> {
    return this.#order(unlock, `unlocked ${describeHand(hand)}`);
  }

  /** The proxy needs to know nothing of it, or hears it from `reconcile`. */
  async #order(transition: (ledger: Ledger) => Ledger, message: string): Promise<{ message: string }> {
    await this.#board.change(transition).catch((error: unknown) => {
      if (!isProxyProblem(error)) throw error;
    });
    this.#log(message);
    return { message };
  }
}
