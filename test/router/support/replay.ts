import { isDeepStrictEqual } from "node:util";
import { pause, promoteNow, resume } from "../../../router/controls.ts";
import { lock, unlock } from "../../../router/lock.ts";
import { back, rest, resting } from "../../../router/restart.ts";
import { close, open } from "../../../router/maintenance.ts";
import { handedOver } from "../../../router/handover.ts";
import { emptyLedger, otherSlot, slots, type Ledger, type Slot } from "../../../router/ledger.ts";
import {
  admit,
  allow,
  condemn,
  dropLifeline,
  guard,
  intend,
  promoted,
  rejected,
  start,
  step,
  watch,
} from "../../../router/transitions.ts";

/** What a real host went through: the journal's contents and the proxy's weights (servers in maintenance left out), as they came. */
export type TraceEntry = { readonly ledger: Ledger } | { readonly weights: Readonly<Record<string, number>> };

export interface ReplayOptions {
  /** How many ledgers in a row the trace may lack: 0 where the controller itself wrote it, more where somebody looked from outside. */
  readonly gaps: number;
  /** Shares that steps may have had in such a gap. */
  readonly steps: readonly number[];
  /** Where it begins. @default a host that had no release yet */
  readonly from?: Ledger;
}

/**
 * Replays a real trace through the model, which is the controller's own state machine: each ledger follows from the one before by
 * transitions that are allowed there, and no slot has more weight in the proxy than the journal announced around that moment (I1).
 *
 * @returns what is impossible, empty if all is well
 */
export function replay(trace: readonly TraceEntry[], { gaps, steps, from = emptyLedger }: ReplayOptions): string[] {
  const problems: string[] = [];
  let around: Ledger[] = [from];
  trace.forEach((entry, index) => {
    const now = around.at(-1) ?? from;
    if ("ledger" in entry) {
      if (isDeepStrictEqual(entry.ledger, now)) return;
      if (!follows(now, entry.ledger, gaps + 1, steps))
        problems.push(`no transition from ${brief(now)} to ${brief(entry.ledger)}`);
      around = [...around.slice(-1), entry.ledger];
      return;
    }
    const next = trace.slice(index).find((later) => "ledger" in later);
    const problem = problemOf(entry.weights, next ? [...around, next.ledger] : around);
    if (problem !== null) problems.push(`${problem}, got ${JSON.stringify(entry.weights)} beside ${brief(now)}`);
  });
  return problems;
}

function follows(from: Ledger, to: Ledger, transitions: number, steps: readonly number[]): boolean {
  let reached = [from];
  for (let count = 0; count < transitions; count++) {
    const next = reached.flatMap((ledger) => movesBetween(ledger, to, steps).flatMap((move) => attempt(move, ledger)));
    if (next.some((ledger) => isDeepStrictEqual(ledger, to))) return true;
    reached = [...new Map(next.map((ledger) => [JSON.stringify(ledger), ledger])).values()];
  }
  return false;
}

type Move = (ledger: Ledger) => Ledger;

/** As the journal would hold it; none where the state machine refuses. */
function attempt(move: Move, ledger: Ledger): Ledger[] {
  try {
    return [JSON.parse(JSON.stringify(move(ledger))) as Ledger];
  } catch {
    return [];
  }
}

/** Every transition, with arguments that could lead to a ledger. */
function movesBetween(from: Ledger, to: Ledger, steps: readonly number[]): Move[] {
  const at = to.last?.endedAt ?? "";
  const startedAt = to.running?.startedAt ?? "";
  const wishes = slots.flatMap((slot) => {
    const { release } = to.running?.slot === slot ? to.running : to.slots[slot];
    return release ? [{ slot, release, rollout: from.rollout + 1 }] : [];
  });
  const percents = new Set([...steps, to.running?.percent ?? 100, to.running?.intent ?? 100]);
  const [withdrawn] = to.withdrawn;
  const byHand = withdrawn && { by: withdrawn.by, reason: withdrawn.reason, at: withdrawn.at };
  const hands = [undefined, to.running?.withdraws, byHand];
  const proxies = to.proxy ? [to.proxy] : [];
  const reasons = [to.running?.reason, to.last?.reason, to.last?.reason?.replace(/; (blue|green) is down, so .*$/, "")];
  return [
    ...wishes.map(
      (wish): Move =>
        (ledger) =>
          guard(ledger, wish),
    ),
    ...wishes.flatMap((wish): Move[] => {
      const twin = { [otherSlot(wish.slot)]: to.slots[otherSlot(wish.slot)].release };
      return [
        (ledger) => start(ledger, wish, "plan", {}, startedAt),
        (ledger) => start(ledger, wish, "plan", {}, startedAt, "blue-green", undefined, to.running?.loses ?? null),
        (ledger) => start(ledger, wish, "plan", {}, startedAt, "rolling"),
        (ledger) => start(ledger, wish, "plan", twin, startedAt),
        ...[{}, twin].flatMap((holds) =>
          reasons.map(
            (reason): Move =>
              (ledger) =>
                condemn(start(ledger, wish, "plan", holds, startedAt), reason ?? ""),
          ),
        ),
        (ledger) => start(ledger, wish, "undo", {}, startedAt),
        ...hands.map(
          (hand): Move =>
            (ledger) =>
              start(ledger, wish, "rollback", {}, startedAt, "blue-green", hand),
        ),
      ];
    }),
    ...[admit, step, watch, dropLifeline, pause, resume, promoteNow],
    ...[...percents].map(
      (percent): Move =>
        (ledger) =>
          intend(ledger, percent),
    ),
    ...[...new Set(reasons)].flatMap((reason) =>
      hands.flatMap((hand): Move[] => (reason ? [(ledger) => condemn(ledger, reason, hand)] : [])),
    ),
    ...from.withdrawn.map(
      ({ release }): Move =>
        (ledger) =>
          allow(ledger, release),
    ),
    ...(to.lock ? [to.lock] : []).map(
      (wanted): Move =>
        (ledger) =>
          lock(ledger, wanted, new Date(wanted.at)),
    ),
    unlock,
    ...(to.restarting ? [to.restarting] : []).flatMap(({ slot, replica, until, ...hand }): Move[] => [
      (ledger) => rest(ledger, { slot, replica }, hand),
      (ledger) => resting(ledger, until ?? ""),
    ]),
    back,
    ...(to.maintenance ? [to.maintenance] : []).map(
      ({ pass, ...hand }): Move =>
        (ledger) =>
          close(ledger, hand, pass),
    ),
    open,
    ...proxies.map(
      (proxy): Move =>
        (ledger) =>
          handedOver(ledger, proxy),
    ),
    (ledger) => promoted(ledger, at),
    (ledger) => rejected(ledger, at),
    (ledger) => rejected(ledger, at, true),
  ];
}

/** The proxy is told after the journal was written, and read before the next one is: the ledgers on both sides count. */
function problemOf(weights: Readonly<Record<string, number>>, around: readonly Ledger[]): string | null {
  const sum = (isWanted: (server: string) => boolean) =>
    Object.entries(weights).reduce((total, [server, weight]) => total + (isWanted(server) ? weight : 0), 0);
  const total = sum(() => true);
  // While its only replica is restarted, the standby answers without a weight.
  const isExpected = around.some(({ live, restarting }) => live === null || restarting !== undefined);
  if (total === 0) return isExpected ? null : "I1: nobody has a weight";
  const excessive = slots.find((slot) => {
    const share = (sum((server) => server.startsWith(`${slot}-`)) * 100) / total;
    return share > Math.max(...around.map((ledger) => announced(ledger, slot))) + 0.5;
  });
  return excessive ? `I1: ${excessive} has more traffic than was announced` : null;
}

function announced({ live, running }: Ledger, slot: Slot): number {
  if (slot === live) return 100;
  return running?.slot === slot && running.phase !== "gate" ? Math.max(running.percent, running.intent ?? 0) : 0;
}

const brief = ({ rollout, live, slots: held, running, last }: Ledger): string =>
  JSON.stringify({ rollout, live, held, running, last });
