import type { Problem } from "../../lib/problem.ts";
import type { ApprovedWeakening } from "../schema.ts";
import type { RuleValue } from "../kinds/directions.ts";
import { isBeyond, type Loosening } from "./loosenings.ts";

/** A loosening, and what is stricter than it. */
export interface Weakening extends Loosening {
  /** What it is weaker than, for people: `GitHub has more`. */
  readonly than: string;
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

/** Which weakenings somebody answers for today, and which stop the run. Pure. */
export function judge(weakenings: readonly Weakening[], approvals: readonly ApprovedWeakening[], today: Date): Judged {
  const used = new Set<ApprovedWeakening>();
  const problems: Problem[] = [];
  const approved: Approved[] = [];
  for (const weakening of weakenings) {
    const named = approvals.filter((approval) => approval.weakening === weakening.weakening);
    named.forEach((approval) => used.add(approval));
    const covering = named.find((approval) => !isOver(approval, today) && covers(approval, weakening));
    if (covering) approved.push({ ...covering, sentence: weakening.sentence });
    else problems.push(problemOf(weakening, named, today));
  }
  const notices = approvals.flatMap((approval, index) => {
    const path = `slipway:github.approvedWeakenings[${index}]`;
    const fix = `pulumi config rm --path '${path}'`;
    if (!used.has(approval)) return [`${path}: nothing here is ${approval.weakening}; ${fix}`];
    return isOver(approval, today) ? [`${path}: ended on ${approval.until}; ${fix}`] : [];
  });
  return { problems, approved, notices };
}

const isOver = ({ until }: ApprovedWeakening, today: Date) => until < today.toISOString().slice(0, 10);

function covers({ to }: ApprovedWeakening, { weakening, after }: Loosening): boolean {
  const [, rule] = split(weakening);
  if (to === undefined) return true;
  return rule !== undefined && !isBeyond(rule, to, after);
}

/** `environments.production.reviewers`: the object, and the rule of it unless all of them are meant. */
function split(weakening: string): [object: string, rule: string | undefined] {
  const [, object = weakening, rule] = /^(environments\.[^.]+|[^.]+)(?:\.(.+))?$/su.exec(weakening) ?? [];
  return [object, rule];
}

function problemOf(
  { weakening, sentence, than, after }: Weakening,
  named: readonly ApprovedWeakening[],
  today: Date,
): Problem {
  const to = after === undefined ? "" : ` to: ${shown(after)},`;
  return {
    path: weakening,
    problem: `is weakened (${sentence}), and ${than}${named.map((approval) => reach(approval, today)).join("")}`,
    fix: `take the change back, or name it in slipway:github.approvedWeakenings: {weakening: ${weakening},${to} by: <who>, reason: <why>, until: <date>}`,
  };
}

/** Why an approval of that name does not help. */
function reach(approval: ApprovedWeakening, today: Date): string {
  if (isOver(approval, today)) return `; ${approval.by}'s approval ended on ${approval.until}`;
  return approval.to === undefined ? "" : `; ${approval.by} approved ${shown(approval.to)} and no less`;
}

const shown = (value: RuleValue) => JSON.stringify(value);
