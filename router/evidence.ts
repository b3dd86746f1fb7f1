import { ClientWeights, type Clients } from "./clients.ts";
import type { ServerState } from "./proxy-state.ts";
import type { Answer } from "./request-log.ts";
import { noScore, scored, type Count, type Score } from "./score.ts";
import { TrafficTally, type SlotTraffic } from "./slot-traffic.ts";
import { Timing } from "./timing.ts";

const none: Count = { requests: 0, bad: 0 };
const plus = (a: Count, b: Count): Count => ({ requests: a.requests + b.requests, bad: a.bad + b.bad });

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
  readonly #weights: ClientWeights;
  /** Counted by the proxy and not yet here: while addresses are bounded, its log says first who they were. */
  #pending: Count = none;
  /** In the log, and to be left out of what the proxy counts. */
  #ignored: Count = none;

  /** @param clients who was seen in either slot */
  constructor(
    { maxErrorRatePercent, maxResponseMs }: { maxErrorRatePercent: number; maxResponseMs: number },
    clients: Clients,
  ) {
    this.#weights = new ClientWeights(clients);
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
    if (!this.#weights.areBounded) {
      this.#count(plus(this.#pending, more));
      this.#pending = none;
      return;
    }
    this.#count(this.#pending);
    this.#pending = more;
  }

  #count({ requests, bad }: Count): void {
    const [ignored, ignoredBad] = [Math.min(requests, this.#ignored.requests), Math.min(bad, this.#ignored.bad)];
    this.#ignored = { requests: this.#ignored.requests - ignored, bad: this.#ignored.bad - ignoredBad };
    const more = { requests: requests - ignored, bad: bad - ignoredBad };
    if (more.requests > 0 || more.bad > 0) this.#errors = scored(this.#errors, more, this.#maxPercent);
  }

  /** One line of the log. @param isEarlier it was asked of another release, which had this slot before */
  answered({ ms, isError, client }: Pick<Answer, "ms" | "isError" | "client">, isEarlier = false): void {
    if (isEarlier || !this.#weights.counts(client)) {
      this.#ignored = plus(this.#ignored, { requests: 1, bad: isError ? 1 : 0 });
      return;
    }
    if (ms === null) return;
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
