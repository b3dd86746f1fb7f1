import { setTimeout as sleep } from "node:timers/promises";
import type { ControllerConfig } from "./controller-config.ts";
import { drained } from "./drain.ts";
import { standInFor } from "./fallback.ts";
import { passHealthGate, sightMs, unseenByProxy } from "./health-gate.ts";
import { Refusal, type Hand, type Ledger, type Restarting } from "./ledger.ts";
import { back, describeRestart, isForgotten, nameOf, refuseRestart, rest, resting, type Replica } from "./restart.ts";
import { isServing } from "./retreat.ts";
import type { Progress } from "./run.ts";
import { nullIfAway } from "./runtime-api.ts";
import type { Switchboard } from "./switchboard.ts";
import type { Chronicler } from "./telling/record.ts";
import { slotTargets } from "./traffic.ts";

const lookEveryMs = 100;

/** Takes replicas of live out of the proxy for a restart, and back into it. */
export class Restarts {
  readonly #config: ControllerConfig;
  readonly #board: Switchboard;
  readonly #log: (line: string) => void;
  readonly #chronicle: Pick<Chronicler, "handled">;
  #isDraining = false;

  constructor(
    config: ControllerConfig,
    board: Switchboard,
    log: (line: string) => void,
    chronicle: Pick<Chronicler, "handled">,
  ) {
    this.#config = config;
    this.#board = board;
    this.#log = log;
    this.#chronicle = chronicle;
  }

  get #ledger(): Ledger {
    return this.#board.ledger;
  }

  /**
   * Out of the proxy until `back`, `seconds` after it has nothing left at most, or until whoever asks goes away before that.
   *
   * @throws Refusal, ProxyProblem
   */
  async *rest(replica: Replica, seconds: number, hand: Hand): AsyncGenerator<Progress> {
    const name = nameOf(replica);
    // Wrong wishes first, before the proxy is asked.
    rest(this.#ledger, replica, hand);
    const standIn = standInFor(this.#ledger, await this.#board.proxy.state(), replica);
    const mine = { isOut: false };
    try {
      await this.#board.change((ledger) => {
        const without = rest(ledger, replica, hand);
        mine.isOut = this.#isDraining = true;
        return without;
      });
      const { restarting } = this.#ledger;
      this.#log(restarting ? describeRestart(restarting) : name);
      this.#chronicle.handled?.("restart", { ...hand, reason: [name, hand.reason].filter(Boolean).join(": ") });
      if (standIn !== null) yield { line: standIn };
      const { drainSeconds } = this.#config;
      for await (const line of drained(this.#board.proxy, { last: null }, name, drainSeconds)) yield { line };
      const until = new Date(Date.now() + seconds * 1_000).toISOString();
      await this.#board.change((ledger) => resting(ledger, until));
      yield { end: "ok", message: `${name}: out of the proxy with nothing left, may be restarted` };
      this.#isDraining = mine.isOut = false;
    } finally {
      if (mine.isOut) {
        this.#isDraining = false;
        await this.#putBack();
      }
    }
  }

  /** A role of live is restarted by whoever asks, which takes nothing out of the proxy. @throws Refusal */
  role(hand: Hand): void {
    refuseRestart(this.#ledger);
    this.#chronicle.handled?.("restart", hand);
  }

  /** Back into the proxy once it passes the health gate; where it does not, the proxy's checks decide when. @throws Refusal */
  async *back(replica: Replica): AsyncGenerator<Progress> {
    const name = nameOf(replica);
    const mine = this.#ledger.restarting;
    if (mine === undefined || !this.#isOut(replica)) throw new Refusal(this.#gone(name));
    const { gateSeconds } = this.#config.health;
    await this.#change((ledger) => resting(ledger, new Date(Date.now() + (gateSeconds + 30) * 1_000).toISOString()));
    yield { line: `waiting for health of ${name} (at most ${gateSeconds} s by slipway:health.gateSeconds)` };
    const problem = (await this.#gate(replica)) ?? (await this.#seen(name));
    if (problem === null) {
      yield { end: "ok", message: `${name}: healthy, and back in the proxy` };
      return;
    }
    this.#chronicle.handled?.("restart", { ...handOf(mine), reason: `${name} did not come back: ${problem}` });
    const left = "it gets traffic again once the proxy sees it healthy. Fix: slipway logs says more";
    yield { end: "failed", message: `${name}: did not come back after its restart, ${problem}; ${left}` };
  }

  /** Brings back what was forgotten. @throws ProxyProblem */
  async tend(): Promise<void> {
    const { restarting } = this.#ledger;
    if (restarting === undefined || !isForgotten(this.#ledger, this.#isDraining, new Date())) return;
    this.#log(`${nameOf(restarting)}: whoever restarted it did not bring it back, so it is put back`);
    await this.#board.change(back);
  }

  async #gate(wanted: Replica): Promise<string | null> {
    const { slot, replica } = wanted;
    const release = this.#ledger.slots[slot].release;
    const target = release && slotTargets(this.#config, slot, release)[replica - 1];
    if (!target) return this.#gone(nameOf(wanted));
    const stopped = () => (this.#isOut(wanted) ? null : this.#gone(target.name));
    const problem = await passHealthGate([target], this.#config.health, release.version, stopped);
    if (this.#isOut(wanted)) await this.#putBack();
    return problem;
  }

  /** The next one may leave only when the proxy has checked this one. */
  async #seen(name: string): Promise<string | null> {
    const deadline = performance.now() + sightMs(this.#config.health);
    for (;;) {
      const server = (await this.#board.proxy.state().catch(nullIfAway))?.servers.get(name);
      if (isServing(server)) return null;
      if (performance.now() > deadline) return unseenByProxy(name, server?.check);
      await sleep(lookEveryMs);
    }
  }

  #gone(name: string): string {
    return `restart: ${name} is not out for a restart any more: its time was over, or a way back ended it. Fix: slipway status says what is live`;
  }

  #putBack(): Promise<void> {
    return this.#change(back);
  }

  /** `reconcile` brings the proxy along. */
  async #change(transition: (ledger: Ledger) => Ledger): Promise<void> {
    await this.#board.change(transition).catch(nullIfAway);
  }

  #isOut({ slot, replica }: Replica): boolean {
    const { restarting } = this.#ledger;
    return restarting?.slot === slot && restarting.replica === replica;
  }
}

const handOf = ({ by, reason, at }: Restarting): Hand => ({ by, reason, at });
