import type { Json } from "../compare.ts";
import { there, type Answer, type Reader } from "../read/reader.ts";
import type { ToldRuleset } from "../read/told.ts";
import { askTeams } from "./access.ts";
import { actorName, bypassModes } from "./actors.ts";
import type { ApiRuleset } from "./api-ruleset.ts";
import { reporters } from "./branch-rules.ts";
import type { Value } from "./directions.ts";
import { readingOf, seen, together, type Reading, type Thing } from "./kind.ts";
import { pushFields, pushRuleTypes } from "./push-rules.ts";
import { mergeFields, reviewingTeams } from "./merge-rules.ts";

/** Rules that are fields of their own; any other is listed by its name. */
const knownRules: readonly string[] = [
  "creation",
  "update",
  "deletion",
  "non_fast_forward",
  "required_signatures",
  "pull_request",
  "required_status_checks",
  "merge_queue",
  "code_scanning",
  ...pushRuleTypes,
];

/** @param teams names by id; others are called by their id */
export function rulesetFields(
  ruleset: ApiRuleset,
  teams: Readonly<Record<number, string>> = {},
): Record<string, Value | undefined> {
  const { rules = [], conditions, bypass_actors: actors } = ruleset;
  const { include = [], exclude = [] } = conditions?.ref_name ?? {};
  const has = (type: string) => rules.some((rule) => rule.type === type);
  const parametersOf = (type: string) =>
    (rules.find((rule) => rule.type === type)?.parameters ?? {}) as Readonly<Record<string, Json>>;
  const pull = parametersOf("pull_request");
  const checks = parametersOf("required_status_checks");
  const required = (checks.required_status_checks ?? []) as { context: string; integration_id?: number | null }[];
  return {
    target: ruleset.target ?? "branch",
    enforcement: ruleset.enforcement,
    includes: include,
    excludes: exclude,
    bypass:
      actors &&
      Object.fromEntries(
        actors
          .map(({ actor_id, actor_type, bypass_mode = "always" }) => {
            return [actorName(actor_type, actor_id, teams), bypass_mode] as const;
          })
          // Who is named twice may do the most of it, whatever comes first.
          .sort(([, one], [, other]) => bypassModes.indexOf(other) - bypassModes.indexOf(one)),
      ),
    forbidsCreation: has("creation"),
    forbidsUpdate: has("update"),
    forbidsDeletion: has("deletion"),
    forbidsForcePush: has("non_fast_forward"),
    signedCommits: has("required_signatures"),
    needsPullRequest: has("pull_request"),
    reviews: Number(pull.required_approving_review_count ?? 0),
    dismissStaleReviews: pull.dismiss_stale_reviews_on_push === true,
    codeOwners: pull.require_code_owner_review === true,
    lastPushApproval: pull.require_last_push_approval === true,
    resolvedThreads: pull.required_review_thread_resolution === true,
    checks: reporters(required.map(({ context, integration_id: app }) => ({ context, app }))),
    upToDate: checks.strict_required_status_checks_policy === true,
    checksNotOnCreation: checks.do_not_enforce_on_create === true,
    ...mergeFields(pull, parametersOf("merge_queue"), parametersOf("code_scanning"), teams),
    ...pushFields(parametersOf),
    otherRules: rules.map(({ type }) => type).filter((type) => !knownRules.includes(type)),
  };
}

/** @param teams names by id */
export const rulesetThing = (ruleset: ApiRuleset, teams: Readonly<Record<number, string>> = {}) =>
  seen({ kind: "ruleset", name: ruleset.name }, rulesetFields(ruleset, teams));

type Numbered = ApiRuleset & { readonly id: number };

/**
 * Active rulesets of the organisation or the enterprise that hold for the repository as well, each as a thing of where it comes from; what this token
 * may not see of them is hidden.
 *
 * @param teams names by id, as far as they are known
 * @throws CouldNotAsk
 */
export async function readRulesetsAbove(reader: Reader, teams: Readonly<Record<number, string>>): Promise<Reading> {
  const list = await reader.ask("rulesets of the owner", async ({ paginate, rest }, at) => {
    const all = await paginate(rest.repos.getRepoRulesets, { ...at, per_page: 100, includes_parents: true });
    return all.filter(({ source_type, enforcement }) => source_type !== "Repository" && enforcement === "active");
  });
  if (list.is !== "there") return readingOf("ruleset", list, () => [], reader.at.owner);
  const each = list.value.map(async ({ id, source }) =>
    readingOf(
      "ruleset",
      await askRuleset(reader, id),
      (ruleset) => [{ ...rulesetThing(ruleset, teams), of: source }],
      source,
    ),
  );
  return together(await Promise.all(each));
}

/** Each of the repository's own rulesets: from one query, or one by one where that does not tell all. @throws CouldNotAsk */
export async function askRulesets(reader: Reader): Promise<Answer<readonly Answer<Numbered>[]>> {
  const { rulesets } = await reader.told();
  const list = rulesets ? there(rulesets) : await askList(reader);
  if (list.is !== "there") return list;
  return there(
    await Promise.all(
      list.value.map(async ({ id, ruleset }): Promise<Answer<Numbered>> => {
        return ruleset ? there({ ...ruleset, id }) : askRuleset(reader, id);
      }),
    ),
  );
}

const askList = (reader: Reader): Promise<Answer<readonly ToldRuleset[]>> =>
  reader.ask("rulesets", ({ paginate, rest }, at) =>
    paginate(rest.repos.getRepoRulesets, { ...at, per_page: 100, includes_parents: false }, ({ data }) =>
      data.map(({ id }) => ({ id })),
    ),
  );

const askRuleset = (reader: Reader, id: number): Promise<Answer<Numbered>> =>
  reader.ask(`ruleset ${id}`, async ({ rest }, at) => {
    return (await rest.repos.getRepoRuleset({ ...at, ruleset_id: id })).data;
  });

/**
 * Rulesets as GitHub tells them, by what people call the teams that review some files. Where this token may not see what a team is called, nothing
 * is said of those reviewers.
 *
 * @param teams names by id, as far as they are known
 * @throws CouldNotAsk
 */
export async function readRulesets(
  reader: Reader,
  teams: Readonly<Record<number, string>>,
  rulesets: readonly (ApiRuleset & { readonly id: number })[],
): Promise<Thing[]> {
  const idsIn = ({ rules = [] }: ApiRuleset) =>
    rules.flatMap(({ type, parameters }) =>
      type === "pull_request" ? reviewingTeams((parameters ?? {}) as Readonly<Record<string, Json>>) : [],
    );
  const ids = rulesets.flatMap(idsIn);
  const names = ids.every((id) => id in teams) ? teams : { ...(await teamsOfRepository(reader)), ...teams };
  // To others GitHub lists only those teams that they may see.
  const isSure = ids.every((id) => id in names) || (await reader.isAdministrator());
  return rulesets.map((each) => {
    const isUnseen = !isSure && !idsIn(each).every((id) => id in names);
    return seen(
      { kind: "ruleset", name: each.name, ids: { "": each.id } },
      { ...rulesetFields(each, names), ...(isUnseen ? { fileReviewers: undefined } : {}) },
    );
  });
}

async function teamsOfRepository(reader: Reader): Promise<Readonly<Record<number, string>>> {
  const answer = await askTeams(reader);
  return answer.is === "there" ? Object.fromEntries(answer.value.map(({ id, slug }) => [id, slug])) : {};
}
