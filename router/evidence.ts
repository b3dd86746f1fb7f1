import type { ServerState } from "./proxy-state.ts";
import { noScore, scored, type Score } from "./score.ts";
import { TrafficTally, type SlotTraffic } from "./slot-traffic.ts";
import { Timing } from "./timing.ts";

/** Gathers what one slot did: errors from the proxy's counters, times from its log and from what waits in it. */
export class SlotEvidence {
  readonly timing = new Timing();
  readonly #maxPercent: number;
  readonly #maxMs: number;
  readonly #tally = new TrafficTally();
  #seen: SlotTraffic = this.#tally.traffic;
  #errors: Score = noScore;
  #slow: Score = noScore;
  #late = 0;

  constructor({ maxErrorRatePercent, maxResponseMs }: { maxErrorRatePercent: number; maxResponseMs: number }) {
    this.#maxPercent = maxErrorRatePercent;
    this.#maxMs = maxResponseMs;
  }

  get traffic(): SlotTraffic {
    return this.#tally.traffic;
  }

  get errors(): Score {
    return this.#errors;
  }

  /** Requests that wait for too long already count before they are over: they may never be. */
  get slow(): Score {
    return this.#late === 0
      ? this.#slow
      : scored(this.#slow, { requests: this.#late, bad: this.#late }, this.#maxPercent);
  }

  /** A reading of the counters; the first one is the beginning. */
  read(servers: readonly ServerState[]): void {
    this.#tally.add(servers);
    const { traffic } = this.#tally;
    const more = { requests: traffic.requests - this.#seen.requests, bad: traffic.errors - this.#seen.errors };
    this.#seen = traffic;
    if (more.requests > 0 || more.bad > 0) this.#errors = scored(this.#errors, more, this.#maxPercent);
  }

  answered(ms: number): void {
    this.timing.add(ms);
    this.#slow = scored(this.#slow, { requests: 1, bad: ms > this.#maxMs ? 1 : 0 }, this.#maxPercent);
  }

  /** How many requests wait for longer than allowed now. */
  waiting(late: number): void {
    this.#late = late;
  }

  /** Counts afresh: what was before is known not to be the slot's own doing. */
  forgive(): void {
    this.#errors = noScore;
    this.#slow = noScore;
  }
}
