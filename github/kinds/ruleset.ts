import type { ApiSetting } from "../api-setting.ts";
import type { Json } from "../compare.ts";
import type { ApiRuleset } from "./api-ruleset.ts";
import { bypassActors, teamsOf, type Actor } from "./actors.ts";
import { branchRules, branchWords, refGuards, refRules, type BranchRules } from "./branch-rules.ts";
import {
  allowedBranches,
  branchesOf,
  isButtonOrBot,
  permanentBranches,
  releaseTags,
  type PermanentBranch,
} from "./defaults.ts";
import {
  mergeJson,
  mergeParts,
  pullRequestJson,
  pullRequestParts,
  type MergeParts,
  type PullRequestParts,
} from "./merge-rules.ts";
import { askRulesets, readRulesets, readRulesetsAbove, rulesetThing } from "./ruleset-fields.ts";
import { pushJson, type PushChoice } from "./push-rules.ts";
import type { RepositorySettings } from "../schema.ts";
import { readingOf, together, type Fields, type Kind } from "./kind.ts";
import { either, oneOf, plain } from "./words.ts";

/** A ruleset of branches or tags, as the provider takes it. */
export interface Ruleset {
  readonly name: string;
  readonly target: "branch" | "tag" | "push";
  readonly enforcement: "active";
  readonly bypassActors: ReturnType<typeof bypassActors>;
  readonly conditions: { readonly refName: { readonly includes: string[]; readonly excludes: string[] } };
  readonly rules: MergeParts & {
    readonly pushes?: PushChoice;
    readonly creation?: boolean;
    readonly update?: boolean;
    readonly deletion?: boolean;
    readonly nonFastForward?: boolean;
    readonly requiredSignatures?: boolean;
    readonly pullRequest?: PullRequestParts & {
      readonly requiredApprovingReviewCount: number;
      readonly dismissStaleReviewsOnPush: boolean;
      readonly requireCodeOwnerReview: boolean;
      readonly requireLastPushApproval: boolean;
      readonly requiredReviewThreadResolution: boolean;
    };
    readonly requiredStatusChecks?: {
      readonly strictRequiredStatusChecksPolicy: boolean;
      /** Without an app whoever can write may report it. */
      readonly requiredChecks: { readonly context: string; readonly integrationId?: number }[];
    };
  };
}

type Teams = Readonly<Record<string, number>>;

/** @param teams ids by slug, for those who may bypass */
export function branchRuleset(rules: BranchRules, teams: Teams): Ruleset {
  return {
    name: `${rules.branch} branch`,
    target: "branch",
    enforcement: "active",
    bypassActors: [
      ...bypassActors(rules.bypass, teams),
      ...bypassActors(rules.breakGlass ? [`team:${rules.breakGlass}`] : [], teams, "pull_request"),
    ],
    conditions: { refName: { includes: [`refs/heads/${rules.branch}`], excludes: [] } },
    rules: {
      deletion: true,
      nonFastForward: true,
      ...(rules.signedCommits ? { requiredSignatures: true } : {}),
      pullRequest: {
        requiredApprovingReviewCount: rules.reviews,
        dismissStaleReviewsOnPush: rules.dismissStaleReviews,
        requireCodeOwnerReview: rules.codeOwners,
        requireLastPushApproval: rules.lastPushApproval,
        requiredReviewThreadResolution: rules.resolvedThreads,
        ...pullRequestParts(rules, teams),
      },
      // GitHub takes no such rule without a check.
      ...(rules.checks.length > 0
        ? {
            requiredStatusChecks: {
              strictRequiredStatusChecksPolicy: rules.upToDate,
              requiredChecks: rules.checks.map(({ context, app }) => ({
                context,
                ...(app === undefined ? {} : { integrationId: app }),
              })),
            },
          }
        : {}),
    },
  };
}

/** Name of {@link mergesRuleset}. */
export const mergesName = (branch: string): string => `${branch} merges`;

/**
 * The merge queue of a branch, and the scans that it waits for; undefined where it has none. It is a ruleset of its own, made through GitHub's
 * API: an older plugin ends with an error where one that it looks after has a rule that it does not know.
 */
export function mergesRuleset(rules: BranchRules): Ruleset | undefined {
  const parts = mergeParts(rules);
  if (Object.keys(parts).length === 0) return undefined;
  return {
    name: mergesName(rules.branch),
    target: "branch",
    enforcement: "active",
    bypassActors: [],
    conditions: { refName: { includes: [`refs/heads/${rules.branch}`], excludes: [] } },
    rules: parts,
  };
}

/**
 * Nobody removes main or develop, or pushes to them by force. A bypass holds for all rules of a ruleset, so this is one of its own that has
 * none: an approved bypass of the branch's other rules does not reach it, and neither does GitHub's deletion of merged branches
 * (evenfire#211).
 *
 * @param branches those that stay. @default all
 */
export function branchesStayRuleset(branches: readonly PermanentBranch[] = permanentBranches): Ruleset {
  return {
    name: "branches stay",
    target: "branch",
    enforcement: "active",
    bypassActors: [],
    conditions: { refName: { includes: branches.map((branch) => `refs/heads/${branch}`), excludes: [] } },
    rules: { deletion: true, nonFastForward: true },
  };
}

/**
 * Who makes release tags, and that none is ever moved or removed.
 *
 * An environment's tag policy looks at the tag's name only (synthorg#1542): without these, whoever can push takes any commit to production
 * (CUDly#1896). Moving and removing are a ruleset of their own, because a bypass holds for all rules of one.
 *
 * @param creators who may make one; everybody else, administrators included, may not
 * @param teams ids by slug
 */
export function tagRulesets(creators: readonly Actor[], teams: Teams): [Ruleset, Ruleset] {
  const common: Pick<Ruleset, "target" | "enforcement" | "conditions"> = {
    target: "tag",
    enforcement: "active",
    conditions: { refName: { includes: [`refs/tags/${releaseTags}`], excludes: [] } },
  };
  return [
    {
      ...common,
      name: "release tags are made",
      bypassActors: bypassActors(creators, teams),
      rules: { creation: true },
    },
    {
      ...common,
      name: "release tags stay",
      bypassActors: [],
      rules: { update: true, deletion: true, nonFastForward: true },
    },
  ];
}

/**
 * No branch with another name can be made.
 *
 * GitHub's own name patterns need its Enterprise plan; forbidding the creation of everything else works with every plan that has rulesets.
 *
 * @param names patterns of branches that people may make
 * @param permanent branches that stay. @default all
 */
export function branchNamesRuleset(names: readonly string[], permanent?: readonly PermanentBranch[]): Ruleset {
  return {
    name: "branch names",
    target: "branch",
    enforcement: "active",
    bypassActors: [],
    conditions: {
      refName: {
        includes: ["~ALL"],
        excludes: allowedBranches(names, permanent).map((pattern) => `refs/heads/${pattern}`),
      },
    },
    rules: { creation: true },
  };
}

/** Name of {@link pushRuleset}. */
export const pushesName = "pushes";

/**
 * What no push may bring; undefined where nothing is named. Made through GitHub's API, as that of merges is.
 *
 * @param teams ids by slug, for those who may bypass
 */
export function pushRuleset(
  { pushRules: choice }: Pick<RepositorySettings, "pushRules">,
  teams: Teams,
): Ruleset | undefined {
  if (choice === undefined || pushJson(choice).length === 0) return undefined;
  return {
    name: pushesName,
    target: "push",
    enforcement: "active",
    bypassActors: bypassActors(choice.bypass, teams),
    conditions: { refName: { includes: [], excludes: [] } },
    rules: { pushes: choice },
  };
}

/** The same as GitHub's API tells it, to read it back. @param isWhole as of {@link pullRequestJson} */
export function rulesetJson(
  { name, target, enforcement, bypassActors, conditions, rules }: Ruleset,
  isWhole = false,
): Json {
  const { pullRequest, requiredStatusChecks } = rules;
  const flag = (type: string, isOn: boolean | undefined) => (isOn === true ? [{ type }] : []);
  return {
    name,
    target,
    enforcement,
    bypass_actors: bypassActors.map(({ actorId, actorType, bypassMode }) => ({
      actor_id: actorId,
      actor_type: actorType,
      bypass_mode: bypassMode,
    })),
    // A push is refused whatever its branch.
    ...(target === "push"
      ? {}
      : { conditions: { ref_name: { include: conditions.refName.includes, exclude: conditions.refName.excludes } } }),
    rules: [
      ...flag("creation", rules.creation),
      ...flag("update", rules.update),
      ...flag("deletion", rules.deletion),
      ...flag("non_fast_forward", rules.nonFastForward),
      ...flag("required_signatures", rules.requiredSignatures),
      ...(pullRequest
        ? [
            {
              type: "pull_request",
              parameters: {
                required_approving_review_count: pullRequest.requiredApprovingReviewCount,
                dismiss_stale_reviews_on_push: pullRequest.dismissStaleReviewsOnPush,
                require_code_owner_review: pullRequest.requireCodeOwnerReview,
                require_last_push_approval: pullRequest.requireLastPushApproval,
                required_review_thread_resolution: pullRequest.requiredReviewThreadResolution,
                ...pullRequestJson(pullRequest, isWhole),
              },
            },
          ]
        : []),
      ...(requiredStatusChecks
        ? [
            {
              type: "required_status_checks",
              parameters: {
                strict_required_status_checks_policy: requiredStatusChecks.strictRequiredStatusChecksPolicy,
                required_status_checks: requiredStatusChecks.requiredChecks.map(({ context, integrationId }) => ({
                  context,
                  ...(integrationId === undefined ? {} : { integration_id: integrationId }),
                })),
              },
            },
          ]
        : []),
      ...mergeJson(rules),
      ...(rules.pushes ? pushJson(rules.pushes) : []),
    ],
  };
}

/** A ruleset as it has to be, and how to make it so again. @param path of it in the API, with its number. @param isWhole as of {@link rulesetJson} */
export function rulesetSetting(path: string, ruleset: Ruleset, isWhole: boolean): ApiSetting {
  const wanted = rulesetJson(ruleset, isWhole);
  return { what: `ruleset "${ruleset.name}"`, read: path, wanted, write: { method: "PUT", path, body: wanted } };
}

/** A ruleset of the model, or one that is planned. @param teams names by id */
export const modelThing = (ruleset: Ruleset, teams: Readonly<Record<number, string>> = {}) =>
  rulesetThing(rulesetJson(ruleset) as unknown as ApiRuleset, teams);

/** The same for one that GitHub is not known to have: it is found by its name. @param path of the repository in the API. @param isWhole as of {@link rulesetJson} */
export function namedRulesetSetting(path: string, ruleset: Ruleset, isWhole = false): ApiSetting {
  const [at, wanted] = [`${path}/rulesets`, rulesetJson(ruleset, isWhole)];
  return {
    what: `ruleset "${ruleset.name}"`,
    read: at,
    named: { by: "name", name: ruleset.name },
    wanted,
    write: { method: "PUT", path: at, body: wanted },
    make: { method: "POST", path: at, body: wanted },
  };
}

/** Objects of the weakening gate by the names of their rulesets; these are there where a stack asks for them. */
const optionalObjects: Readonly<Record<string, string>> = {
  [mergesName("main")]: "mainMerges",
  [mergesName("develop")]: "developMerges",
  [pushesName]: "pushes",
};

/** Objects of the weakening gate by the names of their rulesets. */
export const rulesetObjects: Readonly<Record<string, string>> = {
  "main branch": "main",
  "develop branch": "develop",
  "branches stay": "branchStay",
  "release tags are made": "tagCreation",
  "release tags stay": "tagStay",
  "branch names": "branchNames",
};

/** Rules of branches and tags. */
export const ruleset: Kind = {
  title: ({ name, of }) => `ruleset "${name}"${of === undefined ? "" : ` of ${of}`}`,
  declare({ repository: settings }) {
    if (settings?.isProtected !== true) return [];
    const { branches, tagCreators } = settings;
    const permanent = branchesOf(settings);
    // Any number does: it is turned back into the name.
    const all = permanent.map((branch) => branches[branch]);
    const slugs = [
      ...teamsOf([...tagCreators, ...all.flatMap(({ bypass }) => bypass), ...(settings.pushRules?.bypass ?? [])]),
      ...all.flatMap(({ requiredReviewers }) => requiredReviewers.map(({ team }) => team)),
      ...(settings.breakGlass ? [settings.breakGlass] : []),
    ];
    const teams = Object.fromEntries(slugs.map((slug, index) => [slug, index + 1]));
    const names = Object.fromEntries(slugs.map((slug) => [teams[slug] ?? 0, slug]));
    return [
      ...(settings.rules === "rulesets"
        ? permanent.map((branch) => branchRuleset(branchRules(branch, settings), teams))
        : []),
      ...permanent.flatMap((branch) => mergesRuleset(branchRules(branch, settings)) ?? []),
      ...[pushRuleset(settings, teams) ?? []].flat(),
      branchesStayRuleset(permanent),
      ...tagRulesets(tagCreators, teams),
      branchNamesRuleset(settings.branchNames, permanent),
    ].map((each) => modelThing(each, names));
  },
  async read(reader, { teams, isAboveAsked = false }) {
    const [list, above] = await Promise.all([
      askRulesets(reader),
      isAboveAsked ? readRulesetsAbove(reader, teams) : together([]),
    ]);
    if (list.is !== "there") return readingOf("ruleset", list, () => []);
    const told = list.value.flatMap((answer) => (answer.is === "there" ? [answer.value] : []));
    const unseen = list.value.flatMap((answer) => readingOf("ruleset", answer, () => []).hidden);
    return together([{ things: await readRulesets(reader, teams, told), hidden: unseen }, above]);
  },
  words: {
    ...branchWords,
    target: plain("it is about"),
    enforcement: oneOf(
      { active: "it is enforced", disabled: "it is switched off", evaluate: "it is only tried out, not enforced" },
      "its enforcement is",
    ),
    includes: { list: "refs that it holds for" },
    excludes: { list: "refs that it leaves out" },
    bypass: { list: "those who need not follow it", entry: (mode) => (mode === "always" ? "" : ` (${mode})`) },
    forbidsCreation: either("making such a ref is forbidden", "anybody who can push may make such a ref"),
    checksNotOnCreation: either("a new branch needs no checks", "a new branch needs its checks too"),
    otherRules: { list: "other rules" },
  },
  // Those from above are the organisation's.
  isExpected: ({ of }) => of !== undefined,
  object: ({ name, of }) => (of === undefined ? (rulesetObjects[name] ?? optionalObjects[name] ?? name) : undefined),
  rules: refRules,
  guards,
  planned: {
    RepositoryRuleset(inputs) {
      const planned = inputs as Partial<Ruleset> & Omit<Ruleset, "bypassActors">;
      return modelThing({ ...planned, bypassActors: planned.bypassActors ?? [] });
    },
  },
  imports: { RepositoryRuleset: (input, find) => find(input("name"))?.ids?.[""]?.toString() },
};

function guards({ includes = [], excludes = [], ...others }: Fields) {
  const left = (excludes as string[]).filter((pattern) => !isButtonOrBot(pattern.replace("refs/heads/", "")));
  const scope = [...(includes as string[]), ...left.map((pattern) => `!${pattern}`)];
  return { ...refGuards(others), scope };
}
