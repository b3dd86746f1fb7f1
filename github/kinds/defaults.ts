/** Names of release tags. GitHub matches them as file names, so this is wider than a semantic version. */
export const releaseTags = "v*.*.*";

/** Branch that brings the files of a repository whose main is guarded. */
export const filesBranch = "feature/slipway-files";

/** What GitHub judges a pull request's run by: nobody has reviewed it yet, so only what looks may let it in. */
export const pullRequestRefs = "refs/pull/*/merge" as const;

/** Branches that stay for ever: what is released, and what is to be. */
export const permanentBranches = ["main", "develop"] as const;
export type PermanentBranch = (typeof permanentBranches)[number];

/** Which of them a repository has: trunk-based development has main only. */
export const branchModels = ["gitflow", "trunk"] as const;

/** What says which of them a repository has. */
export interface BranchModel {
  /** @default gitflow */
  readonly branchModel?: (typeof branchModels)[number];
}

export const branchesOf = ({ branchModel = "gitflow" }: BranchModel = {}): readonly PermanentBranch[] =>
  branchModel === "trunk" ? ["main"] : permanentBranches;

/** Branches that GitHub makes itself, whatever a stack says of names. */
const madeByGitHub = "gh-readonly-queue/**/*";

/**
 * Branches of GitHub's own buttons and of the bots that most teams have: Revert, the web editor's patches, CodeQL's fixes, Dependabot and
 * Renovate. A revert's name holds that of the branch that it takes back, slashes included.
 */
const buttonsAndBots = [
  "dependabot/**/*",
  "renovate/**/*",
  "revert-*",
  "revert-*/**/*",
  "*-patch-*",
  "alert-autofix-*",
] as const;

/** Branches that people may make, unless a stack says otherwise: the guide's GitFlow, buttons and bots. */
export const defaultBranchNames = [
  "feature/**/*",
  "bugfix/**/*",
  "hotfix/**/*",
  "release/v*.*.*",
  ...buttonsAndBots,
] as const;

/** All branches that may be there. @param names that people may make. @param permanent those that stay */
export const allowedBranches = (
  names: readonly string[],
  permanent: readonly PermanentBranch[] = permanentBranches,
): readonly string[] => [...permanent, madeByGitHub, ...names];

/** That one may be made is no weakening: none of them is ever delivered from. */
export const isButtonOrBot = (pattern: string): boolean => (buttonsAndBots as readonly string[]).includes(pattern);

/** What an environment is for: a person's yes before a deploy, a deploy, or looking only. */
export type EnvironmentKind = "approval" | "deploy" | "read";

const approvalOf = (name: string) => `${name}-approval`;

/** Names of those that are there for a person's yes. */
export const approvalsIn = (environments: readonly { readonly name: string; readonly kind: EnvironmentKind }[]) =>
  environments.flatMap(({ name, kind }) => (kind === "approval" ? [name] : []));

export function defaultKind(name: string): EnvironmentKind {
  if (name.endsWith(approvalOf(""))) return "approval";
  return ["preview", "observe"].includes(name) ? "read" : "deploy";
}

/**
 * Which refs enter an environment by default. Staging takes every push to main and every release; what only looks runs on main, and
 * previews on pull requests too; anything else takes releases only, so a rollback is dispatched at the tag's own ref (view_component#2703).
 */
export function defaultRefs(name: string): {
  readonly branches: ("main" | typeof pullRequestRefs)[];
  readonly tags: string[];
} {
  const isFromMain = ["staging", "governance", "release"].includes(name) || defaultKind(name) === "read";
  const main = isFromMain ? (["main"] as const) : [];
  const branches = name === "preview" ? [...main, pullRequestRefs] : [...main];
  return { branches, tags: isFromMain && name !== "staging" ? [] : [releaseTags] };
}

/** GitHub's parts that a stack may switch; one that it does not name stays as it is. */
export type Features = Readonly<
  Record<"issues" | "projects" | "wiki" | "discussions" | "signOff" | "template", boolean>
>;

/** What a new repository has of them. */
export const newFeatures: Features = {
  issues: true,
  projects: false,
  wiki: false,
  discussions: false,
  signOff: false,
  template: false,
};

/** What a stack may leave open: GitHub keeps what it has. */
export interface LeftOpen extends Features {
  readonly description: string;
  readonly homepage: string;
  readonly topics: readonly string[];
  readonly autoMerge: boolean;
}

/** Of a new repository. */
export const newLeftOpen: LeftOpen = { ...newFeatures, description: "", homepage: "", topics: [], autoMerge: false };

/**
 * Whether nothing enters without a person's approval. Staging needs none, what only looks neither, and a deploy none of its own where
 * another environment is the approval for it. Nor does `release`: what it proposes is reviewed as a pull request, and what it tags was.
 *
 * @param approvals names of the environments that are there for a person's yes
 */
export const needsApproval = (
  { name, kind }: { readonly name: string; readonly kind: EnvironmentKind },
  approvals: readonly string[],
): boolean =>
  kind === "approval" ||
  (kind === "deploy" && !["staging", "release"].includes(name) && !approvals.includes(approvalOf(name)));

/**
 * Labels that every new repository has: they are there before the provider makes any, which GitHub then refuses
 * (terraform-provider-github#3559).
 */
export const defaultLabels: readonly string[] = [
  "bug",
  "documentation",
  "duplicate",
  "enhancement",
  "good first issue",
  "help wanted",
  "invalid",
  "question",
  "wontfix",
];

/** Who waits for a maintainer's yes, from the weakest; GitHub's default is the second. */
export const forkApprovals = [
  "first_time_contributors_new_to_github",
  "first_time_contributors",
  "all_external_contributors",
] as const;

/** Whose workflows may use a private repository's actions and workflows, from the most. */
export const accessLevels = ["enterprise", "organization", "user", "none"] as const;

/** Every way to merge: a rule that allows them all says nothing. */
export const mergeMethods = ["merge", "squash", "rebase"] as const;
export type MergeMethod = (typeof mergeMethods)[number];

/** Alerts of code scanning that stop a merge, from the fewest. */
export const scanAlerts = ["none", "errors", "errors_and_warnings", "all"] as const;
export const securityAlerts = ["none", "critical", "high_or_higher", "medium_or_higher", "all"] as const;
