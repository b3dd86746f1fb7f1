import type * as Journal from "../../../router/journal.ts";
import type { Ledger } from "../../../router/ledger.ts";
import type * as Retreat from "../../../router/retreat.ts";
import type * as Traffic from "../../../router/traffic.ts";
import type * as Transitions from "../../../router/transitions.ts";
import type * as Verdict from "../../../router/verdict.ts";
import { timers } from "./simulated-node.ts";

/** Mistakes that somebody could make in the router: each has to be noticed. */
export const plants = [
  "weights before the journal",
  "a configuration that is not written again",
  "memory instead of the journal",
  "a guard that leaves the standby in use",
  "a step that is recorded before it is read back",
  "a promotion that forgets who is live",
  "a retreat that drains both",
  "weight at the gate",
  "a verdict that is blind",
  "a way back that puts away the only copy",
  "a rollback that withdraws nothing",
  "a promotion that forgets what was withdrawn",
  "an update that brings what was withdrawn",
] as const;
export type Plant = (typeof plants)[number];

const planted: { now: Plant | null; remembered: Ledger | null } = { now: null, remembered: null };

export function plant(fault: Plant | null): void {
  Object.assign(planted, { now: fault, remembered: null });
}

const is = (fault: Plant): boolean => planted.now === fault;

export const inJournal = (real: typeof Journal): typeof Journal => ({
  ...real,
  async saveJournal(folder, ledger) {
    const isEarly = is("weights before the journal") && typeof ledger.running?.intent === "number";
    if (!isEarly) return real.saveJournal(folder, ledger);
    void timers.setTimeout(20).then(() => real.saveJournal(folder, ledger));
  },
  async writeDurably(path, text) {
    if (is("a configuration that is not written again") && planted.remembered) return;
    await real.writeDurably(path, text);
  },
  async loadJournal(folder) {
    const ledger = await real.loadJournal(folder);
    // The prepared host's, not the blank one's.
    if (ledger.live) planted.remembered ??= ledger;
    return is("memory instead of the journal") ? (planted.remembered ?? ledger) : ledger;
  },
});

export const inTransitions = (real: typeof Transitions): typeof Transitions => ({
  ...real,
  start(ledger, ...rest) {
    if (!is("an update that brings what was withdrawn")) return real.start(ledger, ...rest);
    return { ...real.start({ ...ledger, withdrawn: [] }, ...rest), withdrawn: ledger.withdrawn };
  },
  guard(ledger, wish) {
    const next = real.guard(ledger, wish);
    if (!is("a guard that leaves the standby in use") || ledger.live === null) return next;
    return { ...next, slots: { ...next.slots, [wish.slot]: { release: wish.release, state: "holds" } } };
  },
  intend(ledger, percent) {
    const next = real.intend(ledger, percent);
    return is("a step that is recorded before it is read back") ? real.step(next) : next;
  },
  step: (ledger) => (is("a step that is recorded before it is read back") ? ledger : real.step(ledger)),
  promoted(ledger, at) {
    const next = real.promoted(ledger, at);
    if (is("a rollback that withdraws nothing")) return { ...next, withdrawn: ledger.withdrawn };
    if (is("a promotion that forgets what was withdrawn") && ledger.withdrawn.length > 0)
      return { ...next, withdrawn: [] };
    return is("a promotion that forgets who is live") && ledger.live ? { ...next, live: ledger.live } : next;
  },
});

export const inTraffic = (real: typeof Traffic): typeof Traffic => ({
  ...real,
  serverWishes(config, ledger) {
    const { running } = ledger;
    return real.serverWishes(config, ledger).map((wish) => {
      if (is("a retreat that drains both") && running?.phase === "return") return { ...wish, weight: 0 };
      const isEarly = is("weight at the gate") && running?.phase === "gate" && wish.name.startsWith(running.slot);
      return isEarly ? { ...wish, admitted: true, weight: 1 } : wish;
    });
  },
});

export const inVerdict = (real: typeof Verdict): typeof Verdict => ({
  ...real,
  judge: (...evidence) => (is("a verdict that is blind") ? { is: "ok" } : real.judge(...evidence)),
});

export const inRetreat = (real: typeof Retreat): typeof Retreat => ({
  ...real,
  oldSlotServes: (...scene) =>
    is("a way back that puts away the only copy") ? Promise.resolve(true) : real.oldSlotServes(...scene),
});
