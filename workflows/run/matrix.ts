import type { Value } from "./parser.ts";

/** One run of a job: a value of each axis. */
export type Combination = Readonly<Record<string, Value>>;

/**
 * Combinations of a matrix in GitHub's order: the product of its axes, less `exclude`; an entry of `include` extends every combination whose
 * axes it does not change, and is one more combination if there is none. Pure.
 */
export function combinationsOf({ include = [], exclude = [], ...axes }: Combination): Combination[] {
  const names = Object.keys(axes);
  const product = Object.entries(axes).reduce<Combination[]>(
    (rows, [axis, values]) => rows.flatMap((row) => (values as Value[]).map((value) => ({ ...row, [axis]: value }))),
    names.length === 0 ? [] : [{}],
  );
  const isExcluded = (row: Combination) =>
    (exclude as Combination[]).some((each) => Object.entries(each).every(([key, value]) => row[key] === value));
  const kept = product.filter((row) => !isExcluded(row));
  const extras = include as Combination[];
  const extend = (row: Combination, extra: Combination) =>
    names.every((axis) => !(axis in extra) || extra[axis] === row[axis]);
  return [
    ...kept.map((row) =>
      extras.filter((extra) => extend(row, extra)).reduce((sum, extra) => ({ ...sum, ...extra }), row),
    ),
    ...extras.filter((extra) => !kept.some((row) => extend(row, extra))),
  ];
}
