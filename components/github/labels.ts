import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";
import { labelSetting, type Label } from "../../github/kinds/label.ts";
import type { Account } from "./account.ts";
import { ApiStep } from "./api-step.ts";

/** Labels of issues and pull requests. */
export interface LabelsArgs {
  readonly account: Account;
  /** Name of the repository. */
  readonly repository: pulumi.Input<string>;
  readonly labels: readonly Label[];
}

/** Each label by itself, so that those which people make beside them stay. */
export class Labels extends pulumi.ComponentResource {
  constructor(name: string, { account, repository, labels }: LabelsArgs, opts: pulumi.ComponentResourceOptions) {
    super("slipway:github:Labels", name, {}, opts);
    const made = labels.map(
      (label) =>
        new github.IssueLabel(
          `${name}-${label.name.replace(/\W+/g, "-")}`,
          { repository, ...label },
          { parent: this, provider: account.provider, deleteBeforeReplace: true },
        ),
    );
    new ApiStep(
      `${name}-read-back`,
      {
        account,
        about: [{ kind: "label" }],
        setting: pulumi.output(repository).apply(() => labels.map((label) => labelSetting(account.path, label))),
      },
      { parent: this, dependsOn: made },
    );
    this.registerOutputs({});
  }
}
