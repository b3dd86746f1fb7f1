import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";
import {
  environmentSetting,
  protectionAppSetting,
  tagPolicySetting,
  type ReviewerIds,
} from "../../github/kinds/environment.ts";
import type { EnvironmentSettings } from "../../github/schema.ts";
import type { Account } from "./account.ts";
import { ApiStep } from "./api-step.ts";
import type { Repository } from "./repository.ts";
import { Secrets } from "./secrets.ts";

/** An environment of a repository, and what a job must pass to enter it. */
export interface DeploymentEnvironmentArgs {
  readonly account: Account;
  /** @default another stack declares the repository */
  readonly repository: Repository | undefined;
  readonly settings: EnvironmentSettings;
  /** Plain values of the environment's secrets by name. */
  readonly secrets: Readonly<Record<string, string>>;
}

/**
 * A place that jobs deploy to: who approves, which refs may enter, and the secrets and variables that only jobs inside can read.
 *
 * It has to be there before a workflow names it: GitHub would make a missing one on the spot, without any protection (CUDly#1896).
 *
 * @example
 * new DeploymentEnvironment("environment", { account, repository, settings, secrets: { SSH_PRIVATE_KEY: … } })
 */
export class DeploymentEnvironment extends pulumi.ComponentResource {
  constructor(name: string, args: DeploymentEnvironmentArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:github:DeploymentEnvironment", name, {}, opts);
    const { account, settings } = args;
    const repository = args.repository?.ready ?? pulumi.output(account.repository);
    const reviewers = reviewerIds(args);

    const environment = new github.RepositoryEnvironment(
      name,
      {
        repository,
        environment: settings.name,
        waitTimer: settings.waitMinutes,
        canAdminsBypass: settings.adminsBypass,
        preventSelfReview:
          !settings.selfReview && settings.reviewers.users.length + settings.reviewers.teams.length > 0,
        // The policies below answer 404 unless this is set first (terraform-provider-github#1820).
        deploymentBranchPolicy: { protectedBranches: false, customBranchPolicies: true },
        ...(reviewers.users.length + reviewers.teams.length > 0
          ? { reviewers: [{ users: [...reviewers.users], teams: [...reviewers.teams] }] }
          : {}),
      },
      {
        parent: this,
        provider: account.provider,
        // Its secrets go with it, and a workflow that names it would make another one without any rule.
        protect: true,
        deleteBeforeReplace: true,
        // A preview that can't ask does not know the reviewers' ids.
        ignoreChanges: account.found === undefined ? ["reviewers"] : [],
      },
    );
    const settled = this.settle(name, args, environment, reviewers);
    this.admitRefs(name, args, settled);
    for (const [variableName, value] of Object.entries(settings.variables)) {
      new github.ActionsEnvironmentVariable(
        `${name}-${variableName}`,
        { repository, environment: environment.environment, variableName, value },
        { parent: this, provider: account.provider, deleteBeforeReplace: true },
      );
    }
    new Secrets(
      `${name}-secrets`,
      {
        account,
        repository: pulumi.all([repository, environment.id]).apply(([there]) => there),
        store: `environment:${settings.name}`,
        values: args.secrets,
        rotateAfterDays: settings.rotateSecretsAfterDays,
      },
      // A secret goes in only when the rules that guard it stand.
      { parent: this, dependsOn: settled },
    );
    this.registerOutputs({});
  }

  /** Reads the environment back, and sets what an older plugin leaves out. */
  private settle(
    name: string,
    { account, settings }: DeploymentEnvironmentArgs,
    environment: github.RepositoryEnvironment,
    reviewers: ReviewerIds,
  ): ApiStep {
    const setting = environmentSetting(path(account), settings, reviewers);
    return new ApiStep(
      `${name}-read-back`,
      { account, setting: environment.id.apply(() => setting) },
      { parent: this, ignoreChanges: account.found === undefined ? ["*"] : [] },
    );
  }

  private admitRefs(name: string, { account, settings }: DeploymentEnvironmentArgs, settled: ApiStep): void {
    const child = { parent: this, provider: account.provider, deleteBeforeReplace: true, dependsOn: settled };
    const where = { repository: account.repository, environment: settings.name };
    for (const branchPattern of settings.branches) {
      new github.RepositoryEnvironmentDeploymentPolicy(
        `${name}-branch-${branchPattern}`,
        { ...where, branchPattern },
        child,
      );
    }
    for (const tagPattern of settings.tags) {
      const part = `${name}-tag-${tagPattern}`;
      const policy = account.hasOlderPlugin
        ? settled
        : new github.RepositoryEnvironmentDeploymentPolicy(part, { ...where, tagPattern }, child);
      const setting = tagPolicySetting(path(account), settings.name, tagPattern);
      new ApiStep(`${part}-read-back`, { account, setting: policy.id.apply(() => setting) }, { parent: this });
    }
    for (const app of settings.protectionApps) {
      const setting = protectionAppSetting(path(account), settings.name, app);
      new ApiStep(`${name}-app-${app}`, { account, setting: settled.id.apply(() => setting) }, { parent: this });
    }
  }
}

const path = ({ owner, repository }: Account) => `/repos/${owner}/${repository}`;

function reviewerIds({ account: { found }, settings: { reviewers } }: DeploymentEnvironmentArgs): ReviewerIds {
  return {
    users: reviewers.users.flatMap((login) => found?.users[login] ?? []),
    teams: reviewers.teams.flatMap((slug) => found?.teams[slug] ?? []),
  };
}
