// What an account's plan allows, by the repository's visibility, and how GitHub says no.
// Source: docs.github.com, "GitHub's plans", "About protected branches", "About rulesets", "Deployments and environments", "Configuring autolinks to reference external
// resources".
import type { Account } from "./accounts.ts";
import { forbidden, invalid } from "./errors.ts";
import type { Repository } from "./repository.ts";

export type Plan = "free" | "pro" | "team" | "enterprise";
export type Visibility = "public" | "private" | "internal";

export type Feature =
  | "branch-protection"
  | "rulesets"
  | "push-rulesets"
  | "environments"
  | "environment-protection"
  | "code-owners"
  | "autolinks"
  | "advanced-security"
  | "private-vulnerability-reporting";

/** Plans that have the feature on a repository that is not public; on a public one every plan has it unless said otherwise. */
const privatePlans: Record<Feature, Plan[]> = {
  "branch-protection": ["pro", "team", "enterprise"],
  rulesets: ["pro", "team", "enterprise"],
  "push-rulesets": ["team", "enterprise"],
  // Environments with their secrets and branch policies.
  environments: ["pro", "team", "enterprise"],
  // Required reviewers and wait timers.
  "environment-protection": ["enterprise"],
  "code-owners": ["pro", "team", "enterprise"],
  autolinks: ["pro", "team", "enterprise"],
  // Sold by itself to Team and Enterprise; taken as bought here.
  "advanced-security": ["team", "enterprise"],
  // For public repositories alone.
  "private-vulnerability-reporting": [],
};

export function allows(feature: Feature, repository: Pick<Repository, "owner" | "visibility">): boolean {
  if (repository.visibility === "public") return feature !== "push-rulesets";
  return privatePlans[feature].includes(repository.owner.plan);
}

/** @throws a 403 that names the way out, as branch protection, rulesets and their like do. */
export function requirePlan(feature: Feature, repository: Repository): void {
  if (allows(feature, repository)) return;
  // "Pro" to organisations too, whose way out is Team (F-U-S-E-E/FuseDevelopmentGroup#58).
  throw forbidden("Upgrade to GitHub Pro or make this repository public to enable this feature.");
}

/** Visibilities that the account may give its repositories. @throws a 422 otherwise. */
export function requireVisibility(owner: Account, visibility: Visibility): void {
  if (visibility !== "internal") return;
  if (owner.kind === "organization" && owner.plan === "enterprise") return;
  const message = "Only organizations associated with an enterprise can set visibility to internal";
  throw invalid({ resource: "Repository", code: "custom", field: "visibility", message });
}

/** Plans as valid for the kind of account. */
export const plansOf = { user: ["free", "pro"], organization: ["free", "team", "enterprise"] } as const;
