import { otherSlot, Refusal, type Ledger, type Slot } from "./ledger.ts";
import type { ProxyState, ServerState } from "./proxy-state.ts";
import type { Replica } from "./restart.ts";
import { serverName } from "./traffic.ts";

/** The standby answers in the place of live, which is down. */
export interface Fallback {
  readonly slot: Slot;
  readonly since: string;
  /** Requests that it answered in live's place. */
  readonly answers: number;
}

const serversOf = ({ servers }: ProxyState, slot: Slot): ServerState[] =>
  [...servers.values()].filter(({ name }) => name.startsWith(`${slot}-`));

/** The slot that answers because nothing that has a weight is usable, or null. */
export function standIn(ledger: Ledger, state: ProxyState): Slot | null {
  const { live } = ledger;
  if (!live) return null;
  const isWeighted = ({ weight, status }: ServerState) => weight > 0 && status === "up";
  if ([...state.servers.values()].some(isWeighted)) return null;
  // In a rollout's watch it is the new slot that may be down, and live that stands in.
  return [live, otherSlot(live)].find((slot) => serversOf(state, slot).some(({ status }) => status === "up")) ?? null;
}

/** Whether the slot has a replica that the proxy has checked and found well. */
export const serves = (state: ProxyState, slot: Slot): boolean => serversOf(state, slot).some(isWell);

const isWell = (server: ServerState | undefined): boolean => server?.status === "up" && server.checked;

/** Whether a slot may be replaced, by what the proxy says now, whatever the journal holds. @throws Refusal */
export function refuseToReplace({ live }: Ledger, state: ProxyState, slot: Slot): void {
  const weighted = [...state.servers.values()].find(({ name, weight }) => name.startsWith(`${slot}-`) && weight > 0);
  if (weighted) {
    throw new Refusal(
      `slot ${slot}: ${weighted.name} has weight ${weighted.weight} in the proxy; allowed 0. Fix: run pulumi up again in a few seconds`,
    );
  }
  if (live && !serves(state, live) && serves(state, slot)) {
    throw new Refusal(
      `slot ${slot}: is the only one that answers, live ${live} is down; allowed to replace it only while live is up. ` +
        `Fix: pulumi up again once ${live} answers (slipway status): what is missing of it is made anew; or make ${slot} live: slipway rollback`,
    );
  }
}

/**
 * Who answers while a replica is out, in words; null where that is so obvious that it needs none.
 *
 * @throws Refusal where nobody could
 */
export function standInFor({ slots, withdrawn }: Ledger, state: ProxyState, { slot, replica }: Replica): string | null {
  const width = slots[slot].release?.replicas ?? 0;
  const others = Array.from({ length: width }, (_, index) => serverName(slot, index + 1));
  const server = (name: string) => state.servers.get(name);
  if (others.some((name) => name !== serverName(slot, replica) && isWell(server(name)))) return null;
  // What does not answer anyway loses nothing.
  if (server(serverName(slot, replica))?.status === "down") return null;
  const standby = otherSlot(slot);
  const held = slots[standby];
  const isWithdrawn = withdrawn.some(({ release }) => release === held.release?.id);
  if (held.release && held.state === "holds" && !isWithdrawn && serves(state, standby)) {
    return `${standby} (${held.release.id}) answers meanwhile, as ${slot} has no other replica that does`;
  }
  const why = isWithdrawn ? `a standby that was withdrawn (${held.release?.id ?? ""})` : "no standby that is warm";
  throw new Refusal(
    `restart: nobody could answer while ${serverName(slot, replica)} is out, got no other replica of ${slot} that is healthy, and ${why}; ` +
      "allowed one of both. Fix: slipway:replicas 2 or more with the next release",
  );
}

/** Notices and reports falls; the proxy does them by itself. Short ones between two looks show in the spares' counters. */
export class FallbackWatch {
  readonly #say: (line: string) => void;
  #now: Fallback | null = null;
  #answers = new Map<Slot, number>();

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  get now(): Fallback | null {
    return this.#now;
  }

  look(ledger: Ledger, state: ProxyState): void {
    for (const slot of ["blue", "green"] as const) {
      const total = serversOf(state, slot).reduce((sum, { spareAnswers }) => sum + spareAnswers, 0);
      const before = this.#answers.get(slot) ?? total;
      this.#answers.set(slot, total);
      // A proxy that restarted counts from 0.
      const more = total >= before ? total - before : total;
      if (this.#now?.slot === slot) this.#now = { ...this.#now, answers: this.#now.answers + more };
      else if (more > 0) this.#begin(slot, more);
    }
    const slot = standIn(ledger, state);
    if (slot === (this.#now?.slot ?? null)) return;
    if (this.#now) this.#end(this.#now);
    if (slot) this.#begin(slot, 0);
  }

  #begin(slot: Slot, answers: number): void {
    this.#now = { slot, since: new Date().toISOString(), answers };
    this.#say(`fall-back: ${otherSlot(slot)} does not answer, ${slot} answers in its place`);
  }

  #end({ slot, since, answers }: Fallback): void {
    const seconds = Math.max(0, (Date.now() - Date.parse(since)) / 1000).toFixed(1);
    this.#now = null;
    this.#say(`fall-back: over after ${seconds} s, ${slot} answered ${answers} requests in ${otherSlot(slot)}'s place`);
  }
}
