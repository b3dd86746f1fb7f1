import { actionsApp } from "../../workflows/ci.ts";
import { isWithin, type Syntax } from "./patterns.ts";

/** How strict one rule is. */
export type RuleValue = number | boolean | string | readonly string[];

/** One value of a thing. Lists are sets; a record is a set of names, each with what is said of it. */
export type Value = RuleValue | Readonly<Record<string, string>>;

/** What makes a value the weaker one. */
export interface Direction {
  readonly isLooser: (before: RuleValue | undefined, after: RuleValue | undefined) => boolean;
  /** Any other value is as weak: only what was declared before tells a change from one by hand. @default values have an order */
  readonly hasNoOrder?: boolean;
  /** A value for people; undefined is a rule that is not there. */
  readonly show: (value: RuleValue | undefined) => string;
}

export const more: Direction = {
  isLooser: (before, after) => Number(after ?? 0) < Number(before ?? 0),
  show: (value) => String(value ?? 0),
};
export const on: Direction = {
  isLooser: (before, after) => before === true && after !== true,
  show: (value) => (value === true ? "on" : "off"),
};
export const off: Direction = { isLooser: (before, after) => on.isLooser(after, before), show: on.show };

/** @param levels from the weakest to the strictest; the value of a rule that is not there is `none` */
export const levels = (...order: readonly string[]): Direction => {
  const rank = (value: RuleValue | undefined) => order.indexOf(String(value ?? "none"));
  // A level that is not known counts as the weakest: better one question too many.
  return { isLooser: (before, after) => rank(after) < rank(before), show: (value) => String(value ?? "none") };
};

/** A check is reported by one app, or by whoever says so; the jobs' own are reported by GitHub Actions. */
export const pinned: Direction = {
  isLooser: (before, after) => strength(after) < strength(before) || (strength(after) === 2 && after !== before),
  show: (value) => String(value ?? "not required"),
};

/** Who reports a check. GitHub says "any" with -1 or with nothing. */
export const reporter = (app: number | null | undefined) =>
  app === undefined || app === null || app < 0 ? "any app" : `app ${app}`;

function strength(app: RuleValue | undefined): number {
  if (app === undefined) return 0;
  if (app === "any app") return 1;
  return app === `app ${actionsApp}` ? 3 : 2;
}

const patterns = (value: RuleValue | undefined) => (Array.isArray(value) ? (value as readonly string[]) : []);
const listed = (value: RuleValue | undefined) =>
  patterns(value).length === 0 ? "nothing" : patterns(value).join(", ");
export const narrow = (syntax: Syntax): Direction => ({
  isLooser: (before, after) => !isWithin(patterns(after), patterns(before), syntax),
  show: listed,
});
export const wide: Direction = {
  isLooser: (before, after) => !isWithin(patterns(before), patterns(after), "references"),
  show: listed,
};

/** Stands among those who approve where nobody has to. */
export const anybody = "*";
export const approvers: Direction = {
  ...narrow("actions"),
  show: (value) => (patterns(value).includes(anybody) ? "nobody has to" : listed(value)),
};
