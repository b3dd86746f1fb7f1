import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";
import { repositoryStore } from "../../github/kinds/secret.ts";
import { variableSettings } from "../../github/kinds/variable.ts";
import type { Account } from "./account.ts";
import { ApiStep } from "./api-step.ts";

/** Variables of a repository's workflows. */
export interface VariablesArgs {
  readonly account: Account;
  /** Name of the repository, known when it is there. */
  readonly repository: pulumi.Output<string>;
  /** By name. */
  readonly values: Readonly<Record<string, string>>;
}

/** Variables that every workflow of the repository reads. Those of an environment are its own. */
export class Variables extends pulumi.ComponentResource {
  constructor(name: string, { account, repository, values }: VariablesArgs, opts: pulumi.ComponentResourceOptions) {
    super("slipway:github:Variables", name, {}, opts);
    const made = Object.entries(values).map(
      ([variableName, value]) =>
        new github.ActionsVariable(
          `${name}-${variableName}`,
          { repository, variableName, value },
          { parent: this, provider: account.provider, deleteBeforeReplace: true },
        ),
    );
    if (made.length > 0) {
      const setting = repository.apply(() => variableSettings(account.path, repositoryStore, values));
      const about = [{ kind: "variable", of: repositoryStore }] as const;
      new ApiStep(`${name}-read-back`, { account, about, setting }, { parent: this, dependsOn: made });
    }
    this.registerOutputs({});
  }
}
