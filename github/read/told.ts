import type { Octokit } from "@octokit/rest";
import type { ApiRuleset } from "../kinds/api-ruleset.ts";

/** A repository as REST tells it, as far as anything here depends on it. */
export type ApiRepository = Pick<
  Awaited<ReturnType<Octokit["rest"]["repos"]["get"]>>["data"],
  | keyof typeof listedFields
  | "security_and_analysis"
  | "web_commit_signoff_required"
  | "allow_squash_merge"
  | "allow_merge_commit"
  | "allow_rebase_merge"
  | "allow_auto_merge"
  | "allow_update_branch"
  | "delete_branch_on_merge"
  | "squash_merge_commit_title"
  | "squash_merge_commit_message"
  | "merge_commit_title"
  | "merge_commit_message"
>;

/** Those of its fields that lists of an organisation's repositories have too. */
export const listedFields = {
  name: true,
  full_name: true,
  private: true,
  visibility: true,
  archived: true,
  size: true,
  default_branch: true,
  description: true,
  homepage: true,
  topics: true,
  is_template: true,
  has_issues: true,
  has_projects: true,
  has_wiki: true,
  has_discussions: true,
  permissions: true,
} as const;

/** One of such a list: any of it may be missing. */
export type ListedRepository = Pick<ApiRepository, "name"> & Partial<ApiRepository>;

/**
 * What GraphQL tells of a repository at once, and only what is sure: each part may be left out. Then REST is asked, which alone says that
 * something is not there, that it is hidden, or that GitHub could not be asked.
 */
export interface Told {
  /** The repository itself. */
  readonly repository?: ApiRepository;
  /** Roles of teams by short name; others may have one too. */
  readonly roles?: Readonly<Record<string, string>>;
  /** All of the repository's own. */
  readonly rulesets?: readonly ToldRuleset[];
  /** All of them. */
  readonly labels?: readonly ToldLabel[];
  /** There are Dependabot alerts. That there are none it does not say. */
  readonly alerts?: true;
  /** There is a branch main. */
  readonly main?: true;
  /** Addresses of open pull requests to main with files of Slipway's. */
  readonly filesPulls?: readonly string[];
}

/** A ruleset; its number only where GraphQL does not tell all of it. */
export interface ToldRuleset {
  readonly id: number;
  readonly ruleset?: ApiRuleset;
}

export interface ToldLabel {
  readonly name: string;
  readonly color: string;
  readonly description: string | null;
}
