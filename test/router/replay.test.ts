import { describe, expect, it } from "vitest";
import { emptyLedger, type Ledger } from "../../router/ledger.ts";
import { admit, condemn, guard, intend, promoted, rejected, start, step, watch } from "../../router/transitions.ts";
import { replay, type TraceEntry } from "./support/replay.ts";
import { release } from "./support/samples.ts";

const at = "2026-01-01T00:00:00.000Z";
const [v1, v2] = [release("1.0.0"), release("1.1.0")];
const to = { slot: "green", release: v2, rollout: 2 } as const;
const first = { slot: "blue", release: v1, rollout: 1 } as const;

/** Ledgers from one to the next. */
function walk(from: Ledger, ...moves: ((ledger: Ledger) => Ledger)[]): Ledger[] {
  const seen = [from];
  for (const move of moves) seen.push(move(seen.at(-1) ?? from));
  return seen;
}
const rollout = (wish: typeof first | typeof to, holds = {}) => [
  (ledger: Ledger) => guard(ledger, wish),
  (ledger: Ledger) => start(ledger, wish, "plan", holds, at),
  admit,
  (ledger: Ledger) => intend(ledger, 100),
  step,
  watch,
  (ledger: Ledger) => promoted(ledger, at),
];
const ledgers = walk(emptyLedger, ...rollout(first, { green: v1 }), ...rollout(to));
const traceOf = (some: readonly Ledger[]): TraceEntry[] => some.map((ledger) => ({ ledger }));
const exact = { gaps: 0, steps: [] };
const live = ledgers[7] ?? emptyLedger;
const guarded = ledgers[8] ?? emptyLedger;
const gate = ledgers[9] ?? emptyLedger;
const move = ledgers[10] ?? emptyLedger;

describe("a trace", () => {
  it("of what the state machine does passes", () => {
    expect(replay(traceOf(ledgers), exact)).toEqual([]);
    const back = walk(
      move,
      (ledger) => condemn(ledger, "bad"),
      (ledger) => rejected(ledger, at, true),
    );
    expect(replay(traceOf([...ledgers.slice(0, 10), ...back]), exact)).toEqual([]);
    expect(replay([...traceOf(ledgers.slice(0, 8)), { weights: { "blue-1": 100, "green-1": 0 } }], exact)).toEqual([]);
  });

  it("may lack ledgers only where that is said", () => {
    const some = ledgers.filter((_, index) => index % 3 === 0 || index === ledgers.length - 1);
    expect(replay(traceOf(some), { gaps: 2, steps: [] })).toEqual([]);
    expect(replay(traceOf(some), exact)).not.toEqual([]);
  });

  const condemned = condemn(move, "bad");
  it.each<[string, TraceEntry[]]>([
    ["live without a rollout", traceOf([live, { ...live, live: "green" }])],
    ["promoted without a watch", traceOf([move, promoted(watch(step(intend(move, 100))), at)])],
    ["a share without an intent", traceOf([move, step(intend(move, 50))])],
    ["a share that falls", traceOf([intend(move, 50), step(intend(move, 50)), intend(move, 10)])],
    ["traffic past the gate", traceOf([gate, intend(move, 10)])],
    ["a condemned release that comes back", traceOf([condemned, move])],
    [
      "another release in the live slot",
      traceOf([live, { ...live, slots: { ...live.slots, blue: { release: v2, state: "holds" } } }]),
    ],
    ["weight before the gate", [...traceOf([gate]), { weights: { "blue-1": 1, "green-1": 1 } }]],
    ["weight for what may be replaced", [...traceOf([guarded]), { weights: { "blue-1": 9, "green-1": 1 } }]],
    ["more weight than announced", [...traceOf([intend(move, 10)]), { weights: { "blue-1": 80, "green-1": 20 } }]],
    [
      "weight for the condemned, later",
      [...traceOf([condemned, rejected(condemned, at)]), { weights: { "green-1": 1 } }],
    ],
    ["no weight for anybody", [...traceOf([live, guarded]), { weights: { "blue-1": 0, "green-1": 0 } }]],
  ])("with %s fails", (_, planted) => {
    const [start] = planted;
    const known = ledgers.findIndex((ledger) => start && "ledger" in start && start.ledger === ledger);
    // Its beginning is legal; where it is not a ledger of the usual walk, it gets there by itself.
    const lead = known >= 0 ? ledgers.slice(0, known) : ledgers.slice(0, 11);
    expect(replay([...traceOf(lead), ...planted], exact)).toHaveLength(1);
  });
});
