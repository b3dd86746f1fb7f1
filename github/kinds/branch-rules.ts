import { actionsApp, ci, deadlocks, gateChecks, type RequiredCheck } from "../../workflows/ci.ts";
import type { RepositoryWithinPlan } from "../plan/limits.ts";
import type { RepositorySettings } from "../schema.ts";
import { bypassModes, type Actor } from "./actors.ts";
import { mergeMethods, type PermanentBranch } from "./defaults.ts";
import { levels, more, on, pinned, reporter, wide } from "./directions.ts";
import { rulesIn, type Fields, type ObjectGuards, type Rule } from "./kind.ts";
import { mergeGuards, mergeRules, mergeWords, type MergeChoice } from "./merge-rules.ts";
import { pushRules, pushWords, withoutUnlimited } from "./push-rules.ts";
import { either, type Words } from "./words.ts";

/**
 * What a pull request needs before it reaches a branch. Force pushes and deletion are never allowed, and no setting makes them so.
 *
 * The same rules become a ruleset or, where an organisation asks for it, classic branch protection.
 */
export interface BranchRules extends MergeChoice {
  readonly branch: string;
  /** Approvals, 0 to 6. */
  readonly reviews: number;
  /** A push takes earlier approvals away. */
  readonly dismissStaleReviews: boolean;
  /** Somebody else approves the last push. */
  readonly lastPushApproval: boolean;
  /** An owner of what changed approves. */
  readonly codeOwners: boolean;
  /** Every conversation is resolved. */
  readonly resolvedThreads: boolean;
  /** The branch's newest commit has been merged in and checked. */
  readonly upToDate: boolean;
  /** Commits are signed. Squash and merge commits made on GitHub are; rebased ones are not (lamb#287). */
  readonly signedCommits: boolean;
  /** Checks that must be green, each with the app that reports it. */
  readonly checks: readonly RequiredCheck[];
  /** Who need not follow these rules. Empty: administrators follow them too. */
  readonly bypass: readonly Actor[];
  /** Short name of a team that merges a pull request past these rules in an emergency. @default nobody does */
  readonly breakGlass?: string;
}

/** What a stack may say about a branch. */
export type BranchChoice = Omit<BranchRules, "branch" | "checks" | "breakGlass">;

/** Checks that a repository's branches require: those that it names, or else the gate of the rendered ci.yml. */
export const checksOf = ({ requiredChecks }: Pick<RepositorySettings, "requiredChecks">): readonly RequiredCheck[] =>
  requiredChecks?.map(({ name, app }) => ({ context: name, app })) ?? gateChecks();

interface Branches extends Partial<
  Pick<RepositoryWithinPlan, "requiredChecks" | "unreported" | "kept" | "breakGlass">
> {
  readonly branches: Readonly<Record<PermanentBranch, BranchChoice>>;
}

/**
 * What one branch needs: without the checks that nothing reports yet, and with the older ones that stand in for them.
 *
 * @throws Error if the checks of the branch could never all report: a mistake in Slipway's own model of the workflows
 */
export function branchRules(
  branch: PermanentBranch,
  { branches, requiredChecks, unreported = {}, kept = {}, breakGlass }: Branches,
): BranchRules {
  const blocked = requiredChecks ? [] : deadlocks(ci, branch);
  if (blocked.length > 0) throw new Error(`the checks of ${branch} would never all report: ${blocked.join("; ")}`);
  const required = checksOf({ requiredChecks }).filter(({ context }) => unreported[branch]?.includes(context) !== true);
  const checks = [...required, ...(kept[branch] ?? [])];
  // A hotfix goes to main; develop gets it back by the usual way.
  return { ...branches[branch], branch, checks, ...(branch === "main" && breakGlass ? { breakGlass } : {}) };
}

/** Who reports each required check, by its name. @param app nothing or -1 is GitHub's word for any */
export function reporters(
  checks: readonly { readonly context: string; readonly app?: number | null | undefined }[],
): Record<string, string> {
  return Object.fromEntries(checks.map(({ context, app }) => [context, reporter(app)]));
}

/** The fields that rulesets and classic protection share, in words. */
export const branchWords: Readonly<Record<string, Words>> = {
  needsPullRequest: either("changes come by pull request only", "changes may be pushed without a pull request"),
  reviews: (value) =>
    value === 0 ? "no review is needed" : value === 1 ? "1 review is enough" : `${String(value)} reviews are needed`,
  dismissStaleReviews: either("a push takes earlier approvals away", "approvals outlive later pushes"),
  codeOwners: either("an owner of the code has to approve", "no owner of the code has to approve"),
  lastPushApproval: either("somebody else approves the last push", "whoever pushed last may approve it"),
  resolvedThreads: either("every conversation has to be resolved", "conversations may stay open"),
  signedCommits: either("commits have to be signed", "commits need no signature"),
  checks: { list: "required checks", entry: (by) => (by === `app ${actionsApp}` ? "" : ` (from ${by})`) },
  upToDate: either("the branch has to be up to date before a merge", "a merge need not be up to date with the branch"),
  forbidsUpdate: either("moving such a ref is forbidden", "such a ref may be moved"),
  forbidsDeletion: either("deletion is forbidden", "deletion is allowed"),
  forbidsForcePush: either("force pushes are forbidden", "force pushes are allowed"),
  ...mergeWords,
  ...pushWords,
};

/** GitHub's names of the rules that are fields of their own. */
export const ruleFields: Readonly<Record<string, string>> = {
  forbidsCreation: "creation",
  forbidsUpdate: "update",
  forbidsDeletion: "deletion",
  forbidsForcePush: "non_fast_forward",
  signedCommits: "required_signatures",
  needsPullRequest: "pull_request",
};

/** Rules of branches and tags, in a ruleset or in classic protection alike. */
export const refRules: Readonly<Record<string, Rule>> = {
  enforcement: { words: "enforcement", direction: levels("none", "disabled", "evaluate", "active") },
  scope: { words: "references that it holds for", direction: wide },
  reviews: { words: "required reviews", direction: more },
  dismissStaleReviews: { words: "a push takes approvals away", direction: on },
  lastPushApproval: { words: "approval of the last push by somebody else", direction: on },
  codeOwners: { words: "approval by a code owner", direction: on },
  resolvedThreads: { words: "resolved conversations", direction: on },
  upToDate: { words: "branches are up to date before a merge", direction: on },
  checks: { words: "required check", direction: pinned },
  rules: { words: "rule", direction: on },
  bypass: { words: "bypass for", direction: levels(...bypassModes, "none") },
  ...mergeRules,
  ...pushRules,
};

/** The same for both, so that going from one to the other is no weakening by itself. */
export function refGuards(fields: Fields): ObjectGuards {
  const { checks = {}, otherRules = [], reviews = 0, mergeKinds = mergeMethods, ...others } = withoutUnlimited(fields);
  const names = [
    ...Object.entries(ruleFields).flatMap(([field, type]) => (fields[field] === true ? [type] : [])),
    ...(Object.keys(checks).length > 0 ? ["required_status_checks"] : []),
    ...(otherRules as readonly string[]),
  ];
  return {
    ...rulesIn({ ...others, checks, ...(fields.needsPullRequest === true ? { reviews } : {}) }, refRules),
    ...mergeGuards({ ...others, mergeKinds }),
    ...Object.fromEntries(names.map((name) => [`rules.${name}`, true])),
  };
}
