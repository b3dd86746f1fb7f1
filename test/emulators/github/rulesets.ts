// Rulesets of a repository: rules for branches or tags, and who may pass them.
import type { components } from "@octokit/openapi-types";
import type { Actor } from "./accounts.ts";
import { atLeast, nodeId, roleOf } from "./accounts.ts";
import type { Call, Handlers } from "./call.ts";
import { created, noContent, ok } from "./call.ts";
import { invalid, notFound } from "./errors.ts";
import { matchesRef } from "./patterns.ts";
import { requirePlan } from "./plans.ts";
import type { Repository } from "./repository.ts";
import { fullName } from "./repository.ts";
import type { World } from "./world.ts";
import { now } from "./world.ts";

export type Rule = components["schemas"]["repository-rule"];
export type BypassActor = components["schemas"]["repository-ruleset-bypass-actor"];
export type BypassMode = "always" | "pull_request" | "exempt";

export interface Ruleset {
  id: number;
  name: string;
  target: "branch" | "tag" | "push";
  enforcement: "disabled" | "active" | "evaluate";
  bypass_actors: BypassActor[];
  conditions: { ref_name: { include: string[]; exclude: string[] } };
  rules: Rule[];
  createdAt: string;
  updatedAt: string;
}

/** One of an organisation, for repositories by the value of a custom property. */
export interface OwnerRuleset extends Ruleset {
  /** @default it holds for every repository */
  readonly property?: { readonly name: string; readonly values: readonly string[] };
}

/**
 * Rulesets of its organisation that hold for a repository. Source: docs.github.com, "Creating rulesets for repositories in your organization", for
 * the plans Team and Enterprise; GitHub's description of `org-ruleset-conditions`.
 */
export function rulesetsAbove({ owner, properties }: Repository): readonly OwnerRuleset[] {
  if (owner.kind !== "organization" || !["team", "enterprise"].includes(owner.plan)) return [];
  return owner.rulesets.filter(({ property }) => {
    if (property === undefined) return true;
    const values = [properties.get(property.name) ?? []].flat();
    return values.some((value) => property.values.includes(value));
  });
}

const mostRulesets = 75;
/** Ids of the built-in repository roles, as `RepositoryRole` bypass actors name them. */
const roleIds = { 2: "maintain", 4: "write", 5: "admin" } as const;
const branchRules = new Set([
  "pull_request",
  "required_status_checks",
  "merge_queue",
  "branch_name_pattern",
  "required_deployments",
  "workflows",
  "code_scanning",
]);
const pushRules = new Set([
  "file_path_restriction",
  "max_file_path_length",
  "file_extension_restriction",
  "max_file_size",
]);

/** Whether the ruleset speaks of the reference. */
export function covers(ruleset: Ruleset, repository: Repository, ref: string): boolean {
  const prefix = ruleset.target === "branch" ? "refs/heads/" : ruleset.target === "tag" ? "refs/tags/" : undefined;
  if (prefix === undefined || !ref.startsWith(prefix)) return false;
  const one = (pattern: string): boolean => {
    if (pattern === "~ALL") return true;
    if (pattern === "~DEFAULT_BRANCH") return ref === `refs/heads/${repository.defaultBranch}`;
    return matchesRef(pattern, ref);
  };
  const { include, exclude } = ruleset.conditions.ref_name;
  return include.some(one) && !exclude.some(one);
}

/** How the actor may pass the ruleset; undefined: not at all. */
export function bypassOf(ruleset: Ruleset, repository: Repository, actor: Actor | undefined): BypassMode | undefined {
  const modes = ruleset.bypass_actors
    .filter((given) => isActor(given, repository, actor))
    .map(({ bypass_mode }) => bypass_mode ?? "always");
  return modes.find((mode) => mode !== "pull_request") ?? modes[0];
}

function isActor({ actor_type, actor_id }: BypassActor, repository: Repository, actor: Actor | undefined): boolean {
  const { owner } = repository;
  if (actor === undefined) return false;
  if (actor.kind === "app") return actor_type === "Integration" && actor_id === actor.id;
  switch (actor_type) {
    case "RepositoryRole": {
      const role = roleIds[actor_id as keyof typeof roleIds] as (typeof roleIds)[keyof typeof roleIds] | undefined;
      return role !== undefined && atLeast(roleOf(actor, repository), role);
    }
    case "OrganizationAdmin":
      return owner.kind === "organization" && owner.members.get(actor.login) === "admin";
    case "Team":
      return (
        owner.kind === "organization" &&
        owner.teams.some((team) => team.id === actor_id && team.members.has(actor.login))
      );
    case "User":
      return actor_id === actor.id;
    case "DeployKey":
    case "Integration":
      return false;
  }
}

function shown(world: World, repository: Repository, ruleset: Ruleset, call: Call): object {
  const { owner } = repository;
  const isAbove = owner.kind === "organization" && owner.rulesets.includes(ruleset);
  const api = `${world.url}/api/v3/${isAbove ? `orgs/${owner.login}` : `repos/${fullName(repository)}`}`;
  const mode = bypassOf(ruleset, repository, call.actor);
  const admin = isAbove
    ? call.actor?.kind === "user" && owner.members.get(call.actor.login) === "admin"
    : atLeast(roleOf(call.actor, repository), "admin");
  return {
    id: ruleset.id,
    node_id: nodeId("RRS", ruleset.id),
    name: ruleset.name,
    target: ruleset.target,
    source_type: isAbove ? "Organization" : "Repository",
    source: isAbove ? owner.login : fullName(repository),
    enforcement: ruleset.enforcement,
    conditions: ruleset.conditions,
    rules: ruleset.rules,
    created_at: ruleset.createdAt,
    updated_at: ruleset.updatedAt,
    // Who may pass is for those to see who may change it.
    ...(admin && { bypass_actors: ruleset.bypass_actors }),
    current_user_can_bypass: mode === undefined ? "never" : mode === "pull_request" ? "pull_requests_only" : mode,
    _links: {
      self: { href: `${api}/rulesets/${ruleset.id}` },
      html: {
        href: `${world.url}/${isAbove ? `organizations/${owner.login}/settings` : fullName(repository)}/rules/${ruleset.id}`,
      },
    },
  };
}

interface Wanted {
  name?: string | undefined;
  target?: Ruleset["target"] | undefined;
  enforcement?: Ruleset["enforcement"] | undefined;
  bypass_actors?: BypassActor[] | undefined;
  conditions?: { ref_name?: { include?: string[]; exclude?: string[] } } | undefined;
  rules?: Rule[] | undefined;
}

/** @throws 422 for what GitHub would not take. */
function check(call: Call, repository: Repository, ruleset: Ruleset): void {
  const { target, rules, conditions, bypass_actors } = ruleset;
  const problems: string[] = [];
  for (const pattern of [...conditions.ref_name.include, ...conditions.ref_name.exclude]) {
    const prefix = target === "tag" ? "refs/tags/" : "refs/heads/";
    if (!pattern.startsWith("~") && !pattern.startsWith(prefix)) problems.push(`Invalid target patterns: '${pattern}'`);
  }
  for (const { type } of rules) {
    const wrong =
      target === "push" ? !pushRules.has(type) : pushRules.has(type) || (target === "tag" && branchRules.has(type));
    if (wrong) problems.push(`Invalid rule '${type}': not allowed for target ${target}`);
  }
  // A reviewer is a team of the owner, as the schema's `repository-rule-params-reviewer` has it.
  for (const rule of rules) {
    const { owner } = repository;
    const teams = owner.kind === "organization" ? owner.teams : [];
    const reviewers = rule.type === "pull_request" ? (rule.parameters?.required_reviewers ?? []) : [];
    for (const { reviewer } of reviewers) {
      if (!teams.some(({ id }) => id === reviewer.id))
        problems.push(`Invalid rule 'pull_request': no team ${reviewer.id}`);
    }
    // "Managing a merge queue" on docs.github.com: public repositories of organisations, private ones on Enterprise.
    const hasQueue =
      owner.kind === "organization" && (repository.visibility === "public" || owner.plan === "enterprise");
    if (rule.type === "merge_queue" && !hasQueue) problems.push("Invalid rule 'merge_queue': not available");
  }
  const types = rules.map(({ type }) => type);
  if (new Set(types).size < types.length) problems.push("Invalid rules: a type of rule is given twice");
  for (const { actor_type, actor_id } of bypass_actors) {
    const { owner } = repository;
    const teams = owner.kind === "organization" ? owner.teams : [];
    const known =
      actor_type === "Team"
        ? teams.some(({ id }) => id === actor_id)
        : actor_type === "Integration"
          ? // The Actions app itself cannot bypass (Project-HAMi/HAMi-WebUI#138).
            call.world.apps.some(({ id, slug }) => id === actor_id && slug !== "github-actions")
          : actor_type === "RepositoryRole"
            ? String(actor_id) in roleIds
            : actor_type === "User"
              ? call.world.accounts.some(({ kind, id }) => kind === "user" && id === actor_id)
              : actor_type === "DeployKey" || owner.kind === "organization";
    if (!known)
      problems.push(`Actor ${actor_type} ${String(actor_id)} must be part of the ruleset source or owner organization`);
  }
  if (problems.length > 0)
    throw invalid(...problems.map((message) => ({ resource: "RepositoryRuleset", code: "custom" as const, message })));
  if (target === "push") requirePlan("push-rulesets", repository);
}

function merged(old: Ruleset, { name, target, enforcement, bypass_actors, conditions, rules }: Wanted): Ruleset {
  return {
    ...old,
    name: name ?? old.name,
    target: target ?? old.target,
    enforcement: enforcement ?? old.enforcement,
    bypass_actors:
      bypass_actors?.map(({ actor_id = null, actor_type, bypass_mode = "always" }) => ({
        actor_id,
        actor_type,
        bypass_mode,
      })) ?? old.bypass_actors,
    conditions:
      conditions === undefined
        ? old.conditions
        : { ref_name: { include: conditions.ref_name?.include ?? [], exclude: conditions.ref_name?.exclude ?? [] } },
    rules: rules?.map(completed) ?? old.rules,
  };
}

/** A rule with the parameters that GitHub fills in. */
function completed(rule: Rule): Rule {
  if (rule.type === "pull_request" && rule.parameters !== undefined) {
    return {
      ...rule,
      parameters: {
        ...rule.parameters,
        required_reviewers: rule.parameters.required_reviewers ?? [],
        allowed_merge_methods: rule.parameters.allowed_merge_methods ?? ["merge", "squash", "rebase"],
      },
    };
  }
  if (rule.type === "required_status_checks" && rule.parameters !== undefined) {
    return {
      ...rule,
      parameters: { ...rule.parameters, do_not_enforce_on_create: rule.parameters.do_not_enforce_on_create ?? false },
    };
  }
  return rule;
}

/** Those that a call may ask for: `includes_parents` is on unless it says otherwise. */
const shownIn = (call: Call, repository: Repository): readonly Ruleset[] => [
  ...repository.rulesets,
  ...(call.query.includes_parents === "false" ? [] : rulesetsAbove(repository)),
];

function find(call: Call, repository: Repository, all: readonly Ruleset[] = repository.rulesets): Ruleset {
  const ruleset = all.find(({ id }) => String(id) === call.param("ruleset_id"));
  if (ruleset === undefined) throw notFound();
  return ruleset;
}

export const rulesets: Handlers = {
  // Who may: "Rule insights" on docs.github.com, those who may push. Only what went past a rule is kept, so only that may be asked for.
  "repos/get-repo-rule-suites"(call) {
    const repository = call.repository("write");
    if (call.query.rule_suite_result !== "bypass") throw new Error("only rule_suite_result=bypass is emulated");
    const days = { hour: 1 / 24, day: 1, week: 7, month: 30 }[call.query.time_period ?? "day"] ?? 1;
    const since = Date.now() - days * 86_400_000;
    const wanted = repository.bypasses.filter(({ ref, time }) => {
      return (call.query.ref ?? ref) === ref && Date.parse(time) >= since;
    });
    return call.list(
      wanted.map(({ id, actor, ref, before, after, time }) => ({
        id,
        actor_id: actor.id,
        actor_name: actor.kind === "user" ? actor.login : `${actor.slug}[bot]`,
        before_sha: before,
        after_sha: after,
        ref,
        repository_id: repository.id,
        repository_name: repository.name,
        pushed_at: time,
        result: "bypass",
        evaluation_result: "bypass",
      })),
    );
  },
  "repos/get-repo-rulesets"(call) {
    const repository = call.repository();
    requirePlan("rulesets", repository);
    // The list leaves out what each ruleset holds.
    const inner = new Set(["rules", "conditions", "bypass_actors"]);
    const summaries = shownIn(call, repository).map((ruleset) =>
      Object.fromEntries(
        Object.entries(shown(call.world, repository, ruleset, call)).filter(([name]) => !inner.has(name)),
      ),
    );
    return call.list(summaries);
  },
  "repos/create-repo-ruleset"(call) {
    const repository = call.repository("admin");
    requirePlan("rulesets", repository);
    if (repository.rulesets.some(({ name }) => name === call.body.name))
      throw invalid({ resource: "RepositoryRuleset", code: "custom", field: "name", message: "Name must be unique" });
    if (repository.rulesets.length >= mostRulesets)
      throw invalid({ resource: "Ruleset", code: "custom", message: `no more than ${mostRulesets} rulesets` });
    const time = now();
    const empty: Ruleset = {
      id: call.world.nextId(),
      name: call.body.name,
      target: "branch",
      enforcement: "active",
      bypass_actors: [],
      conditions: { ref_name: { include: [], exclude: [] } },
      rules: [],
      createdAt: time,
      updatedAt: time,
    };
    const ruleset = merged(empty, call.body);
    check(call, repository, ruleset);
    repository.rulesets.push(ruleset);
    return created(shown(call.world, repository, ruleset, call));
  },
  "repos/get-repo-ruleset"(call) {
    const repository = call.repository();
    requirePlan("rulesets", repository);
    return ok(shown(call.world, repository, find(call, repository, shownIn(call, repository)), call));
  },
  "repos/update-repo-ruleset"(call) {
    const repository = call.repository("admin");
    requirePlan("rulesets", repository);
    const old = find(call, repository);
    const ruleset = { ...merged(old, call.body), updatedAt: now() };
    check(call, repository, ruleset);
    Object.assign(old, ruleset);
    return ok(shown(call.world, repository, old, call));
  },
  "repos/delete-repo-ruleset"(call) {
    const repository = call.repository("admin");
    requirePlan("rulesets", repository);
    repository.rulesets.splice(repository.rulesets.indexOf(find(call, repository)), 1);
    return noContent;
  },
  "repos/get-branch-rules"(call) {
    const repository = call.repository();
    requirePlan("rulesets", repository);
    const ref = `refs/heads/${call.param("branch")}`;
    const from = (all: readonly Ruleset[], source: object) =>
      all
        .filter((ruleset) => ruleset.enforcement === "active" && covers(ruleset, repository, ref))
        .flatMap(({ id, rules }) => rules.map((rule) => ({ ...rule, ...source, ruleset_id: id })));
    return call.list([
      ...from(repository.rulesets, { ruleset_source_type: "Repository", ruleset_source: fullName(repository) }),
      ...from(rulesetsAbove(repository), {
        ruleset_source_type: "Organization",
        ruleset_source: repository.owner.login,
      }),
    ]);
  },
};
