import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";
import type { ApiSetting } from "../../github/api-setting.ts";
import { actionsInputs, actionsSettings } from "../../github/kinds/actions.ts";
import { branchRules } from "../../github/kinds/branch-rules.ts";
import { branchesOf } from "../../github/kinds/defaults.ts";
import type { KindName } from "../../github/kinds/kind.ts";
import { typeLabels } from "../../github/kinds/label.ts";
import { repositoryInputs, repositorySettings } from "../../github/kinds/repository.ts";
import { branchesStayRuleset, branchNamesRuleset, tagRulesets } from "../../github/kinds/ruleset.ts";
import { securitySettings } from "../../github/kinds/security.ts";
import type { RepositoryWithinPlan } from "../../github/plan/limits.ts";
import type { Account } from "./account.ts";
import { ApiSettings } from "./api-settings.ts";
import { ApiStep } from "./api-step.ts";
import { BranchRules } from "./branch-rules.ts";
import { Collaborators } from "./collaborators.ts";
import { Labels } from "./labels.ts";
import { RepositoryFiles } from "./repository-files.ts";
import { Ruleset } from "./ruleset.ts";
import { Secrets } from "./secrets.ts";
import { Teams } from "./teams.ts";
import { Variables } from "./variables.ts";

/** What a stack may leave open. */
const leftOpenInputs = [
  "hasIssues",
  "hasProjects",
  "hasWiki",
  "hasDiscussions",
  "webCommitSignoffRequired",
  "isTemplate",
  "description",
  "homepageUrl",
  "topics",
  "allowAutoMerge",
];

/** A repository and the rules around its code. */
export interface RepositoryArgs {
  readonly account: Account;
  readonly settings: RepositoryWithinPlan;
  /** Roles of teams by short name. */
  readonly teams: Readonly<Record<string, string>>;
  /** Contents by path, where main lacks them. */
  readonly files: Readonly<Record<string, string>>;
  /** Plain values by store and name. */
  readonly secrets: Readonly<Record<"repository" | "dependabot" | "webhooks", Readonly<Record<string, string>>>>;
}

/**
 * The repository: what it is, its branches, the files it starts with, then the rules. In this order, because a protected branch takes no
 * direct commit, and an empty repository has no branch to protect (terraform-provider-github#577).
 *
 * @example
 * new Repository("repository", { account, settings, teams: { platform: "write" }, files: {}, secrets: { repository: {}, dependabot: {}, webhooks: {} } })
 */
export class Repository extends pulumi.ComponentResource {
  /** What stands when an environment may come: branches, files, and people with their roles. */
  readonly standing: readonly pulumi.Resource[];

  constructor(name: string, args: RepositoryArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:github:Repository", name, {}, opts);
    const { account, settings } = args;
    const child = { parent: this, provider: account.provider };

    const present = account.found?.repository?.leftOpen;
    const repository = new github.Repository(name, repositoryInputs(account.repository, settings, present), {
      ...child,
      // A preview that can't ask does not know what nobody declared.
      ignoreChanges: account.found === undefined ? leftOpenInputs : [],
      // Whoever means to delete the code has to say so on GitHub.
      protect: true,
    });
    const main = new github.BranchDefault(
      `${name}-main`,
      {
        repository: repository.name,
        branch: "main",
        // The owner's default may be another name (terraform-provider-github#899); only the first time is there something to rename.
        // oxlint-disable-next-line typescript/no-deprecated -- only its input is; nothing else tells what GitHub made
        rename: repository.defaultBranch.apply((branch) => branch !== "main"),
      },
      { ...child, ignoreChanges: ["rename"] },
    );
    const at = { account, repository: repository.name };
    const { given } = new RepositoryFiles(
      `${name}-files`,
      { ...at, files: args.files },
      { parent: this, dependsOn: main },
    );
    const develop = branchesOf(settings).includes("develop")
      ? [
          new github.Branch(
            `${name}-develop`,
            { repository: repository.name, branch: "develop", sourceBranch: "main" },
            { ...child, protect: true, retainOnDelete: true, dependsOn: given },
          ),
        ]
      : [];
    const roles = args.teams;
    const { all: teams } = new Teams(`${name}-teams`, { ...at, roles }, { parent: this });
    const { all: collaborators } = new Collaborators(
      `${name}-collaborators`,
      { ...at, roles: settings.collaborators },
      { parent: this },
    );
    const people = [...teams, ...collaborators];
    this.standing = [given, ...develop, ...people];
    const labels = [...typeLabels, ...settings.labels];
    new Labels(`${name}-labels`, { ...at, labels, removed: settings.removedLabels }, { parent: this });
    if (settings.isProtected) this.guard(name, args, repository, [main, ...develop, given, ...people]);
    // Some of them depend on who may see the repository.
    const dependsOn = this.configure(name, args, repository, main);
    const webhookSecrets = args.secrets.webhooks;
    new ApiSettings(`${name}-settings`, { ...at, settings, webhookSecrets }, { parent: this, dependsOn });
    new Variables(`${name}-variables`, { ...at, values: settings.variables }, { parent: this });
    for (const store of ["repository", "dependabot"] as const) {
      new Secrets(
        `${name}-${store === "repository" ? "secrets" : "dependabot"}`,
        {
          account,
          repository: repository.name,
          store,
          values: args.secrets[store],
          rotateAfterDays: settings.rotateSecretsAfterDays,
        },
        { parent: this },
      );
    }
    this.registerOutputs({});
  }

  private guard(
    name: string,
    { account, settings }: RepositoryArgs,
    repository: github.Repository,
    dependsOn: pulumi.Resource[],
  ): void {
    const child = { parent: this, dependsOn };
    for (const branch of branchesOf(settings)) {
      const rules = branchRules(branch, settings);
      new BranchRules(`${name}-${branch}-rules`, { account, repository, rules, as: settings.rules }, child);
    }
    const [made, stay] = tagRulesets(settings.tagCreators, account.found?.teams ?? {});
    const rulesets = {
      "branches-stay": branchesStayRuleset(branchesOf(settings)),
      "tags-made": made,
      "tags-stay": stay,
      "branch-names": branchNamesRuleset(settings.branchNames, branchesOf(settings)),
    };
    for (const [part, ruleset] of Object.entries(rulesets)) {
      new Ruleset(`${name}-${part}`, { account, repository: repository.name, ruleset }, child);
    }
  }

  /** @returns what stands when the repository is as declared */
  private configure(
    name: string,
    { account, settings }: RepositoryArgs,
    repository: github.Repository,
    main: github.BranchDefault,
  ): ApiStep {
    const child = { parent: this, provider: account.provider };
    const actions = new github.ActionsRepositoryPermissions(
      `${name}-actions`,
      { repository: repository.name, ...actionsInputs(settings) },
      // Without it every action may run.
      { ...child, protect: true },
    );
    const updates = new github.RepositoryDependabotSecurityUpdates(
      `${name}-dependabot-updates`,
      { repository: repository.name, enabled: true },
      child,
    );
    const { path } = account;
    const step = (part: string, kind: KindName, setting: ApiSetting | readonly ApiSetting[]): void => {
      new ApiStep(
        `${name}-${part}`,
        { account, about: [{ kind }], setting: repository.name.apply(() => setting) },
        { parent: this, dependsOn: [actions, updates] },
      );
    };
    for (const [part, setting] of Object.entries(actionsSettings(path, settings))) step(part, "actions", setting);
    for (const [part, setting] of Object.entries(securitySettings(path, settings))) step(part, "security", setting);
    return new ApiStep(
      `${name}-read-back`,
      {
        account,
        about: [{ kind: "settings" }, { kind: "pull requests" }, { kind: "security" }],
        setting: repository.name.apply(() => repositorySettings(path, settings)),
      },
      { parent: this, dependsOn: main },
    );
  }
}
