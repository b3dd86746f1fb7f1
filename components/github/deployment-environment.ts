import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";
import type { ApiSetting } from "../../github/api-setting.ts";
import {
  environmentSetting,
  protectionAppSetting,
  refsSetting,
  tagPolicySetting,
  type ReviewerIds,
} from "../../github/kinds/environment.ts";
import { variableSettings } from "../../github/kinds/variable.ts";
import { environmentSteps } from "../../github/plan/unfinished.ts";
import { remade, type About } from "../../github/plan/mends.ts";
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
    // The name itself: one that waited for what an update makes would look like another one to a preview, and the environment like a new one.
    const { repository } = account;
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
        dependsOn: [...(args.repository?.standing ?? [])],
        // A preview that can't ask does not know the reviewers' ids.
        ignoreChanges: account.found === undefined ? ["reviewers"] : [],
      },
    );
    const settled = this.settle(name, args, environment, reviewers);
    const guarded = this.admitRefs(name, args, settled);
    this.setVariables(name, args, environment, settled);
    new Secrets(
      `${name}-secrets`,
      {
        account,
        repository: pulumi.all([settled.id, settled.stdout]).apply(() => repository),
        store: `environment:${settings.name}`,
        values: args.secrets,
        rotateAfterDays: settings.rotateSecretsAfterDays,
      },
      // A secret goes in only when every rule that guards it stands, also where somebody deleted the environment.
      { parent: this, dependsOn: [settled, ...guarded] },
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
    const setting = environmentSetting(account.path, settings, reviewers);
    return new ApiStep(
      environmentSteps(name).settled,
      { account, about: about(settings), setting: environment.id.apply(() => setting) },
      { parent: this, ignoreChanges: account.found === undefined ? ["*"] : [] },
    );
  }

  /** @returns what stands before anything may enter */
  private admitRefs(name: string, { account, settings }: DeploymentEnvironmentArgs, settled: ApiStep): ApiStep[] {
    const policy = (type: string, pattern: string) =>
      new github.RepositoryEnvironmentDeploymentPolicy(
        `${name}-${type}-${pattern}`,
        { repository: account.repository, environment: settings.name, [`${type}Pattern`]: pattern },
        {
          parent: this,
          provider: account.provider,
          ...remade(account.mends, { kind: "environment", of: settings.name, name: `${type}:${pattern}` }),
          // It is no guard: taken away, less may enter.
          protect: false,
          deleteBeforeReplace: true,
          dependsOn: settled,
        },
      );
    const step = (
      called: string,
      setting: ApiSetting,
      after: pulumi.CustomResource,
      dependsOn: pulumi.Resource[] = [],
    ) =>
      new ApiStep(
        called,
        { account, about: about(settings), setting: after.id.apply(() => setting) },
        { parent: this, dependsOn },
      );
    const branches = settings.branches.map((pattern) => policy("branch", pattern));
    const tags = settings.tags.map((pattern) => {
      const made = account.hasOlderPlugin ? settled : policy("tag", pattern);
      return step(`${name}-tag-${pattern}-read-back`, tagPolicySetting(account.path, settings.name, pattern), made);
    });
    const apps = settings.protectionApps.map((app) =>
      step(`${name}-app-${app}`, protectionAppSetting(account.path, settings.name, app), settled),
    );
    const refs = step(environmentSteps(name).admitted, refsSetting(account.path, settings), settled, [
      ...branches,
      ...tags,
    ]);
    return [...tags, ...apps, refs];
  }

  private setVariables(
    name: string,
    { account, settings }: DeploymentEnvironmentArgs,
    { repository, environment, id }: github.RepositoryEnvironment,
    settled: ApiStep,
  ): void {
    const made = Object.entries(settings.variables).map(
      ([variableName, value]) =>
        new github.ActionsEnvironmentVariable(
          `${name}-${variableName}`,
          { repository, environment, variableName, value },
          { parent: this, provider: account.provider, deleteBeforeReplace: true },
        ),
    );
    if (made.length === 0) return;
    const all = variableSettings(account.path, settings.name, settings.variables);
    new ApiStep(
      `${name}-variables`,
      { account, about: [{ kind: "variable", of: settings.name }, ...about(settings)], setting: id.apply(() => all) },
      { parent: this, dependsOn: [...made, settled] },
    );
  }
}

const about = ({ name }: EnvironmentSettings): About[] => [{ kind: "environment", name }];

function reviewerIds({ account: { found }, settings: { reviewers } }: DeploymentEnvironmentArgs): ReviewerIds {
  return {
    users: reviewers.users.flatMap((login) => found?.users[login] ?? []),
    teams: reviewers.teams.flatMap((slug) => found?.teams[slug] ?? []),
  };
}
