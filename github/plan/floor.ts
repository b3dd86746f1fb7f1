import type { Problem } from "../../lib/problem.ts";
import { gateChecks, type RequiredCheck } from "../../workflows/ci.ts";
import { checksOf } from "../kinds/branch-rules.ts";
import { branchesOf, permanentBranches, releaseTags, type PermanentBranch } from "../kinds/defaults.ts";
import { reporter } from "../kinds/directions.ts";
import type { Guards } from "../kinds/index.ts";
import type { ObjectGuards } from "../kinds/kind.ts";
import type { ApprovedWeakening, RepositorySettings } from "../schema.ts";
import { judge, type Among, type Weakening } from "./approvals.ts";
import { loosenings } from "./loosenings.ts";

/** What the guide's section "Access Control" asks of a branch: reviews, and every check. */
const branch = (name: string, reviews: number, checks: readonly RequiredCheck[]): ObjectGuards => ({
  enforcement: "active",
  scope: [`refs/heads/${name}`],
  "rules.deletion": true,
  "rules.non_fast_forward": true,
  "rules.pull_request": true,
  "rules.required_status_checks": true,
  reviews,
  ...Object.fromEntries(checks.map(({ context, app }) => [`checks.${context}`, reporter(app)])),
});

const refs = (scope: readonly string[], ...rules: string[]): ObjectGuards => ({
  enforcement: "active",
  scope,
  ...Object.fromEntries(rules.map((rule) => [`rules.${rule}`, true])),
});

/** Reviews that it asks for by branch. */
const reviews: Readonly<Record<PermanentBranch, number>> = { main: 2, develop: 1 };

/**
 * The least that a repository has, whatever stands on GitHub.
 *
 * @param checks those that it requires
 * @param branches those that stay
 */
export const floor = (
  checks: readonly RequiredCheck[] = gateChecks(),
  branches: readonly PermanentBranch[] = permanentBranches,
): Guards => ({
  ...Object.fromEntries(branches.map((name) => [name, branch(name, reviews[name], checks)])),
  branchStay: refs(
    branches.map((name) => `refs/heads/${name}`),
    "deletion",
    "non_fast_forward",
  ),
  // What a tag policy of an environment stands on (CUDly#1896): only some make release tags, and nobody moves or removes one.
  tagCreation: refs([`refs/tags/${releaseTags}`], "creation"),
  tagStay: refs([`refs/tags/${releaseTags}`], "update", "deletion", "non_fast_forward"),
});

/**
 * Where planned objects are weaker than that, without anybody who answers for it. Pure.
 *
 * @param asked what the repository has, and by branch the checks that it does not require yet, because nothing reports them
 * @param among by default the stack has one repository
 */
export function floorProblems(
  planned: Guards,
  approvals: readonly ApprovedWeakening[],
  { checks, branches, unreported = {} }: Asked = {},
  today = new Date(),
  among?: Among,
): readonly Problem[] {
  const waiting = Object.entries(unreported).flatMap(([name, checks]) => [
    `${name}.rules.required_status_checks`,
    ...checks.map((check) => `${name}.checks.${check}`),
  ]);
  const below = belowFloor(planned, { checks, branches }).filter(({ weakening }) => !waiting.includes(weakening));
  return judge(below, approvals, today, undefined, among).problems;
}

/** What depends on the repository. */
export interface FloorFacts {
  /** Checks that it requires. @default the gate of the rendered ci.yml */
  readonly checks?: readonly RequiredCheck[] | undefined;
  /** Branches that stay. @default main and develop */
  readonly branches?: readonly PermanentBranch[] | undefined;
}

/** Pure. */
export const floorFacts = (repository: Pick<RepositorySettings, "requiredChecks" | "branchModel">): FloorFacts => ({
  checks: checksOf(repository),
  branches: branchesOf(repository),
});

interface Asked extends FloorFacts {
  readonly unreported?: Readonly<Record<string, readonly string[]>> | undefined;
}

/** Planned objects that are weaker than that. Pure. */
export function belowFloor(planned: Guards, { checks, branches }: FloorFacts = {}): Weakening[] {
  return Object.entries(floor(checks, branches)).flatMap(([object, asked]) => {
    const rules = planned[object];
    if (rules === undefined) return [];
    const isForEver = object === "branchStay";
    // The floor says nothing of rules that it does not name, nor of who may bypass one unless it holds for ever.
    const named = Object.entries(rules).filter(([name]) => name in asked || isForEver);
    return loosenings({ [object]: asked }, { [object]: Object.fromEntries(named) }).map((each) => ({
      ...each,
      than: "the guide asks for more",
      isForEver,
    }));
  });
}

/** Objects that have rules by the guide and that nothing declares. Pure. @param branches those that stay */
export function missingRules(planned: readonly Guards[], branches?: readonly PermanentBranch[]): string[] {
  return Object.keys(floor([], branches)).filter((object) => !planned.some((guards) => object in guards));
}
