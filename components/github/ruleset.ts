import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";
import { rulesetSetting, namedRulesetSetting, type Ruleset as RulesetModel } from "../../github/kinds/ruleset.ts";
import { markOf, remade } from "../../github/plan/mends.ts";
import type { Account } from "./account.ts";
import { ApiStep } from "./api-step.ts";

/** One ruleset of a repository. */
export interface RulesetArgs {
  readonly account: Account;
  /** Name of the repository, known when it and its branches are there. */
  readonly repository: pulumi.Input<string>;
  readonly ruleset: RulesetModel;
}

/** A ruleset, read back: GitHub has answered 200 and not applied one (terraform-provider-github#2784). */
export class Ruleset extends pulumi.ComponentResource {
  constructor(name: string, { account, repository, ruleset }: RulesetArgs, opts: pulumi.ComponentResourceOptions) {
    super("slipway:github:Ruleset", name, {}, opts);
    const dependsOn = opts.dependsOn ?? [];
    const about = { kind: "ruleset", name: ruleset.name } as const;
    const { name: title, target, enforcement, conditions, rules } = ruleset;
    const made = new github.RepositoryRuleset(
      name,
      {
        name: title,
        repository,
        target,
        enforcement,
        conditions,
        rules,
        bypassActors: ruleset.bypassActors,
      },
      {
        parent: this,
        provider: account.provider,
        // No `destroy`, and no section that is taken away, removes a rule: whoever means it says so with `pulumi state unprotect`.
        ...remade(account.mends, about),
        deleteBeforeReplace: true,
        dependsOn,
        // About forks only, and the provider sends its own mind with every rule about updates.
        ignoreChanges: rules.update === true ? ["rules.updateAllowsFetchAndMerge"] : [],
      },
    );
    // Where the plugin, or the state that it goes by, may not know what GitHub has.
    const isMended = markOf(account.mends, about) !== undefined;
    const isWhole = account.hasOlderPlugin || isMended;
    new ApiStep(
      `${name}-read-back`,
      {
        account,
        about: [about],
        // Somebody may have made another one of that name by hand, which has another number than the state's.
        setting: made.rulesetId.apply((id) =>
          isMended
            ? namedRulesetSetting(account.path, ruleset, isWhole)
            : rulesetSetting(`${account.path}/rulesets/${id}`, ruleset, isWhole),
        ),
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
