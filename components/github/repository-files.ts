import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { Account } from "./account.ts";
import { apiCommand } from "./api-step.ts";

/** Files that a repository starts with. */
export interface RepositoryFilesArgs {
  readonly account: Account;
  /** Name of the repository, known when main is there. */
  readonly repository: pulumi.Output<string>;
  /** Contents by path. */
  readonly files: Readonly<Record<string, string>>;
}

/**
 * Files that main lacks: committed while it is unguarded, proposed by pull request where it is guarded already (terraform-provider-github#1438).
 *
 * Once only. From then on they are the team's, and here neither a change nor a deletion follows.
 */
export class RepositoryFiles extends pulumi.ComponentResource {
  /** Done when main has them, or a pull request waits with them. */
  readonly given: pulumi.CustomResource;

  constructor(name: string, args: RepositoryFilesArgs, opts: pulumi.ComponentResourceOptions) {
    super("slipway:github:RepositoryFiles", name, {}, opts);
    const { account, repository, files } = args;
    const input = repository.apply((repo) => ({ at: { owner: account.owner, repo }, files }));
    this.given = new command.local.Command(`${name}-given`, apiCommand("github/put-files", account, input), {
      parent: this,
      ignoreChanges: ["*"],
      dependsOn: opts.dependsOn ?? [],
    });
    this.registerOutputs({});
  }
}
