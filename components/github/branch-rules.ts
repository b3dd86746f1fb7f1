import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";
import type { BranchRules as Model } from "../../github/kinds/branch-rules.ts";
import { classicProtection, protectionSettings } from "../../github/kinds/protection.ts";
import { branchRuleset, mergesRuleset, namedRulesetSetting } from "../../github/kinds/ruleset.ts";
import { remade } from "../../github/plan/mends.ts";
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
 * new BranchRules("main-rules", { account, repository, rules: branchRules("main", settings), as: "rulesets" }, { dependsOn: branch })
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
      const merges = mergesRuleset(rules);
      if (merges) {
        const setting = repository.name.apply(() => namedRulesetSetting(account.path, merges));
        new ApiStep(
          `${name}-merges`,
          { account, about: [{ kind: "ruleset", name: merges.name }], setting },
          { parent: this, dependsOn: opts.dependsOn ?? [] },
        );
      }
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
    const about = { kind: "protection", name: rules.branch } as const;
    const protectedBranch = new github.BranchProtection(
      `${name}-protection`,
      { ...classicProtection(rules), repositoryId: repository.nodeId },
      {
        parent: this,
        provider: account.provider,
        ...remade(account.mends, about),
        deleteBeforeReplace: true,
        dependsOn,
      },
    );
    new ApiStep(
      `${name}-read-back`,
      { account, about: [about], setting: protectedBranch.id.apply(() => protectionSettings(account.path, rules)) },
      { parent: this },
    );
  }
}
