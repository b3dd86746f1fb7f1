import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";
import { actionsApp } from "../../lib/github/actors.ts";
import { branchRuleset, classicProtection, type BranchRules as Model } from "../../lib/github/branch-rules.ts";
import type { Account } from "./account.ts";
import { ApiStep } from "./api-step.ts";
import { Ruleset } from "./ruleset.ts";

/** What pull requests to one branch need. */
export interface BranchRulesArgs {
  readonly account: Account;
  readonly repository: github.Repository;
  readonly rules: Model;
  /** How GitHub is told: a ruleset, or classic branch protection for those whose tools want it. */
  readonly as: "rulesets" | "classic";
}

/**
 * The rules of one branch. They come after the branch and the files on it: a protected branch takes no direct commit.
 *
 * @example
 * new BranchRules("main-rules", { account, repository, rules: branchRules("main", choice), as: "rulesets" }, { dependsOn: branch })
 */
export class BranchRules extends pulumi.ComponentResource {
  constructor(name: string, args: BranchRulesArgs, opts: pulumi.ComponentResourceOptions) {
    super("slipway:github:BranchRules", name, {}, opts);
    const { account, repository, rules } = args;
    if (args.as === "rulesets") {
      const ruleset = branchRuleset(rules, account.found?.teams ?? {});
      new Ruleset(
        `${name}-ruleset`,
        { account, repository: repository.name, ruleset },
        { parent: this, dependsOn: opts.dependsOn ?? [] },
      );
    } else {
      this.protect(name, args, opts.dependsOn ?? []);
    }
    this.registerOutputs({});
  }

  private protect(
    name: string,
    { account, repository, rules }: BranchRulesArgs,
    dependsOn: NonNullable<pulumi.ComponentResourceOptions["dependsOn"]>,
  ): void {
    const { requiredPullRequestReviews, requiredStatusChecks, ...protection } = classicProtection(rules);
    const protectedBranch = new github.BranchProtection(
      `${name}-protection`,
      {
        ...protection,
        repositoryId: repository.nodeId,
        requiredPullRequestReviews: [...requiredPullRequestReviews],
        requiredStatusChecks: [...requiredStatusChecks],
      },
      { parent: this, provider: account.provider, deleteBeforeReplace: true, dependsOn },
    );
    const path = `/repos/${account.owner}/${account.repository}/branches/${rules.branch}/protection`;
    const checks = rules.checks.map((context) => ({ context, app_id: actionsApp }));
    new ApiStep(
      `${name}-checks`,
      {
        account,
        // The provider's classic protection can't say which app must report a check.
        setting: protectedBranch.id.apply(() => ({
          what: `required checks of ${rules.branch}`,
          read: `${path}/required_status_checks`,
          wanted: { strict: rules.upToDate, checks },
          write: {
            method: "PATCH" as const,
            path: `${path}/required_status_checks`,
            body: { strict: rules.upToDate, checks },
          },
        })),
      },
      { parent: this },
    );
    new ApiStep(
      `${name}-read-back`,
      {
        account,
        setting: protectedBranch.id.apply(() => ({
          what: `protection of ${rules.branch}`,
          read: path,
          wanted: {
            enforce_admins: { enabled: protection.enforceAdmins },
            // secure-proxy-manager#264: GitHub took false and left it on.
            allow_force_pushes: { enabled: false },
            allow_deletions: { enabled: false },
            required_conversation_resolution: { enabled: rules.resolvedThreads },
            required_signatures: { enabled: rules.signedCommits },
            required_pull_request_reviews: {
              required_approving_review_count: rules.reviews,
              dismiss_stale_reviews: rules.dismissStaleReviews,
              require_code_owner_reviews: rules.codeOwners,
              require_last_push_approval: rules.lastPushApproval,
            },
          },
        })),
      },
      { parent: this },
    );
  }
}
