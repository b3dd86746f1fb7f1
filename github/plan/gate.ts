import type { ApprovedWeakening } from "../schema.ts";
import { judge, type Among, type Judged, type MayApprove, type Weakening } from "./approvals.ts";
import type { Unfinished } from "./unfinished.ts";
import { belowFloor, type FloorFacts } from "./floor.ts";
import type { RuleValue } from "../kinds/directions.ts";
import { ruleOf, type Guards } from "../kinds/index.ts";
import type { ObjectGuards } from "../kinds/kind.ts";
import { loosenings } from "./loosenings.ts";

/** What a declaration is held against. */
export interface Baselines {
  /** What this stack declared when it last went up; of objects that it no longer declares as well. */
  readonly last: Guards;
  /** What stands on GitHub now. */
  readonly present: Guards;
  /** @default what the last update declared is finished */
  readonly unfinished?: Unfinished;
}

/** What a stack declares. */
export interface Declaration extends FloorFacts {
  readonly declared: Guards;
  /** The same as if the account's plan had everything. */
  readonly wanted: Guards;
}

/** Every weakening, against the strictest of what was, and what comes of the approvals. Pure. */
export function passGate(
  { declared, wanted, ...facts }: Declaration,
  { last, present, unfinished }: Baselines,
  approvals: readonly ApprovedWeakening[],
  today: Date,
  mayApprove?: MayApprove,
  among?: Among,
): Judged {
  const found: Weakening[] = [
    ...belowFloor(wanted, facts),
    ...loosenings(last, declared).map((each) => ({ ...each, than: "the last update declared more" })),
    ...loosenings(written(present, declared, last, unfinished), declared).map((each) => ({
      ...each,
      than: "GitHub has more",
    })),
  ];
  const first = found.filter(
    ({ weakening }, index) => found.findIndex((other) => other.weakening === weakening) === index,
  );
  return judge(first, approvals, today, mayApprove, among);
}

/** Objects of which a stack may leave rules as they are. */
const inPart = ["repository", "actions"];

/**
 * What an update would write: what it does not declare of the repository itself it leaves as it is, and what has no order and somebody changed
 * since the last one it mends. An environment that no update has finished is half made while nothing may enter it, or only some of what shall:
 * an update that was stopped goes on with it.
 */
function written(present: Guards, declared: Guards, last: Guards, unfinished: Unfinished = {}): Guards {
  const all = Object.entries(only(present, declared)).map(([object, rules]) => {
    const [refs, wanted] = [listOf(rules.refs), listOf(declared[object]?.refs)];
    const isBegun = refs?.length === 0 ? !(object in last) || object in unfinished : unfinished[object] === true;
    const isHalfMade = isBegun && refs?.every((ref) => wanted?.includes(ref)) === true;
    if (!inPart.includes(object))
      return [object, isHalfMade ? { ...rules, ...refsOf(declared[object]) } : rules] as const;
    const now = declared[object] ?? {};
    const isMended = (name: string) => ruleOf(name).direction.hasNoOrder === true && last[object]?.[name] === now[name];
    const kept = Object.entries(rules).filter(([name]) => now[name] !== undefined && !isMended(name));
    return [object, Object.fromEntries(kept)] as const;
  });
  return Object.fromEntries(all);
}

const listOf = (value: RuleValue | undefined) => (Array.isArray(value) ? (value as readonly string[]) : undefined);

const refsOf = ({ refs }: ObjectGuards = {}): ObjectGuards => (refs === undefined ? {} : { refs });

const only = (guards: Guards, objects: Guards): Guards =>
  Object.fromEntries(Object.entries(guards).filter(([object]) => object in objects));
