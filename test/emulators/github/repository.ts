// What GitHub keeps of one repository, beside the git repository itself.
import type { Autolink, DeployKey, Webhook } from "./access.ts";
import type { Account, Actor, Role } from "./accounts.ts";
import type { ActionsPolicy } from "./actions-policy.ts";
import type { BranchProtection } from "./branch-protection.ts";
import type { Check, CommitStatus } from "./checks.ts";
import type { Invitation } from "./collaborators.ts";
import type { Deployment } from "./deployments.ts";
import type { Environment } from "./environments.ts";
import type { Git } from "./git.ts";
import type { Issue, IssueComment } from "./issues.ts";
import type { Label } from "./labels.ts";
import type { Pull } from "./pulls.ts";
import type { Visibility } from "./plans.ts";
import type { Release } from "./releases.ts";
import type { Ruleset } from "./rulesets.ts";
import type { SecretStore } from "./secrets.ts";
import type { SecurityFeatures } from "./security.ts";
import type { Variable } from "./variables.ts";

/** The fields of `PATCH /repos/{owner}/{repo}` that are kept as given. */
export interface Settings {
  description: string | null;
  homepage: string | null;
  has_issues: boolean;
  has_projects: boolean;
  has_wiki: boolean;
  has_discussions: boolean;
  has_downloads: boolean;
  is_template: boolean;
  allow_squash_merge: boolean;
  allow_merge_commit: boolean;
  allow_rebase_merge: boolean;
  allow_auto_merge: boolean;
  allow_update_branch: boolean;
  allow_forking: boolean;
  delete_branch_on_merge: boolean;
  web_commit_signoff_required: boolean;
  squash_merge_commit_title: "PR_TITLE" | "COMMIT_OR_PR_TITLE";
  squash_merge_commit_message: "PR_BODY" | "COMMIT_MESSAGES" | "BLANK";
  merge_commit_title: "PR_TITLE" | "MERGE_MESSAGE";
  merge_commit_message: "PR_BODY" | "PR_TITLE" | "BLANK";
}

/** GitHub's defaults for a new repository. */
export const defaultSettings: Settings = {
  description: null,
  homepage: null,
  has_issues: true,
  has_projects: true,
  has_wiki: true,
  has_discussions: false,
  has_downloads: true,
  is_template: false,
  allow_squash_merge: true,
  allow_merge_commit: true,
  allow_rebase_merge: true,
  allow_auto_merge: false,
  allow_update_branch: false,
  allow_forking: true,
  delete_branch_on_merge: false,
  web_commit_signoff_required: false,
  squash_merge_commit_title: "COMMIT_OR_PR_TITLE",
  squash_merge_commit_message: "COMMIT_MESSAGES",
  merge_commit_title: "MERGE_MESSAGE",
  merge_commit_message: "PR_TITLE",
};

export interface Repository {
  id: number;
  owner: Account;
  name: string;
  visibility: Visibility;
  archived: boolean;
  defaultBranch: string;
  createdAt: string;
  updatedAt: string;
  pushedAt: string;
  settings: Settings;
  topics: string[];
  git: Git;
  /** Who pushed a branch last, by reference: last-push approval asks for someone else. */
  pushers: Map<string, string>;
  /** Commits made through the web interface or the API: GitHub signs them. */
  signedByGitHub: Set<string>;
  /** Public SSH keys of all users, for signatures. */
  signingKeys: () => string[];
  collaborators: Map<string, Role>;
  invitations: Invitation[];
  teams: Map<string, Role>;
  deployKeys: DeployKey[];
  webhooks: Webhook[];
  autolinks: Autolink[];
  labels: Label[];
  environments: Environment[];
  secrets: SecretStore;
  dependabotSecrets: SecretStore;
  variables: Map<string, Variable>;
  /** Values of custom properties. */
  properties: Map<string, string | readonly string[]>;
  rulesets: Ruleset[];
  protections: BranchProtection[];
  actions: ActionsPolicy;
  security: SecurityFeatures;
  checks: Check[];
  /** Results of code scanning: which tool has looked at which commit. */
  analyses: { readonly tool: string; readonly commit: string }[];
  statuses: CommitStatus[];
  pulls: Pull[];
  deployments: Deployment[];
  releases: Release[];
  /** Merges that went past a rule which was not met. */
  bypasses: Bypass[];
  issues: Issue[];
  comments: IssueComment[];
}

/** One entry of the rule suites, as GitHub calls them. */
export interface Bypass {
  readonly id: number;
  readonly actor: Actor;
  readonly ref: string;
  readonly before: string;
  readonly after: string;
  readonly time: string;
}

export function fullName(repository: Repository): string {
  return `${repository.owner.login}/${repository.name}`;
}
