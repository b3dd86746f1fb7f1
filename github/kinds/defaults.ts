/** Names of release tags. GitHub matches them as file names, so this is wider than a semantic version. */
export const releaseTags = "v*.*.*";

/** Branches that stay for ever: what is released, and what is to be. */
export const permanentBranches = ["main", "develop"] as const;

/** Branches of the guide's GitFlow, and those that Dependabot and GitHub's merge queue make. */
export const gitFlowBranches = [
  ...permanentBranches,
  "feature/**/*",
  "bugfix/**/*",
  "hotfix/**/*",
  "release/v*.*.*",
  "dependabot/**/*",
  "gh-readonly-queue/**/*",
] as const;

/**
 * Which refs enter an environment by default. Staging takes every push to main and every release; anything else takes releases only, so a
 * rollback is dispatched at the tag's own ref (view_component#2703).
 */
export function defaultRefs(name: string): { readonly branches: "main"[]; readonly tags: string[] } {
  return { branches: name === "staging" ? ["main"] : [], tags: [releaseTags] };
}

/** GitHub's parts that a stack may switch; one that it does not name stays as it is. */
export type Features = Readonly<Record<"issues" | "projects" | "wiki" | "discussions" | "signOff", boolean>>;

/** What a new repository has of them. */
export const newFeatures: Features = { issues: true, projects: false, wiki: false, discussions: false, signOff: false };

/** Only staging is entered without a person's approval. */
export const needsApproval = (name: string) => name !== "staging";

/**
 * Labels that every new repository has. They can't be declared: the provider does not adopt what is there, and GitHub answers 422
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
