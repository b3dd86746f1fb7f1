import type { ServerCounters, ServerState } from "./proxy-state.ts";

/** What a slot's servers did since the tally began. */
export interface SlotTraffic {
  /** Attempts that came to an end: answers and errors. */
  readonly requests: number;
  readonly errors: number;
  /** Average time to the answer's head, null without requests. */
  readonly averageMs: number | null;
}

/** HAProxy averages over so many requests at most. */
const windowSize = 512;
const none: ServerCounters = {
  answers: 0,
  answers5xx: 0,
  connectErrors: 0,
  answerErrors: 0,
  redispatched: 0,
  averageMs: 0,
};

/** Adds up a slot's counters from a beginning on, through restarts of the proxy, which start them again at 0. */
export class TrafficTally {
  readonly #servers = new Map<string, { base: ServerCounters; now: ServerCounters; before: SlotTraffic }>();

  /** @param states the slot's servers; the first call is the beginning */
  add(states: readonly ServerState[]): void {
    for (const { name, counters } of states) {
      const known = this.#servers.get(name);
      if (!known) this.#servers.set(name, { base: counters, now: counters, before: trafficBetween(none, none) });
      else if (counters.answers >= known.now.answers) known.now = counters;
      else {
        const before = sum([known.before, trafficBetween(known.base, known.now)]);
        this.#servers.set(name, { base: none, now: counters, before });
      }
    }
  }

  get traffic(): SlotTraffic {
    return sum([...this.#servers.values()].flatMap(({ base, now, before }) => [before, trafficBetween(base, now)]));
  }
}

/** The traffic of one server between two readings. */
export function trafficBetween(base: ServerCounters, now: ServerCounters): SlotTraffic {
  const answers = now.answers - base.answers;
  const lost =
    now.connectErrors -
    base.connectErrors +
    (now.answerErrors - base.answerErrors) +
    (now.redispatched - base.redispatched);
  return {
    requests: answers + lost,
    errors: now.answers5xx - base.answers5xx + lost,
    averageMs: answers > 0 ? averageBetween(base, now) : null,
  };
}

/**
 * The average of the requests between two readings, out of HAProxy's sliding average over at most 512 requests: that is, less the
 * share which older requests, maybe another release's, still have in it.
 */
function averageBetween(base: ServerCounters, now: ServerCounters): number {
  const fading = (1 - 1 / windowSize) ** Math.max(0, now.answers - Math.max(base.answers, windowSize));
  const olderShare = (Math.min(base.answers, windowSize) / Math.min(now.answers, windowSize)) * fading;
  return Math.max(0, (now.averageMs - base.averageMs * olderShare) / (1 - olderShare));
}

function sum(parts: readonly SlotTraffic[]): SlotTraffic {
  const requests = parts.reduce((total, part) => total + part.requests, 0);
  const timed = parts.filter((part) => part.averageMs !== null);
  const weight = timed.reduce((total, part) => total + part.requests, 0);
  const averageMs = timed.reduce((total, part) => total + (part.averageMs ?? 0) * part.requests, 0) / weight;
  return {
    requests,
    errors: parts.reduce((total, part) => total + part.errors, 0),
    averageMs: weight > 0 ? averageMs : null,
  };
}
