import { bypassActors, type Actor } from "./actors.ts";
import type { Ruleset } from "./branch-rules.ts";

/** Names of release tags. GitHub matches them as file names, so this is wider than a semantic version. */
export const releaseTags = "v*.*.*";

/** Branches of the guide's GitFlow, and those that Dependabot and GitHub's merge queue make. */
export const gitFlowBranches = [
  "main",
  "develop",
  "feature/**/*",
  "bugfix/**/*",
  "hotfix/**/*",
  "release/v*.*.*",
  "dependabot/**/*",
  "gh-readonly-queue/**/*",
] as const;

/**
 * Who makes release tags, and that none is ever moved or removed.
 *
 * An environment's tag policy looks at the tag's name only (synthorg#1542): without these, whoever can push takes any commit to production
 * (CUDly#1896). Moving and removing are a ruleset of their own, because a bypass holds for all rules of one.
 *
 * @param creators who may make one; everybody else, administrators included, may not
 * @param teams ids by slug
 */
export function tagRulesets(creators: readonly Actor[], teams: Readonly<Record<string, number>>): [Ruleset, Ruleset] {
  const common: Pick<Ruleset, "target" | "enforcement" | "conditions"> = {
    target: "tag",
    enforcement: "active",
    conditions: { refName: { includes: [`refs/tags/${releaseTags}`], excludes: [] } },
  };
  return [
    {
      ...common,
      name: "release tags are made",
      bypassActors: bypassActors(creators, teams),
      rules: { creation: true },
    },
    {
      ...common,
      name: "release tags stay",
      bypassActors: [],
      rules: { update: true, deletion: true, nonFastForward: true },
    },
  ];
}

/**
 * No branch with a name outside GitFlow can be made.
 *
 * GitHub's own name patterns need its Enterprise plan; forbidding the creation of everything else works with every plan that has rulesets.
 */
export function branchNamesRuleset(): Ruleset {
  return {
    name: "branch names",
    target: "branch",
    enforcement: "active",
    bypassActors: [],
    conditions: {
      refName: { includes: ["~ALL"], excludes: gitFlowBranches.map((pattern) => `refs/heads/${pattern}`) },
    },
    rules: { creation: true },
  };
}
