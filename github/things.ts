/** What kind of thing on GitHub it is. `settings` are those of the repository itself, by area. */
export type Kind =
  | "repository"
  | "settings"
  | "branch"
  | "ruleset"
  | "protection"
  | "environment"
  | "secret"
  | "variable"
  | "label"
  | "file"
  | "deploy key"
  | "webhook"
  | "collaborator"
  | "team"
  | "autolink";

/** One value of a thing; lists are sets. */
export type Value = string | number | boolean | readonly string[];

/** Something on GitHub as it is declared, or as it is there. */
export interface Thing {
  readonly kind: Kind;
  /** What people call it; of secrets and variables together with {@link of}. */
  readonly name: string;
  /** The environment or store that it is in. @default the repository itself */
  readonly of?: string;
  /** Values that are compared, by a name that says what they mean. */
  readonly fields: Readonly<Record<string, Value>>;
}

/** Two things of the same key are the same thing. GitHub's names of labels, secrets and variables do not tell capitals apart. */
export function keyOf({ kind, name, of = "" }: Pick<Thing, "kind" | "name" | "of">): string {
  const isCaseless = kind === "label" || kind === "collaborator" || kind === "environment";
  return [kind, of, isCaseless ? name.toLowerCase() : name].join("\0");
}

/** Names by id, for actors that GitHub tells by number only. */
export interface Names {
  readonly teams: Readonly<Record<number, string>>;
}

/** A rule of a ruleset as GitHub's API tells it. */
interface ApiRule {
  readonly type: string;
  readonly parameters?: {
    readonly required_approving_review_count?: number;
    readonly dismiss_stale_reviews_on_push?: boolean;
    readonly require_code_owner_review?: boolean;
    readonly require_last_push_approval?: boolean;
    readonly required_review_thread_resolution?: boolean;
    readonly required_status_checks?: readonly { readonly context: string; readonly integration_id?: number | null }[];
    readonly strict_required_status_checks_policy?: boolean;
    readonly do_not_enforce_on_create?: boolean;
  };
}

/** A ruleset as GitHub's API tells it. */
export interface ApiRuleset {
  readonly name: string;
  readonly target?: string;
  readonly enforcement: string;
  /** Left out for those who may not see it. */
  readonly bypass_actors?: readonly {
    readonly actor_id?: number | null;
    readonly actor_type: string;
    readonly bypass_mode?: string;
  }[];
  readonly conditions?: { readonly ref_name?: { readonly include?: string[]; readonly exclude?: string[] } } | null;
  readonly rules?: readonly ApiRule[];
}

const roles: Readonly<Record<number, string>> = { 1: "read", 2: "maintain", 3: "triage", 4: "write", 5: "admin" };
/** Rules that are fields of their own; any other is listed by its name. */
const knownRules = new Set([
  "creation",
  "update",
  "deletion",
  "non_fast_forward",
  "required_signatures",
  "pull_request",
  "required_status_checks",
]);

export function rulesetThing(ruleset: ApiRuleset, names: Names): Thing {
  const { rules = [], conditions } = ruleset;
  const has = (type: string) => rules.some((rule) => rule.type === type);
  const parametersOf = (type: string) => rules.find((rule) => rule.type === type)?.parameters;
  const pull = parametersOf("pull_request");
  const checks = parametersOf("required_status_checks");
  const required = checks?.required_status_checks ?? [];
  return {
    kind: "ruleset",
    name: ruleset.name,
    fields: {
      target: ruleset.target ?? "branch",
      enforcement: ruleset.enforcement,
      includes: conditions?.ref_name?.include ?? [],
      excludes: conditions?.ref_name?.exclude ?? [],
      ...(ruleset.bypass_actors ? { bypass: ruleset.bypass_actors.map((actor) => bypassName(actor, names)) } : {}),
      forbidsCreation: has("creation"),
      forbidsUpdate: has("update"),
      forbidsDeletion: has("deletion"),
      forbidsForcePush: has("non_fast_forward"),
      signedCommits: has("required_signatures"),
      needsPullRequest: has("pull_request"),
      reviews: pull?.required_approving_review_count ?? 0,
      dismissStaleReviews: pull?.dismiss_stale_reviews_on_push ?? false,
      codeOwners: pull?.require_code_owner_review ?? false,
      lastPushApproval: pull?.require_last_push_approval ?? false,
      resolvedThreads: pull?.required_review_thread_resolution ?? false,
      checks: required.map(({ context, integration_id }) => checkName(context, integration_id)),
      upToDate: checks?.strict_required_status_checks_policy ?? false,
      checksNotOnCreation: checks?.do_not_enforce_on_create ?? false,
      otherRules: rules.map(({ type }) => type).filter((type) => !knownRules.has(type)),
    },
  };
}

function bypassName(
  { actor_id, actor_type, bypass_mode = "always" }: NonNullable<ApiRuleset["bypass_actors"]>[number],
  { teams }: Names,
): string {
  const id = actor_id ?? 0;
  const who: Record<string, string> = {
    RepositoryRole: `role ${roles[id] ?? id}`,
    Team: `team ${teams[id] ?? id}`,
    Integration: `app ${id}`,
    OrganizationAdmin: "administrators of the organisation",
    DeployKey: "any deploy key",
    User: `user ${id}`,
  };
  return `${who[actor_type] ?? `${actor_type} ${id}`}${bypass_mode === "always" ? "" : ` (${bypass_mode})`}`;
}

/** @param app id of the only one whose report counts; nothing or -1 stands for any */
export function checkName(context: string, app: number | null | undefined): string {
  if (app === null || app === undefined || app === -1) return `${context} (from any app)`;
  return app === 15368 ? context : `${context} (from app ${app})`;
}
