import {
  describeHand,
  otherSlot,
  Refusal,
  type Ended,
  type Hand,
  type Held,
  type Ledger,
  type Release,
  type Running,
  type Slot,
  type Wish,
} from "./ledger.ts";
import { back, refuseRestarting } from "./restart.ts";
import { freshAfter, type Strategy } from "./rolling.ts";

/**
 * The rollout's state machine. Pure: each transition takes a ledger and gives the next one. A person's wish that does not fit is a
 * `Refusal`; any other error is ours.
 *
 * What must never happen here: a slot gets traffic that is neither live nor has passed its health gate (invariant I1); with rolling,
 * the same of each single replica.
 */

const keptRejections = 20;
const keptVersions = 50;
const keptWithdrawals = 100;

/** The standby is about to be replaced: from now on it is unfit for traffic. Safe to repeat. */
export function guard(ledger: Ledger, { slot, release, rollout }: Wish): Ledger {
  refuseUnlessNext(ledger, slot, rollout);
  refuseRestarting(ledger, `slot ${slot}`);
  refuseWithdrawn(ledger, release);
  return { ...withSlot(ledger, slot, { release, state: "preparing" }), released: rollout };
}

/**
 * Starts a rollout to the slot that holds the release.
 *
 * @param holds what the containers of each slot hold; the first release of all goes into both slots, but only one is guarded
 * @param strategy for a release that replaces another one; what is warm already comes back at once
 * @param hand whose rollback it is: what is live now is withdrawn when it has succeeded
 * @param loses what leaves the host once it is promoted, though the other slot's release needs it
 */
export function start(
  ledger: Ledger,
  { slot, release, rollout }: Wish,
  kind: "plan" | "rollback" | "undo",
  holds: Partial<Readonly<Record<Slot, Release | null>>>,
  at: string,
  strategy: Strategy = "blue-green",
  hand?: Hand,
  loses: string | null = null,
): Ledger {
  refuseUnlessNext(ledger, slot, rollout);
  // A way back waits for nobody's restart, and ends it.
  if (kind === "plan") refuseRestarting(ledger, `slot ${slot}`);
  // An undo goes back to what was live when its update began.
  if (kind !== "undo") refuseWithdrawn(ledger, release);
  const held = ledger.slots[slot];
  if (held.release?.id !== release.id) {
    throw new Refusal(
      `slot ${slot}: can't promote ${release.id}, the slot was given ${held.release?.id ?? "nothing"}. Fix: run pulumi up again`,
    );
  }
  const other = otherSlot(slot);
  const twin = holds[other] ?? null;
  const settled = back(ledger);
  const base = ledger.live === null && twin ? withSlot(settled, other, { release: twin, state: "preparing" }) : settled;
  const isNew = kind === "plan" && held.state !== "holds";
  return {
    ...base,
    rollout,
    running: {
      rollout,
      slot,
      release,
      kind: kind !== "plan" ? kind : isNew ? "release" : "return",
      ...(hand === undefined ? {} : { withdraws: hand }),
      ...(loses === null ? {} : { loses }),
      ...(strategy === "rolling" && isNew && ledger.live !== null ? { rolling: { gated: 0 } } : {}),
      phase: "gate",
      step: -1,
      percent: 0,
      intent: null,
      reason: null,
      startedAt: at,
    },
  };
}

/** Every replica passed the health gate, or with rolling the next one did: they may get traffic. */
export function admit(ledger: Ledger): Ledger {
  const { rolling, release } = runningIn(ledger, ledger.running?.rolling ? ["gate", "move"] : ["gate"]);
  if (!rolling) return withRunning(ledger, ["gate"], { phase: "move" });
  const gated = rolling.gated + 1;
  if (gated > release.replicas) throw new Error(`all ${release.replicas} replicas have passed their gate`);
  return withRunning(ledger, ["gate", "move"], { phase: "move", rolling: { gated } });
}

/** The proxy is about to be told a new share. */
export function intend(ledger: Ledger, percent: number): Ledger {
  const { percent: now, rolling, step: last, release } = runningIn(ledger, ["move"]);
  if (percent <= now || percent > 100) throw new Error(`a step goes up to at most 100 %, got ${now} % to ${percent} %`);
  if (rolling && rolling.gated < freshAfter(last + 2, release)) {
    throw new Error(`a step needs its replica to have passed its gate, got ${rolling.gated} that have`);
  }
  return withRunning(ledger, ["move"], { intent: percent });
}

/** The proxy confirmed the intended share. */
export function step(ledger: Ledger): Ledger {
  const running = runningIn(ledger, ["move"]);
  if (running.intent === null) throw new Error("a step needs an intent");
  return withRunning(ledger, ["move"], { step: running.step + 1, percent: running.intent, intent: null });
}

/** The slot has all traffic; what follows is the watch. */
export function watch(ledger: Ledger): Ledger {
  const { percent } = runningIn(ledger, ["move"]);
  if (percent !== 100) throw new Error(`the watch starts at 100 %, got ${percent} %`);
  return withRunning(ledger, ["move"], { phase: "watch" });
}

/** The watch ended well: the slot is live, and the old one stays warm, unless it loses what it needs. */
export function promoted(ledger: Ledger, at: string): Ledger {
  const running = runningIn(ledger, ["watch"]);
  const other = otherSlot(running.slot);
  const isTwin = ledger.live === null && ledger.slots[other].release?.id === running.release.id;
  const base = withSlot(ledger, running.slot, { release: running.release, state: "holds" });
  const { release: old } = ledger.slots[other];
  const otherwise =
    running.loses === undefined
      ? base
      : withSlot(base, other, { release: old, state: "preparing", lost: running.loses });
  return {
    ...(isTwin ? withSlot(base, other, { release: running.release, state: "holds" }) : otherwise),
    live: running.slot,
    running: null,
    last: ended(running, "promoted", null, at),
    promoted: running.rollout,
    served: [...new Set([running.release.version, ...ledger.served])].slice(0, keptVersions),
    rejected: ledger.rejected.filter(({ release }) => release.id !== running.release.id),
    withdrawn: withdrawn(ledger, ledger.live && ledger.slots[ledger.live].release, running.withdraws).filter(
      ({ release }) => release !== running.release.id,
    ),
  };
}

/**
 * The verdict is bad, or a person ends it: from now on the slot gets nothing.
 *
 * @param hand the person, who so withdraws a release that an update brought; a way back that somebody ends is nobody's bad release
 */
export function condemn(ledger: Ledger, reason: string, hand?: Hand): Ledger {
  const running = unsigned(runningIn(ledger, ["gate", "move", "watch"]));
  const isUpdate = running.kind === "release" || running.kind === "return";
  const withdraws = hand !== undefined && isUpdate ? { withdraws: hand } : {};
  return {
    ...ledger,
    running: { ...running, phase: "return", step: -1, percent: 0, intent: null, reason, ...withdraws },
  };
}

function unsigned(running: Running): Running {
  const { withdraws, ...rest } = running;
  return withdraws ? rest : running;
}

/** A person lifts a withdrawal. @param id from {@link withdrawnAs} */
export const allow = (ledger: Ledger, id: string): Ledger => ({
  ...ledger,
  withdrawn: ledger.withdrawn.filter(({ release }) => release !== id),
});

/**
 * The id of the withdrawn release that a person names by its id or, where only one has it, by its version: the number that people know. Two
 * of one version are told apart by their ids alone.
 *
 * @throws Refusal if there is none, or more than one
 */
export function withdrawnAs(ledger: Ledger, name: string): string {
  const ids = ledger.withdrawn.map(({ release }) => release);
  const ofVersion = ids.filter((id) => id.slice(0, id.lastIndexOf("-")) === name);
  const [only = "", ...others] = ids.includes(name) ? [name] : ofVersion;
  if (only !== "" && others.length === 0) return only;
  const [problem, fix] =
    others.length > 0
      ? ["several withdrawn releases have that version", ofVersion.map((id) => `slipway allow ${id}`).join(" or ")]
      : [
          "no such release is withdrawn",
          `${ids.length > 0 ? "name one of these, or " : ""}leave it: no other has to be allowed`,
        ];
  throw new Refusal(`allow: ${problem}, got ${name}; allowed ${ids.join(", ") || "none"}. Fix: ${fix}`);
}

function withdrawn(ledger: Ledger, release: Release | null, hand: Hand | undefined): Ledger["withdrawn"] {
  if (hand === undefined || release === null) return ledger.withdrawn;
  const others = ledger.withdrawn.filter((each) => each.release !== release.id);
  return [{ release: release.id, ...hand }, ...others].slice(0, keptWithdrawals);
}

/**
 * The old slot has its traffic back, or is given up waiting for.
 *
 * @param onlyCopy the old slot is down: the rejected one stays its back-up, for a bad answer is better than none
 */
export function rejected(ledger: Ledger, at: string, onlyCopy = false): Ledger {
  const running = runningIn(ledger, ["return"]);
  const width = running.rolling?.gated ?? running.release.replicas;
  const lifeline = onlyCopy && ledger.live !== null && width > 0 ? { lifeline: width } : {};
  const reason =
    (running.reason ?? "unknown") +
    ("lifeline" in lifeline ? `; ${ledger.live ?? ""} is down, so ${running.slot} serves on until it is back` : "");
  return {
    ...withSlot(ledger, running.slot, { release: running.release, state: "preparing", ...lifeline }),
    running: null,
    last: ended(running, "rejected", reason, at),
    rejected: [
      { release: running.release, reason, at },
      ...ledger.rejected.filter(({ release }) => release.id !== running.release.id),
    ].slice(0, keptRejections),
    withdrawn: withdrawn(ledger, running.release, running.withdraws),
  };
}

/** Live is up again: the rejected slot that stood in for it is put away. */
export function dropLifeline(ledger: Ledger): Ledger {
  if (ledger.live === null || ledger.running) return ledger;
  const standby = otherSlot(ledger.live);
  const { release, state, lifeline } = ledger.slots[standby];
  return lifeline ? withSlot(ledger, standby, { release, state }) : ledger;
}

/** What a person took back comes only after a person has said so. */
function refuseWithdrawn({ withdrawn }: Ledger, { id }: Release): void {
  const found = withdrawn.find(({ release }) => release === id);
  if (found === undefined) return;
  throw new Refusal(
    `release ${id}: was withdrawn ${describeHand(found)}; allowed any other one. Fix: deploy another version, or slipway allow ${id}`,
  );
}

function refuseUnlessNext(ledger: Ledger, slot: Slot, rollout: number): void {
  const { running } = ledger;
  if (running) {
    throw new Refusal(
      `rollout ${running.rollout} of ${running.release.id} is running, at ${running.percent} %; allowed one at a time. Fix: wait for it (slipway status)`,
    );
  }
  if (rollout !== ledger.rollout + 1) {
    throw new Refusal(
      `the host has moved on since this plan: got rollout ${rollout}; allowed ${ledger.rollout + 1}. Fix: run pulumi up again`,
    );
  }
  if (slot === ledger.live) {
    throw new Refusal(`slot ${slot}: has the live traffic, allowed the other one. Fix: run pulumi up again`);
  }
}

function runningIn(ledger: Ledger, phases: readonly Running["phase"][]): Running {
  const { running } = ledger;
  if (!running || !phases.includes(running.phase)) {
    throw new Error(`needs a rollout in phase ${phases.join(" or ")}, got ${running?.phase ?? "none"}`);
  }
  return running;
}

const withRunning = (ledger: Ledger, phases: readonly Running["phase"][], change: Partial<Running>): Ledger => ({
  ...ledger,
  running: { ...runningIn(ledger, phases), ...change },
});

const withSlot = (ledger: Ledger, slot: Slot, held: Held): Ledger => ({
  ...ledger,
  slots: { ...ledger.slots, [slot]: held },
});

const ended = (
  { rollout, slot, release, kind }: Running,
  result: Ended["result"],
  reason: string | null,
  at: string,
): Ended => ({ rollout, slot, release, kind, result, reason, endedAt: at });
