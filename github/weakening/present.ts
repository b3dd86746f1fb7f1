import type { Octokit } from "@octokit/rest";
import { found, type Found } from "../account.ts";
import type { WithinPlan } from "../plan-limits.ts";
import type { GitHubSettings } from "../schema.ts";
import { rulesetObjects } from "./declared.ts";
import {
  actionsGuards,
  environmentGuards,
  environmentObject,
  protectionGuards,
  repositoryGuards,
  rulesetGuards,
  type TeamNames,
} from "./from-api.ts";
import type { Guards, ObjectGuards } from "./guards.ts";

type Where = Pick<GitHubSettings, "owner" | "repository">;
type Declared = Pick<WithinPlan, "repository" | "environment">;

/**
 * The guards that stand on GitHub now, of the objects that the stack declares: nothing else changes with an update.
 *
 * Reads only, all at once. What the token may not see, and what the plan does not have, is left out.
 */
export async function presentGuards(
  octokit: Octokit,
  where: Where,
  { repository, environment }: Declared,
  { repository: existing, teams }: Pick<Found, "repository" | "teams">,
): Promise<Guards> {
  if (existing === undefined) return {};
  const at = { owner: where.owner, repo: where.repository };
  const names = Object.fromEntries(Object.entries(teams).map(([slug, id]) => [id, slug]));
  const parts = await Promise.all([
    ...(repository ? [askRepository(octokit, at), askActions(octokit, at), askRulesets(octokit, at, names)] : []),
    ...(repository?.rules === "classic"
      ? [askProtection(octokit, at, "main"), askProtection(octokit, at, "develop")]
      : []),
    ...(environment ? [askEnvironment(octokit, at, environment.name)] : []),
  ]);
  return Object.assign({}, ...parts) as Guards;
}

type At = Readonly<Record<"owner" | "repo", string>>;

async function askRepository({ rest }: Octokit, at: At): Promise<Guards> {
  const [repository, alerts, updates, scanning, reports, releases] = await Promise.all([
    visible(rest.repos.get(at)),
    visible(rest.repos.checkVulnerabilityAlerts(at)),
    visible(rest.repos.checkAutomatedSecurityFixes(at)),
    visible(rest.codeScanning.getDefaultSetup(at)),
    visible(rest.repos.checkPrivateVulnerabilityReporting(at)),
    visible(rest.repos.checkImmutableReleases(at)),
  ]);
  if (repository === undefined) return {};
  const { visibility = "public", security_and_analysis: analysis } = repository.data;
  return {
    repository: repositoryGuards({
      visibility,
      secretScanning: analysis?.secret_scanning?.status === "enabled",
      pushProtection: analysis?.secret_scanning_push_protection?.status === "enabled",
      dependabotAlerts: alerts !== undefined,
      dependabotUpdates: updates?.data.enabled,
      codeScanning: scanning?.data.state === "configured" ? scanning.data.query_suite : undefined,
      vulnerabilityReports: reports?.data.enabled,
      immutableReleases: releases?.data.enabled,
    }),
  };
}

async function askActions({ rest }: Octokit, at: At): Promise<Guards> {
  const [permissions, workflow] = await Promise.all([
    visible(rest.actions.getGithubActionsPermissionsRepository(at)),
    visible(rest.actions.getGithubActionsDefaultWorkflowPermissionsRepository(at)),
  ]);
  if (permissions === undefined) return {};
  const isSelected = permissions.data.enabled && permissions.data.allowed_actions === "selected";
  const selected = isSelected ? await visible(rest.actions.getAllowedActionsRepository(at)) : undefined;
  return { actions: actionsGuards({ ...permissions.data, selected: selected?.data, workflow: workflow?.data }) };
}

async function askRulesets({ rest }: Octokit, at: At, teams: TeamNames): Promise<Guards> {
  const list = await visible(rest.repos.getRepoRulesets({ ...at, includes_parents: false, per_page: 100 }));
  const known = (list?.data ?? []).flatMap(({ id, name }) => {
    const object = rulesetObjects[name];
    return object === undefined ? [] : [{ id, object }];
  });
  const guards = await Promise.all(
    known.map(async ({ id, object }): Promise<[string, ObjectGuards][]> => {
      const ruleset = await visible(rest.repos.getRepoRuleset({ ...at, ruleset_id: id }));
      return ruleset === undefined ? [] : [[object, rulesetGuards(ruleset.data, teams)]];
    }),
  );
  return Object.fromEntries(guards.flat());
}

async function askProtection({ rest }: Octokit, at: At, branch: string): Promise<Guards> {
  const protection = await visible(rest.repos.getBranchProtection({ ...at, branch }));
  return protection === undefined ? {} : { [branch]: protectionGuards(branch, protection.data) };
}

async function askEnvironment({ rest }: Octokit, at: At, name: string): Promise<Guards> {
  const of = { ...at, environment_name: name };
  const environment = await visible(rest.repos.getEnvironment(of));
  if (environment === undefined) return {};
  const isCustom = environment.data.deployment_branch_policy?.custom_branch_policies === true;
  const [policies, apps] = await Promise.all([
    isCustom ? visible(rest.repos.listDeploymentBranchPolicies({ ...of, per_page: 100 })) : undefined,
    visible(rest.repos.getAllDeploymentProtectionRules(of)),
  ]);
  const guards = environmentGuards({
    ...environment.data,
    branch_policies: policies?.data.branch_policies,
    apps: apps?.data.custom_deployment_protection_rules?.map(({ app }) => app.id),
  });
  return { [environmentObject(name)]: guards };
}

/** The answer, or undefined where there is none for this token or this plan. */
async function visible<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await found(answer);
  } catch (error) {
    // Too many requests are a 403 too, and no answer.
    if (error instanceof Error && "status" in error && error.status === 403 && !/rate limit/i.test(error.message)) {
      return undefined;
    }
    throw error;
  }
}
