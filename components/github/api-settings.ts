import * as pulumi from "@pulumi/pulumi";
import { settingsParts } from "../../github/kinds/settings-parts.ts";
import { webhookVariable } from "../../github/kinds/webhook.ts";
import type { RepositoryWithinPlan } from "../../github/plan/limits.ts";
import type { Account } from "./account.ts";
import { ApiStep } from "./api-step.ts";

/** Settings of a repository that go through GitHub's API. */
export interface ApiSettingsArgs {
  readonly account: Account;
  /** Name of the repository, known when it is there. */
  readonly repository: pulumi.Output<string>;
  readonly settings: RepositoryWithinPlan;
  /** Plain values by webhook. */
  readonly webhookSecrets: Readonly<Record<string, string>>;
}

/** Settings that the provider has no resource for, or none that could take up what is there and make anew what somebody removed. */
export class ApiSettings extends pulumi.ComponentResource {
  constructor(name: string, args: ApiSettingsArgs, opts: pulumi.ComponentResourceOptions) {
    super("slipway:github:ApiSettings", name, {}, opts);
    const { account, repository, webhookSecrets } = args;
    const signed = Object.entries(webhookSecrets).map(([hook, value]) => [webhookVariable(hook), value] as const);
    for (const [part, { kind, name: which, behind, settings }] of Object.entries(
      settingsParts(account.path, args.settings, account.found?.teams ?? {}),
    )) {
      if (settings.length === 0) continue;
      const setting = repository.apply(() => settings);
      const secrets = kind === "webhook" ? Object.fromEntries(signed) : {};
      new ApiStep(
        `${name}-${part}`,
        {
          account,
          about: [which === undefined ? { kind } : { kind, name: which }, ...(behind ? [{ kind: behind }] : [])],
          setting,
          secrets,
        },
        { parent: this, dependsOn: opts.dependsOn ?? [] },
      );
    }
    this.registerOutputs({});
  }
}
