import type { ApprovedWeakening } from "../schema.ts";
import { judge, type Among, type Judged, type MayApprove, type Weakening } from "./approvals.ts";
import { belowFloor } from "./floor.ts";
import type { Guards } from "../kinds/index.ts";
import { loosenings } from "./loosenings.ts";

/** What a declaration is held against. */
export interface Baselines {
  /** What this stack declared when it last went up; of objects that it no longer declares as well. */
  readonly last: Guards;
  /** What stands on GitHub now. */
  readonly present: Guards;
}

/** What a stack declares. */
export interface Declaration {
  readonly declared: Guards;
  /** The same as if the account's plan had everything. */
  readonly wanted: Guards;
}

/** Every weakening, against the strictest of what was, and what comes of the approvals. Pure. */
export function passGate(
  { declared, wanted }: Declaration,
  { last, present }: Baselines,
  approvals: readonly ApprovedWeakening[],
  today: Date,
  mayApprove?: MayApprove,
  among?: Among,
): Judged {
  const found: Weakening[] = [
    ...belowFloor(wanted),
    ...loosenings(last, declared).map((each) => ({ ...each, than: "the last update declared more" })),
    ...loosenings(written(present, declared), declared).map((each) => ({ ...each, than: "GitHub has more" })),
  ];
  const first = found.filter(
    ({ weakening }, index) => found.findIndex((other) => other.weakening === weakening) === index,
  );
  return judge(first, approvals, today, mayApprove, among);
}

/** What an update would write: what it does not declare of the repository itself it leaves as it is. */
function written(present: Guards, declared: Guards): Guards {
  const { repository, ...others } = only(present, declared);
  if (repository === undefined) return others;
  const kept = Object.entries(repository).filter(([name]) => declared.repository?.[name] !== undefined);
  return { ...others, repository: Object.fromEntries(kept) };
}

const only = (guards: Guards, objects: Guards): Guards =>
  Object.fromEntries(Object.entries(guards).filter(([object]) => object in objects));
