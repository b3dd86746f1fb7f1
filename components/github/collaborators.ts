import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";
import { permissionOf } from "../../github/kinds/permission.ts";
import { collaboratorSetting } from "../../github/kinds/collaborator.ts";
import type { Account } from "./account.ts";
import { ApiStep } from "./api-step.ts";

/** Users with a role of their own. */
export interface CollaboratorsArgs {
  readonly account: Account;
  /** Name of the repository. */
  readonly repository: pulumi.Input<string>;
  /** By login. */
  readonly roles: Readonly<Record<string, string>>;
}

/**
 * Roles of users, before any rule like those of teams. Another role never takes somebody out first: who came by invitation would have to accept
 * again.
 */
export class Collaborators extends pulumi.ComponentResource {
  /** What stands when every user has a role, or is invited. */
  readonly all: readonly pulumi.CustomResource[];

  constructor(name: string, args: CollaboratorsArgs, opts: pulumi.ComponentResourceOptions) {
    super("slipway:github:Collaborators", name, {}, opts);
    const { account, repository, roles } = args;
    const made = Object.entries(roles).map(
      ([username, role]) =>
        new github.RepositoryCollaborator(
          `${name}-${username}`,
          { username, repository, permission: permissionOf(role) },
          // The provider knows no other change of a role than removing and adding; the step below makes it in place.
          { parent: this, provider: account.provider, deleteBeforeReplace: true, ignoreChanges: ["permission"] },
        ),
    );
    const at = { owner: account.owner, repo: account.repository };
    const settings = Object.entries(roles).map(([login, role]) =>
      collaboratorSetting(
        at,
        { login, id: account.found?.users[login] ?? 0 },
        role,
        account.found?.kind ?? "organization",
      ),
    );
    const step = {
      account,
      about: [{ kind: "collaborator" }] as const,
      setting: pulumi.output(repository).apply(() => settings),
    };
    // A preview that can't ask does not know their numbers.
    const ignoreChanges = account.found === undefined ? ["*"] : [];
    const opted = { parent: this, dependsOn: made, ignoreChanges };
    this.all = made.length === 0 ? [] : [...made, new ApiStep(`${name}-read-back`, step, opted)];
    this.registerOutputs({});
  }
}
