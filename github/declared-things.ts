import { createHash } from "node:crypto";
import { branchRules, branchRuleset, classicProtection, type Ruleset } from "./branch-rules.ts";
import { repositoryFiles } from "./files.ts";
import { typeLabels } from "./labels.ts";
import type { RepositoryWithinPlan, WithinPlan } from "./plan-limits.ts";
import { branchNamesRuleset, tagRulesets } from "./ref-rules.ts";
import { repositoryInputs } from "./repository-settings.ts";
import { rulesetJson } from "./ruleset-json.ts";
import type { EnvironmentSettings, GitHubSettings } from "./schema.ts";
import { checkName, rulesetThing, type ApiRuleset, type Thing } from "./things.ts";
import { actionsApp } from "../workflows/ci.ts";

/** What a stack declares, as far as it can be compared with GitHub. */
export interface Declaration extends Pick<WithinPlan, "repository" | "environment"> {
  readonly github: GitHubSettings;
  /** Ids by slug. */
  readonly teams: Readonly<Record<string, number>>;
  /** Names of secrets by store. */
  readonly secrets: Readonly<Record<"repository" | "dependabot" | "environment", readonly string[]>>;
  /** When this stack wrote each secret, by store and name as in `of` and `name`; ISO 8601. @default not known, so not compared */
  readonly written?: Readonly<Record<string, string>>;
}

/** Everything that the stack declares. Pure but for the templates, which are files of Slipway. */
export function declaredThings(declaration: Declaration): Thing[] {
  const { repository, environment, secrets } = declaration;
  return [
    ...(repository ? repositoryThings(declaration, repository) : []),
    ...(environment ? environmentThings(declaration, environment) : []),
    ...(repository
      ? [
          ...secretThings(declaration, "repository", secrets.repository),
          ...secretThings(declaration, "dependabot", secrets.dependabot),
        ]
      : []),
  ];
}

function repositoryThings({ github, teams }: Declaration, settings: RepositoryWithinPlan): Thing[] {
  return [
    { kind: "repository", name: `${github.owner}/${github.repository}`, fields: {} },
    ...settingsThings(github, settings),
    { kind: "branch", name: "main", fields: {} },
    { kind: "branch", name: "develop", fields: {} },
    ...(settings.isProtected ? ruleThings(settings, teams) : []),
    ...[...typeLabels, ...settings.labels].map(({ name, color, description }): Thing => ({
      kind: "label",
      name,
      fields: { name, color, description },
    })),
    ...Object.entries(repositoryFiles(settings.codeOwners)).map(([path, content]): Thing => ({
      kind: "file",
      name: path,
      fields: { blob: blobHash(content) },
    })),
  ];
}

function settingsThings({ repository: name }: GitHubSettings, settings: RepositoryWithinPlan): Thing[] {
  const inputs = repositoryInputs(name, settings);
  const { squashMergeCommitTitle, squashMergeCommitMessage, mergeCommitTitle, mergeCommitMessage } = inputs;
  return [
    {
      kind: "settings",
      name: "repository",
      fields: {
        visibility: settings.visibility,
        description: settings.description,
        homepage: settings.homepage,
        topics: settings.topics,
        defaultBranch: "main",
        archived: false,
        template: false,
        issues: inputs.hasIssues,
        projects: inputs.hasProjects,
        wiki: inputs.hasWiki,
        discussions: false,
      },
    },
    {
      kind: "settings",
      name: "pull requests",
      fields: {
        squash: inputs.allowSquashMerge,
        mergeCommits: inputs.allowMergeCommit,
        rebase: inputs.allowRebaseMerge,
        autoMerge: inputs.allowAutoMerge,
        updateBranch: inputs.allowUpdateBranch,
        deleteBranch: inputs.deleteBranchOnMerge,
        signOff: false,
        ...(squashMergeCommitTitle === undefined ? {} : { squashTitle: squashMergeCommitTitle }),
        ...(squashMergeCommitMessage === undefined ? {} : { squashMessage: squashMergeCommitMessage }),
        ...(mergeCommitTitle === undefined ? {} : { mergeTitle: mergeCommitTitle }),
        ...(mergeCommitMessage === undefined ? {} : { mergeMessage: mergeCommitMessage }),
      },
    },
    {
      kind: "settings",
      name: "security",
      fields: {
        vulnerabilityAlerts: true,
        securityUpdates: true,
        ...(settings.secretScanning ? { secretScanning: true, pushProtection: true } : {}),
        ...(settings.vulnerabilityReports ? { vulnerabilityReports: true } : {}),
        ...(settings.codeScanning ? { codeScanning: true, codeQueries: "extended" } : {}),
        ...(settings.immutableReleases ? { immutableReleases: true } : {}),
      },
    },
    {
      kind: "settings",
      name: "GitHub Actions",
      fields: {
        enabled: true,
        allowed: "selected",
        shaPinning: true,
        fromGitHub: true,
        fromVerified: false,
        patterns: settings.allowedActions,
        tokenPermissions: "read",
        approvesPullRequests: false,
      },
    },
  ];
}

function ruleThings(settings: RepositoryWithinPlan, teams: Readonly<Record<string, number>>): Thing[] {
  const names = { teams: Object.fromEntries(Object.entries(teams).map(([slug, id]) => [id, slug])) };
  const ruleset = (each: Ruleset) => rulesetThing(rulesetJson(each) as unknown as ApiRuleset, names);
  const branches = (["main", "develop"] as const).map((branch) => branchRules(branch, settings.branches[branch]));
  return [
    ...(settings.rules === "rulesets" ? branches.map((rules) => ruleset(branchRuleset(rules, teams))) : []),
    ...(settings.rules === "classic"
      ? branches.map((rules): Thing => {
          const protection = classicProtection(rules);
          return {
            kind: "protection",
            name: rules.branch,
            fields: {
              admins: protection.enforceAdmins,
              forcePushes: false,
              deletions: false,
              resolvedThreads: rules.resolvedThreads,
              signedCommits: rules.signedCommits,
              reviews: rules.reviews,
              dismissStaleReviews: rules.dismissStaleReviews,
              codeOwners: rules.codeOwners,
              lastPushApproval: rules.lastPushApproval,
              upToDate: rules.upToDate,
              checks: rules.checks.map((context) => checkName(context, actionsApp)),
              locked: false,
              linearHistory: false,
              bypassReviews: [],
              bypassForcePushes: [],
            },
          };
        })
      : []),
    ...[...tagRulesets(settings.tagCreators, teams), branchNamesRuleset()].map(ruleset),
  ];
}

function environmentThings(declaration: Declaration, settings: EnvironmentSettings): Thing[] {
  const { users, teams } = settings.reviewers;
  return [
    {
      kind: "environment",
      name: settings.name,
      fields: {
        reviewers: [...users.map((login) => `user ${login}`), ...teams.map((slug) => `team ${slug}`)],
        // GitHub tells it only together with reviewers.
        selfReview: settings.selfReview || users.length + teams.length === 0,
        waitMinutes: settings.waitMinutes,
        adminsBypass: settings.adminsBypass,
        refs: "chosen",
        branches: settings.branches,
        tags: settings.tags,
        apps: settings.protectionApps.map((id) => `app ${id}`),
      },
    },
    ...secretThings(declaration, settings.name, declaration.secrets.environment),
    ...Object.entries(settings.variables).map(([name, value]): Thing => ({
      kind: "variable",
      name,
      of: settings.name,
      fields: { value },
    })),
  ];
}

function secretThings({ written }: Declaration, of: string, names: readonly string[]): Thing[] {
  return names.map((name) => {
    const at = written?.[`${of}/${name}`];
    return { kind: "secret", name, of, fields: at === undefined ? {} : { writtenAt: at } };
  });
}

/** As git names contents. */
const blobHash = (content: string) =>
  createHash("sha1")
    .update(`blob ${Buffer.byteLength(content)}\0`)
    .update(content)
    .digest("hex");
