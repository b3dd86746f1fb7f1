import type { ApiSetting } from "../api-setting.ts";
import type { At, Reader } from "../read/reader.ts";
import type { EnvironmentSettings } from "../schema.ts";
import { anybody, approvers, more, narrow, off, on, type Value } from "./directions.ts";
import {
  readingOf,
  rulesIn,
  seen,
  type Fields,
  type Kind,
  type KindName,
  type ObjectGuards,
  type Rule,
  type Scope,
  type Thing,
} from "./kind.ts";
import { either, oneOf } from "./words.ts";

/** What a job must pass before it enters an environment and reads its secrets. */
export type EnvironmentRules = Pick<EnvironmentSettings, "name" | "waitMinutes" | "selfReview" | "adminsBypass">;

/** Ids of those who may approve. */
export interface ReviewerIds {
  readonly users: readonly number[];
  readonly teams: readonly number[];
}

/**
 * The environment as it has to be, and how to make it so: what an older plugin leaves out is set here.
 *
 * @param path of the repository in the API
 */
export function environmentSetting(path: string, rules: EnvironmentRules, { users, teams }: ReviewerIds): ApiSetting {
  const reviewers = [...users.map((id) => ({ type: "User", id })), ...teams.map((id) => ({ type: "Team", id }))];
  const refs = { protected_branches: false, custom_branch_policies: true };
  return {
    what: `environment ${rules.name}`,
    read: `${path}/environments/${rules.name}`,
    // Apps that have a say are among the rules too.
    lists: "contain",
    wanted: {
      can_admins_bypass: rules.adminsBypass,
      deployment_branch_policy: refs,
      protection_rules: [
        ...(reviewers.length > 0
          ? [
              {
                type: "required_reviewers",
                prevent_self_review: !rules.selfReview,
                reviewers: reviewers.map(({ type, id }) => ({ type, reviewer: { id } })),
              },
            ]
          : []),
        ...(rules.waitMinutes > 0 ? [{ type: "wait_timer", wait_timer: rules.waitMinutes }] : []),
      ],
    },
    write: {
      method: "PUT",
      path: `${path}/environments/${rules.name}`,
      body: {
        wait_timer: rules.waitMinutes,
        prevent_self_review: !rules.selfReview && reviewers.length > 0,
        can_admins_bypass: rules.adminsBypass,
        reviewers,
        deployment_branch_policy: refs,
      },
    },
  };
}

/** Runs on tags of this name may enter. */
export function tagPolicySetting(path: string, environment: string, pattern: string): ApiSetting {
  const policies = `${path}/environments/${environment}/deployment-branch-policies`;
  const policy = { name: pattern, type: "tag" };
  return {
    what: `tag policy ${pattern} of ${environment}`,
    read: policies,
    lists: "contain",
    wanted: { branch_policies: [policy] },
    write: { method: "POST", path: policies, body: policy },
  };
}

/** Those branches and tags may enter, and no other. */
export function refsSetting(
  path: string,
  { name, branches, tags }: Pick<EnvironmentSettings, "name" | "branches" | "tags">,
): ApiSetting {
  const policies = `${path}/environments/${name}/deployment-branch-policies`;
  const named = (type: string) => (pattern: string) => ({ name: pattern, type });
  return {
    what: `branches and tags that may enter ${name}`,
    read: `${policies}?per_page=100`,
    wanted: { branch_policies: [...branches.map(named("branch")), ...tags.map(named("tag"))] },
    members: { list: "branch_policies", path: policies },
  };
}

/** An app has a say before a run enters. The provider knows no such rules (terraform-provider-github#2225). */
export function protectionAppSetting(path: string, environment: string, app: number): ApiSetting {
  const rules = `${path}/environments/${environment}/deployment_protection_rules`;
  return {
    what: `app ${app} decides on ${environment}`,
    read: rules,
    lists: "contain",
    wanted: { custom_deployment_protection_rules: [{ enabled: true, app: { id: app } }] },
    write: { method: "POST", path: rules, body: { integration_id: app } },
  };
}

/** An environment as GitHub's REST API tells it, in up to three answers; undefined is hidden. */
export interface ApiEnvironment {
  readonly name: string;
  readonly can_admins_bypass?: boolean;
  readonly deployment_branch_policy?: {
    readonly protected_branches: boolean;
    readonly custom_branch_policies: boolean;
  } | null;
  readonly protection_rules?: readonly {
    readonly type: string;
    readonly wait_timer?: number;
    readonly prevent_self_review?: boolean;
    readonly reviewers?: readonly {
      readonly type?: string;
      readonly reviewer?: { readonly login?: string; readonly slug?: string };
    }[];
  }[];
}

type Policies = readonly { readonly id?: number; readonly name?: string; readonly type?: string }[];

/** @param apps ids of those that have a say */
export function environmentFields(
  environment: ApiEnvironment,
  policies: Policies | undefined,
  apps: readonly number[] | undefined,
): Record<string, Value | undefined> {
  const { deployment_branch_policy: refs, protection_rules: rules = [] } = environment;
  const review = rules.find(({ type }) => type === "required_reviewers");
  const patterns = (kind: string) =>
    policies?.flatMap(({ type = "branch", name = "" }) => (type === kind ? [name] : []));
  return {
    reviewers: (review?.reviewers ?? []).map(({ type, reviewer }) =>
      type === "Team" ? `team:${reviewer?.slug ?? ""}` : `user:${reviewer?.login ?? ""}`,
    ),
    selfReview: review?.prevent_self_review !== true,
    waitMinutes: rules.find(({ type }) => type === "wait_timer")?.wait_timer ?? 0,
    adminsBypass: environment.can_admins_bypass ?? true,
    refs: refs == null ? "any" : refs.custom_branch_policies ? "chosen" : "protected",
    branches: patterns("branch"),
    tags: patterns("tag"),
    apps: apps?.map(String),
  };
}

const rules: Readonly<Record<string, Rule>> = {
  reviewers: { words: "who approves", direction: approvers },
  waitMinutes: { words: "wait in minutes", direction: more },
  selfReview: { words: "approval of one's own run", direction: off },
  adminsBypass: { words: "administrators bypass the rules", direction: off },
  refs: { words: "references that may enter", direction: narrow("references") },
  apps: { words: "decision of app", direction: on },
};

function guards({ reviewers = [], apps = [], ...others }: Fields): ObjectGuards {
  return {
    ...rulesIn(others, rules),
    reviewers: (reviewers as readonly string[]).length > 0 ? (reviewers as readonly string[]) : [anybody],
    refs: admitted(others),
    ...Object.fromEntries((apps as readonly string[]).map((id) => [`apps.${id}`, true])),
  };
}

function admitted({ refs, branches = [], tags = [] }: Fields): string[] {
  if (refs === "any") return ["~ALL"];
  // Which branches those are is another question; Slipway protects these two.
  if (refs === "protected") return ["refs/heads/main", "refs/heads/develop"];
  return [
    ...(branches as readonly string[]).map((name) => (name.startsWith("refs/") ? name : `refs/heads/${name}`)),
    ...(tags as readonly string[]).map((name) => `refs/tags/${name}`),
  ];
}

/** Environments of the repository, each as it is in the list. */
export const askEnvironments = (reader: Reader) =>
  reader.ask("environments", ({ paginate }, at) =>
    // Typed here: GitHub's description says that the list may be missing, and Octokit then does not see that it is one.
    paginate<ApiEnvironment>("GET /repos/{owner}/{repo}/environments", { ...at, per_page: 100 }),
  );

/** Places of a kind that count and that may be there. @param own those of the repository itself; environments come after them */
export async function placesWithin(
  reader: Reader,
  scope: Scope,
  kind: KindName,
  own: readonly string[],
): Promise<readonly string[]> {
  const places = [...(scope.isWhole ? own : []), ...(await environmentsWithin(reader, scope))];
  return places.filter((of) => scope.isAsked?.(kind, of) ?? true);
}

/** Those whose inside counts and that may be there. */
async function environmentsWithin(reader: Reader, { environments }: Scope): Promise<readonly string[]> {
  const there = await askEnvironments(reader);
  if (there.is === "hidden") return environments;
  return there.is === "there" ? there.value.map(({ name }) => name).filter((name) => environments.includes(name)) : [];
}

async function readOne(reader: Reader, environment: ApiEnvironment, { apps: wanted }: Scope): Promise<Thing> {
  const { name } = environment;
  const inside = (at: At) => ({ ...at, environment_name: name, per_page: 100 });
  const isChosen = environment.deployment_branch_policy?.custom_branch_policies === true;
  const [policies, apps] = await Promise.all([
    isChosen
      ? reader.ask(`policies of ${name}`, ({ paginate, rest }, at) =>
          paginate(rest.repos.listDeploymentBranchPolicies, inside(at)),
        )
      : undefined,
    wanted?.includes(name) === false
      ? undefined
      : reader.ask(`apps of ${name}`, async ({ rest }, at) => {
          const { data } = await rest.repos.getAllDeploymentProtectionRules(inside(at));
          return (data.custom_deployment_protection_rules ?? []).map(({ app }) => app.id);
        }),
  ]);
  const listed = policies?.is === "there" ? policies.value : policies?.is === "hidden" ? undefined : [];
  const ids = (listed ?? []).flatMap(({ id, name: pattern = "", type = "branch" }) =>
    id === undefined ? [] : [[`${type}:${pattern}`, id] as const],
  );
  const deciding = apps?.is === "there" ? apps.value : apps?.is === "absent" ? [] : undefined;
  const { apps: told, ...fields } = environmentFields(environment, listed, deciding);
  return seen(
    { kind: "environment", name, ids: Object.fromEntries(ids) },
    apps === undefined ? fields : { ...fields, apps: told },
  );
}

function declaredThing(settings: EnvironmentSettings): Thing {
  const { users, teams } = settings.reviewers;
  const fields = {
    reviewers: [...users.map((login) => `user:${login}`), ...teams.map((slug) => `team:${slug}`)],
    // GitHub tells it only together with reviewers.
    selfReview: settings.selfReview || users.length + teams.length === 0,
    waitMinutes: settings.waitMinutes,
    adminsBypass: settings.adminsBypass,
    refs: "chosen",
    branches: settings.branches,
    tags: settings.tags,
    apps: settings.protectionApps.map(String),
  };
  return { kind: "environment", name: settings.name, fields };
}

/** A place that jobs deploy to, and what it takes to enter it. */
export const environment: Kind = {
  title: ({ name }) => `environment ${name}`,
  declare: ({ environments = [] }) => environments.map(declaredThing),
  async read(reader, scope) {
    const there = await askEnvironments(reader);
    if (there.is !== "there") return readingOf("environment", there, () => []);
    const things = there.value.map(async (each): Promise<Thing> => {
      // What is inside of an undeclared one says nothing more.
      if (!scope.environments.includes(each.name)) return { kind: "environment", name: each.name, fields: {} };
      return readOne(reader, each, scope);
    });
    return { things: await Promise.all(things), hidden: [] };
  },
  words: {
    reviewers: { list: "those who may approve" },
    selfReview: either("whoever starts a run may approve it", "whoever starts a run may not approve it"),
    waitMinutes: (value) => (value === 0 ? "there is no wait" : `the wait is ${String(value)} minutes`),
    adminsBypass: either("administrators may go past its rules", "administrators may not go past its rules"),
    refs: oneOf(
      {
        any: "any branch or tag may enter",
        protected: "every protected branch may enter",
        chosen: "only chosen branches and tags may enter",
      },
      "what may enter is",
    ),
    branches: { list: "branches that may enter" },
    tags: { list: "tags that may enter" },
    apps: { list: "apps that have a say" },
  },
  numbered: ({ branches = [], tags = [] }) => [
    ...(branches as readonly string[]).map((name) => `branch:${name}`),
    ...(tags as readonly string[]).map((name) => `tag:${name}`),
  ],
  isExpected: ({ name }, { environments }) => environments.includes(name),
  isCaseless: true,
  object: ({ name }) => `environments.${name}`,
  rules,
  guards,
  imports: {
    RepositoryEnvironment: (input, find) => find(input("environment")) && input("environment"),
    RepositoryEnvironmentDeploymentPolicy(input, find) {
      const name = input("environment");
      const tag = input("tagPattern");
      const id = find(name)?.ids?.[tag === "" ? `branch:${input("branchPattern")}` : `tag:${tag}`];
      return id === undefined ? undefined : `${name}:${id}`;
    },
  },
};
