import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";
import type { Account } from "./account.ts";

/** Files that a repository starts with. */
export interface RepositoryFilesArgs {
  readonly account: Account;
  /** Name of the repository, known when the branch is there. */
  readonly repository: pulumi.Input<string>;
  readonly branch: string;
  /** Contents by path. */
  readonly files: Readonly<Record<string, string>>;
}

/**
 * Files committed while the branch is still unprotected.
 *
 * From then on they are the team's: a direct commit would be refused (terraform-provider-github#1438), so changes come by pull request,
 * and here neither a change nor a deletion follows.
 */
export class RepositoryFiles extends pulumi.ComponentResource {
  readonly files: readonly github.RepositoryFile[];

  constructor(name: string, args: RepositoryFilesArgs, opts: pulumi.ComponentResourceOptions) {
    super("slipway:github:RepositoryFiles", name, {}, opts);
    const { account, repository, branch } = args;
    this.files = Object.entries(args.files).map(
      ([file, content]) =>
        new github.RepositoryFile(
          `${name}-${file.replace(/\W+/g, "-").replace(/^-/, "")}`,
          { repository, branch, file, content, commitMessage: `chore: add ${file}`, overwriteOnCreate: true },
          {
            parent: this,
            provider: account.provider,
            ignoreChanges: ["*"],
            retainOnDelete: true,
            dependsOn: opts.dependsOn ?? [],
          },
        ),
    );
    this.registerOutputs({});
  }
}
