import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";
import { teamSetting } from "../../github/kinds/access.ts";
import { permissionOf } from "../../github/kinds/permission.ts";
import type { Account } from "./account.ts";
import { ApiStep } from "./api-step.ts";

/** Teams of a repository. */
export interface TeamsArgs {
  readonly account: Account;
  /** Name of the repository. */
  readonly repository: pulumi.Input<string>;
  /** By short name. */
  readonly roles: Readonly<Record<string, string>>;
}

/** Roles of teams. They come before any rule: GitHub ignores an owner of code who can't write, and nobody else could approve a change. */
export class Teams extends pulumi.ComponentResource {
  /** What stands when every team has its role. */
  readonly all: readonly pulumi.CustomResource[];

  constructor(name: string, { account, repository, roles }: TeamsArgs, opts: pulumi.ComponentResourceOptions) {
    super("slipway:github:Teams", name, {}, opts);
    const made = Object.entries(roles).map(
      ([slug, role]) =>
        new github.TeamRepository(
          `${name}-${slug}`,
          { teamId: String(account.found?.teams[slug] ?? slug), repository, permission: permissionOf(role) },
          {
            parent: this,
            provider: account.provider,
            deleteBeforeReplace: true,
            // A preview that can't ask does not know the id.
            ignoreChanges: account.found === undefined ? ["teamId"] : [],
          },
        ),
    );
    const settings = Object.entries(roles).map(([slug, role]) =>
      teamSetting({ owner: account.owner, repo: account.repository }, slug, role),
    );
    const step = {
      account,
      about: [{ kind: "team" }] as const,
      setting: pulumi.output(repository).apply(() => settings),
    };
    this.all =
      made.length === 0 ? [] : [...made, new ApiStep(`${name}-read-back`, step, { parent: this, dependsOn: made })];
    this.registerOutputs({});
  }
}
