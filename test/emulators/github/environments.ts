// Environments: reviewers, wait timer, branch and tag policies, custom protection rules.
import type { Account, App, Role, Team } from "./accounts.ts";
import { nodeId } from "./accounts.ts";
import type { Call, Handlers } from "./call.ts";
import { created, noContent, ok } from "./call.ts";
import { notFound, Refusal, unprocessable } from "./errors.ts";
import { matchesRef } from "./patterns.ts";
import type { Feature } from "./plans.ts";
import { allows } from "./plans.ts";
import type { Repository } from "./repository.ts";
import { fullName } from "./repository.ts";
import type { SecretStore } from "./secrets.ts";
import { newSecretStore } from "./secrets.ts";
import { shownTeam, shownUser } from "./shown.ts";
import type { Variable } from "./variables.ts";
import type { World } from "./world.ts";
import { now } from "./world.ts";

export interface DeploymentPolicy {
  id: number;
  name: string;
  type: "branch" | "tag";
}

export interface Environment {
  id: number;
  name: string;
  createdAt: string;
  updatedAt: string;
  /** Minutes. */
  waitTimer: number;
  preventSelfReview: boolean;
  canAdminsBypass: boolean;
  reviewers: { type: "User" | "Team"; id: number }[];
  branchPolicy: { protected_branches: boolean; custom_branch_policies: boolean } | null;
  policies: DeploymentPolicy[];
  customRules: { id: number; app: App }[];
  secrets: SecretStore;
  variables: Map<string, Variable>;
}

const mostReviewers = 6;
/** 30 days, in minutes. */
const longestWait = 43_200;

export async function addEnvironment(world: World, repository: Repository, name: string): Promise<Environment> {
  const time = now();
  const environment: Environment = {
    id: world.nextId(),
    name,
    createdAt: time,
    updatedAt: time,
    waitTimer: 0,
    preventSelfReview: false,
    canAdminsBypass: true,
    reviewers: [],
    branchPolicy: null,
    policies: [],
    customRules: [],
    secrets: await newSecretStore(),
    variables: new Map(),
  };
  repository.environments.push(environment);
  return environment;
}

export function findEnvironment(repository: Repository, name: string): Environment | undefined {
  return repository.environments.find((environment) => environment.name.toLowerCase() === name.toLowerCase());
}

/** The environment of the path. @throws 404 where there is none. */
export function environmentOf(call: Call, wanted: Role): Environment {
  const environment = findEnvironment(call.repository(wanted), call.param("environment_name"));
  if (environment === undefined) throw notFound();
  return environment;
}

/** Whether a run on the reference (`refs/heads/…`, `refs/tags/…`) may enter, going by the policies alone. */
export function admits(environment: Environment, repository: Repository, ref: string): boolean {
  const { branchPolicy, policies } = environment;
  if (branchPolicy === null) return true;
  const kind = ref.startsWith("refs/tags/") ? "tag" : "branch";
  const name = ref.replace(/^refs\/(heads|tags)\//, "");
  if (branchPolicy.custom_branch_policies) {
    return policies.some((policy) => policy.type === kind && matchesRef(policy.name, name));
  }
  return kind === "branch" && repository.protections.some(({ pattern }) => matchesRef(pattern, name));
}

function shown(world: World, repository: Repository, environment: Environment): object {
  const { id, name, reviewers, waitTimer, branchPolicy } = environment;
  const rule = (type: string): object => ({ id, node_id: nodeId("GA", id), type });
  return {
    id,
    node_id: nodeId("EN", id),
    name,
    url: `${world.url}/api/v3/repos/${fullName(repository)}/environments/${encodeURIComponent(name)}`,
    html_url: `${world.url}/${fullName(repository)}/deployments/activity_log?environments_filter=${encodeURIComponent(name)}`,
    created_at: environment.createdAt,
    updated_at: environment.updatedAt,
    can_admins_bypass: environment.canAdminsBypass,
    protection_rules: [
      ...(waitTimer > 0 ? [{ ...rule("wait_timer"), wait_timer: waitTimer }] : []),
      ...(reviewers.length > 0
        ? [
            {
              ...rule("required_reviewers"),
              prevent_self_review: environment.preventSelfReview,
              reviewers: reviewers.map(({ type, id }) => ({
                type,
                reviewer: shownReviewer(world, repository.owner, type, id),
              })),
            },
          ]
        : []),
      ...(branchPolicy === null ? [] : [rule("branch_policy")]),
    ],
    deployment_branch_policy: branchPolicy,
  };
}

function reviewer(world: World, owner: Account, type: "User" | "Team", id: number): Account | Team | undefined {
  if (type === "Team") return owner.kind === "organization" ? owner.teams.find((team) => team.id === id) : undefined;
  return world.accounts.find((account) => account.kind === "user" && account.id === id);
}

function shownReviewer(world: World, owner: Account, type: "User" | "Team", id: number): object {
  const found = reviewer(world, owner, type, id);
  if (found === undefined) throw new Error(`reviewer ${type} ${id} is gone`);
  return "slug" in found ? shownTeam(world, owner, found) : shownUser(world, found);
}

/** @throws the 422 that names the protection rule which the plan lacks. */
function requireRule(repository: Repository, feature: Feature, rule: string): void {
  if (allows(feature, repository)) return;
  throw unprocessable(
    `Failed to create the environment protection rule. Please ensure the billing plan supports the ${rule} protection rule.`,
  );
}

export const environments: Handlers = {
  "repos/get-all-environments"(call) {
    const repository = call.repository();
    return call.list(
      repository.environments.map((environment) => shown(call.world, repository, environment)),
      "environments",
    );
  },
  "repos/get-environment"(call) {
    const environment = environmentOf(call, "read");
    return ok(shown(call.world, call.repository(), environment));
  },
  async "repos/create-or-update-environment"(call) {
    const repository = call.repository("admin");
    // Not in the published description, but taken and answered by GitHub.
    const body = call.body as typeof call.body & { can_admins_bypass?: boolean };
    const reviewers = (body.reviewers ?? []).map(({ type = "User", id = 0 }) => ({ type, id }));
    const waitTimer = body.wait_timer ?? 0;
    if (!allows("environments", repository)) throw notFound();
    if (reviewers.length > 0) requireRule(repository, "environment-protection", "required reviewers");
    if (waitTimer > 0) requireRule(repository, "environment-protection", "wait timer");
    if (reviewers.length > mostReviewers)
      throw unprocessable("Invalid request.\n\nNo more than 6 reviewers are allowed.");
    if (waitTimer < 0 || waitTimer > longestWait)
      throw unprocessable("Invalid request.\n\nWait timer must be between 0 and 43200.");
    if (body.prevent_self_review && reviewers.length === 0) throw unprocessable(selfReviewAlone);
    for (const { type, id } of reviewers) {
      if (reviewer(call.world, repository.owner, type, id) === undefined)
        throw unprocessable(`Invalid request.\n\nReviewer ${type} ${id} does not exist.`);
    }
    const policy = body.deployment_branch_policy ?? null;
    if (policy !== null && policy.protected_branches === policy.custom_branch_policies) {
      throw unprocessable("protected_branches and custom_branch_policies cannot have the same value");
    }
    const name = call.param("environment_name");
    const environment = findEnvironment(repository, name) ?? (await addEnvironment(call.world, repository, name));
    Object.assign(environment, {
      waitTimer,
      reviewers,
      preventSelfReview: body.prevent_self_review ?? false,
      canAdminsBypass: body.can_admins_bypass ?? true,
      branchPolicy: policy,
      updatedAt: now(),
    });
    if (policy?.custom_branch_policies !== true) environment.policies = [];
    return ok(shown(call.world, repository, environment));
  },
  "repos/delete-an-environment"(call) {
    const { environments } = call.repository("admin");
    environments.splice(environments.indexOf(environmentOf(call, "admin")), 1);
    return noContent;
  },
  "repos/list-deployment-branch-policies"(call) {
    const { policies } = environmentOf(call, "read");
    return call.list(policies.map(shownPolicy), "branch_policies");
  },
  "repos/create-deployment-branch-policy"(call) {
    const { policies, branchPolicy } = environmentOf(call, "admin");
    // Unexplained on GitHub too (TPG PR#1820).
    if (branchPolicy?.custom_branch_policies !== true) throw notFound();
    const { name, type = "branch" } = call.body;
    if (policies.some((policy) => policy.name === name && policy.type === type))
      throw new Refusal(303, "Branch policy already exists");
    const policy: DeploymentPolicy = { id: call.world.nextId(), name, type };
    policies.push(policy);
    return ok(shownPolicy(policy));
  },
  "repos/get-deployment-branch-policy"(call) {
    return ok(shownPolicy(policyOf(call, "read")));
  },
  "repos/update-deployment-branch-policy"(call) {
    const policy = policyOf(call, "admin");
    policy.name = call.body.name;
    return ok(shownPolicy(policy));
  },
  "repos/delete-deployment-branch-policy"(call) {
    const { policies } = environmentOf(call, "admin");
    policies.splice(policies.indexOf(policyOf(call, "admin")), 1);
    return noContent;
  },
  "repos/get-all-deployment-protection-rules"(call) {
    const { customRules } = environmentOf(call, "read");
    return ok({
      total_count: customRules.length,
      custom_deployment_protection_rules: customRules.map((rule) => shownRule(call.world, rule)),
    });
  },
  "repos/list-custom-deployment-rule-integrations"(call) {
    environmentOf(call, "read");
    const apps = call.world.apps.filter((app) => app.deploymentProtection);
    return call.list(
      apps.map((app) => shownApp(call.world, app)),
      "available_custom_deployment_protection_rule_integrations",
    );
  },
  "repos/create-deployment-protection-rule"(call) {
    const environment = environmentOf(call, "admin");
    const app = call.world.apps.find(({ id }) => id === call.body.integration_id);
    if (app?.deploymentProtection !== true) throw notFound();
    if (environment.customRules.some((rule) => rule.app === app))
      throw unprocessable("Deployment protection rule already exists.");
    const rule = { id: call.world.nextId(), app };
    environment.customRules.push(rule);
    return created(shownRule(call.world, rule));
  },
  "repos/get-custom-deployment-protection-rule"(call) {
    return ok(shownRule(call.world, ruleOf(call, "read")));
  },
  "repos/disable-deployment-protection-rule"(call) {
    const { customRules } = environmentOf(call, "admin");
    customRules.splice(customRules.indexOf(ruleOf(call, "admin")), 1);
    return noContent;
  },
};

const selfReviewAlone =
  "Failed to create or update the environment protection rule. Required reviewers must have at least one reviewer to set prevent_self_review.";

function policyOf(call: Call, wanted: Role): DeploymentPolicy {
  const policy = environmentOf(call, wanted).policies.find(({ id }) => String(id) === call.param("branch_policy_id"));
  if (policy === undefined) throw notFound();
  return policy;
}

function ruleOf(call: Call, wanted: Role): Environment["customRules"][number] {
  const rule = environmentOf(call, wanted).customRules.find(
    ({ id }) => String(id) === call.param("protection_rule_id"),
  );
  if (rule === undefined) throw notFound();
  return rule;
}

function shownPolicy({ id, name, type }: DeploymentPolicy): object {
  return { id, node_id: nodeId("GEP", id), name, type };
}

function shownApp(world: World, { id, slug }: App): object {
  return { id, slug, node_id: nodeId("GA", id), integration_url: `${world.url}/api/v3/apps/${slug}` };
}

function shownRule(world: World, { id, app }: { id: number; app: App }): object {
  return { id, node_id: nodeId("GEP", id), enabled: true, app: shownApp(world, app) };
}
