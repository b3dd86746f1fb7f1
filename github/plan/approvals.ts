import type { Problem } from "../../lib/problem.ts";
import type { ApprovedWeakening } from "../schema.ts";
import type { RuleValue } from "../kinds/directions.ts";
import { isBeyond, type Loosening } from "./loosenings.ts";

/** A loosening, and what is stricter than it. */
export interface Weakening extends Loosening {
  /** What it is weaker than, for people: `GitHub has more`. */
  readonly than: string;
  /** Nobody can answer for it. @default by name somebody can */
  readonly isForEver?: boolean;
}

/** A weakening that somebody answers for, as the stack's outputs keep it. */
export interface Approved extends ApprovedWeakening {
  readonly sentence: string;
}

/** What comes of the approvals. */
export interface Judged {
  readonly problems: readonly Problem[];
  readonly approved: readonly Approved[];
  /** Approvals that no longer say anything, for people. */
  readonly notices: readonly string[];
}

/** Longest that an approval may reach ahead, in days: whoever still needs it then looks at it again. */
export const longestDays = 90;

/** Whether somebody of that login may answer for a weakening. */
export type MayApprove = (login: string) => boolean;

/** Which of a stack's repositories it is about. */
export interface Among {
  /** What its identifiers begin with: `payments/`; empty for the stack's own. */
  readonly prefix: string;
  /** What those of the stack's other repositories begin with. */
  readonly others: readonly string[];
}

const alone: Among = { prefix: "", others: [] };

/**
 * Which weakenings somebody answers for today, and which stop the run. Pure.
 *
 * @param mayApprove by default everybody, where nobody could be asked
 * @param among by default the stack has one repository
 */
export function judge(
  weakenings: readonly Weakening[],
  approvals: readonly ApprovedWeakening[],
  today: Date,
  mayApprove: MayApprove = () => true,
  { prefix, others } = alone,
): Judged {
  const used = new Set<ApprovedWeakening>();
  const problems: Problem[] = [];
  const approved: Approved[] = [];
  for (const weakening of weakenings) {
    const named = approvals.filter((approval) => approval.weakening === prefix + weakening.weakening);
    named.forEach((approval) => used.add(approval));
    const covering = named.find((each) => flawOf(each, today, mayApprove) === undefined && covers(each, weakening));
    if (covering) approved.push({ ...covering, sentence: weakening.sentence });
    else {
      const reasons = named.map(
        (each) => flawOf(each, today, mayApprove) ?? `${each.by} approved ${shown(each.to)} and no less`,
      );
      problems.push(problemOf(weakening, prefix, reasons));
    }
  }
  const notices = approvals.flatMap((approval, index) => {
    const isMine = approval.weakening.startsWith(prefix) && !others.some((each) => approval.weakening.startsWith(each));
    if (!isMine) return [];
    const path = `slipway:github.approvedWeakenings[${index}]`;
    const fix = `pulumi config rm --path '${path}'`;
    if (!used.has(approval)) return [`${path}: nothing here is ${approval.weakening}; ${fix}`];
    return isOver(approval, today) ? [`${path}: ended on ${approval.until}; ${fix}`] : [];
  });
  return { problems, approved, notices };
}

const isOver = ({ until }: Pick<ApprovedWeakening, "until">, today: Date) => until < today.toISOString().slice(0, 10);

/** Why an approval says nothing today, whatever it names. Pure. @param mayApprove by default everybody */
export function flawOf(
  approval: Pick<ApprovedWeakening, "by" | "until">,
  today: Date,
  mayApprove: MayApprove = () => true,
): string | undefined {
  const { by, until } = approval;
  if (isOver(approval, today)) return `${by}'s approval ended on ${until}`;
  const latest = new Date(today.getTime() + longestDays * 86_400_000).toISOString().slice(0, 10);
  if (until > latest)
    return `${by}'s approval may reach to ${latest} at most, ${longestDays} days ahead, and not ${until}`;
  return mayApprove(by) ? undefined : `${by} neither owns code of the repository nor administers it`;
}

function covers({ to }: ApprovedWeakening, { weakening, after, isForEver = false }: Weakening): boolean {
  const [, rule] = split(weakening);
  if (isForEver) return false;
  if (to === undefined) return true;
  return rule !== undefined && !isBeyond(rule, to, after);
}

/** `environments.production.reviewers`: the object, and the rule of it unless all of them are meant. */
function split(weakening: string): [object: string, rule: string | undefined] {
  const [, object = weakening, rule] = /^(environments\.[^.]+|[^.]+)(?:\.(.+))?$/su.exec(weakening) ?? [];
  return [object, rule];
}

function problemOf(
  { weakening, sentence, than, after, isForEver = false }: Weakening,
  prefix: string,
  reasons: readonly string[],
): Problem {
  const path = prefix + weakening;
  const is = `is weakened (${sentence}), and ${than}`;
  const fix = "take the change back";
  if (isForEver) return { path, problem: `${is}; nobody can approve that`, fix };
  const to = after === undefined ? "" : ` to: ${shown(after)},`;
  const name = `{weakening: ${path},${to} by: <login>, reason: <why>, until: "<date>"}`;
  const problem = [is, ...reasons].join("; ");
  return { path, problem, fix: `${fix}, or name it in slipway:github.approvedWeakenings: ${name}` };
}

const shown = (value: RuleValue | undefined) => JSON.stringify(value);
