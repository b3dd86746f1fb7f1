import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";
import { defaultLabels } from "../../github/kinds/defaults.ts";
import { labelSetting, removedLabelSetting, type DeclaredLabel } from "../../github/kinds/label.ts";
import type { ApiSetting } from "../../github/api-setting.ts";
import type { Account } from "./account.ts";
import { ApiStep } from "./api-step.ts";

/** Labels of issues and pull requests. */
export interface LabelsArgs {
  readonly account: Account;
  /** Name of the repository. */
  readonly repository: pulumi.Input<string>;
  readonly labels: readonly DeclaredLabel[];
  /** Names of those that have to go. */
  readonly removed: readonly string[];
}

/** Each label by itself, so that those which people make beside them stay, as do those that are no longer declared. */
export class Labels extends pulumi.ComponentResource {
  constructor(name: string, args: LabelsArgs, opts: pulumi.ComponentResourceOptions) {
    super("slipway:github:Labels", name, {}, opts);
    const { account, repository, labels, removed } = args;
    const step = (part: string, settings: readonly ApiSetting[], dependsOn: pulumi.Resource[] = []): ApiStep[] => {
      if (settings.length === 0) return [];
      const setting = pulumi.output(repository).apply(() => settings);
      return [
        new ApiStep(`${name}-${part}`, { account, about: [{ kind: "label" }], setting }, { parent: this, dependsOn }),
      ];
    };
    const settings = labels.map((label) => labelSetting(account.path, label));
    // Before the provider makes one of the new name.
    const renamed = step(
      "renamed",
      settings.filter(({ outOf }) => outOf !== undefined),
    );
    const made = labels
      .filter((label) => !defaultLabels.includes(label.name.toLowerCase()))
      .map(
        ({ name: label, color, description }) =>
          new github.IssueLabel(
            `${name}-${label.replace(/\W+/g, "-")}`,
            { repository, name: label, color, description },
            {
              parent: this,
              provider: account.provider,
              deleteBeforeReplace: true,
              // What somebody renamed or removed by hand can't be removed: GitHub would answer 404.
              retainOnDelete: true,
              dependsOn: renamed,
            },
          ),
      );
    step("read-back", settings, made);
    step(
      "removed",
      removed.map((label) => removedLabelSetting(account.path, label)),
      renamed,
    );
    this.registerOutputs({});
  }
}
