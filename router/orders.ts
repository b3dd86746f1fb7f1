import { setTimeout as sleep } from "node:timers/promises";
import type { Hand, Ledger, Lock } from "./ledger.ts";
import { describeHand } from "./ledger.ts";
import { describeLock, lock, unlock } from "./lock.ts";
import { close, open } from "./maintenance.ts";
import { nullIfAway } from "./runtime-api.ts";
import type { Switchboard } from "./switchboard.ts";
import type { Chronicler } from "./telling/record.ts";
import { allow, withdrawnAs } from "./transitions.ts";
import type { parseClosing } from "./wire.ts";

/** Longest that whoever closes the service waits for its page, in ms. */
const loadedWithinMs = 5_000;

/** What a person orders that stays until a person takes it back: it is in the journal, and moves no traffic by itself. */
export class Orders {
  readonly #board: Switchboard;
  readonly #chronicle: Pick<Chronicler, "handled">;
  readonly #log: (line: string) => void;

  constructor(board: Switchboard, log: (line: string) => void, chronicle: Pick<Chronicler, "handled">) {
    this.#chronicle = chronicle;
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
    if (this.#board.ledger.lock === undefined) return Promise.resolve({ message: "nobody had locked it" });
    return this.#order(unlock, `unlocked ${describeHand(hand)}`);
  }

  /**
   * Closes the service, or changes who passes and what users see.
   *
   * @param closing.pass SHA-256 of what testers pass with
   * @param closing.page HTML; null: the one of the last time, or words
   */
  async close({ pass, page }: ReturnType<typeof parseClosing>, hand: Hand): Promise<{ message: string }> {
    if (page !== null) await this.#board.keepPage(page);
    this.#chronicle.handled?.("close", hand);
    const done = await this.#order(
      (ledger) => close(ledger, hand, pass),
      `closed for maintenance ${describeHand(hand)}`,
    );
    const late =
      page === null || (await this.#isLoaded())
        ? ""
        : "; its page comes once the proxy has loaded it, after a rollout that runs";
    return { message: `${done.message}${late}` };
  }

  /** Opens it again; safe to repeat. */
  async open(hand: Hand): Promise<{ message: string }> {
    if (this.#board.ledger.maintenance === undefined) return { message: "nobody had closed it" };
    this.#chronicle.handled?.("open", hand);
    return this.#order(open, `open again ${describeHand(hand)}`);
  }

  async #isLoaded(): Promise<boolean> {
    const deadline = performance.now() + loadedWithinMs;
    this.#board.hurry();
    while (performance.now() < deadline) {
      if ((await this.#board.outdated().catch(String)) === null) return true;
      await sleep(100);
    }
    return false;
  }

  /** The proxy needs to know nothing of it, or hears it from `reconcile`. */
  async #order(transition: (ledger: Ledger) => Ledger, message: string): Promise<{ message: string }> {
    await this.#board.change(transition).catch(nullIfAway);
    this.#log(message);
    return { message };
  }
}
