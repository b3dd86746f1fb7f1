import type { Json } from "../compare.ts";
import { mergeMethods, scanAlerts, securityAlerts, type MergeMethod } from "./defaults.ts";
import { levels, more, type Direction, type RuleValue, type Value } from "./directions.ts";
import type { Fields, ObjectGuards, Rule } from "./kind.ts";
import type { Words } from "./words.ts";

/** What a stack may say of merges into one branch, beside reviews by whoever can write. Classic protection knows none of it. */
export interface MergeChoice {
  /** @default whatever the repository allows */
  readonly mergeKinds?: readonly MergeMethod[] | undefined;
  /** Teams that approve changes of some files. @default none */
  readonly requiredReviewers?: readonly {
    /** Short name. */
    readonly team: string;
    /** Patterns as of file names, where `*` stops at a slash. */
    readonly files: readonly string[];
    readonly approvals: number;
  }[];
  /** Pull requests are merged one after the other, each checked with those before it. @default whoever may merges at once */
  readonly mergeQueue?:
    | {
        readonly kind: MergeMethod;
        /** Each pull request of a group passes its checks, and not the group as a whole only. */
        readonly eachGreen: boolean;
        readonly buildsAtOnce: number;
        readonly groupAtLeast: number;
        readonly groupAtMost: number;
        readonly groupWaitMinutes: number;
        readonly checksWithinMinutes: number;
      }
    | undefined;
  /** Tools of code scanning that must have looked, and which of their alerts stop a merge. @default none */
  readonly requiredScans?: Readonly<
    Record<
      string,
      { readonly alerts: (typeof scanAlerts)[number]; readonly securityAlerts: (typeof securityAlerts)[number] }
    >
  >;
}

/** Parts of a rule about pull requests, as the provider takes them. */
export interface PullRequestParts {
  readonly allowedMergeMethods?: MergeMethod[];
  readonly requiredReviewers?: {
    readonly filePatterns: string[];
    readonly minimumApprovals: number;
    readonly reviewer: { readonly id: number; readonly type: "Team" };
  }[];
}

/** Rules of their own, as the provider takes them. */
export interface MergeParts {
  readonly mergeQueue?: {
    readonly checkResponseTimeoutMinutes: number;
    readonly groupingStrategy: "ALLGREEN" | "HEADGREEN";
    readonly maxEntriesToBuild: number;
    readonly maxEntriesToMerge: number;
    readonly mergeMethod: string;
    readonly minEntriesToMerge: number;
    readonly minEntriesToMergeWaitMinutes: number;
  };
  readonly requiredCodeScanning?: {
    readonly requiredCodeScanningTools: {
      readonly tool: string;
      readonly alertsThreshold: string;
      readonly securityAlertsThreshold: string;
    }[];
  };
}

/** What is not declared is left out. @param teams ids by slug */
export const pullRequestParts = (
  { mergeKinds, requiredReviewers = [] }: MergeChoice,
  teams: Readonly<Record<string, number>>,
): PullRequestParts => ({
  ...(mergeKinds ? { allowedMergeMethods: mergeMethods.filter((method) => mergeKinds.includes(method)) } : {}),
  ...(requiredReviewers.length > 0
    ? {
        requiredReviewers: requiredReviewers.map(({ team, files, approvals }) => ({
          filePatterns: [...files],
          minimumApprovals: approvals,
          reviewer: { id: teams[team] ?? 0, type: "Team" },
        })),
      }
    : {}),
});

export const mergeParts = ({ mergeQueue: queue, requiredScans = {} }: MergeChoice): MergeParts => ({
  ...(queue
    ? {
        mergeQueue: {
          checkResponseTimeoutMinutes: queue.checksWithinMinutes,
          groupingStrategy: queue.eachGreen ? "ALLGREEN" : "HEADGREEN",
          maxEntriesToBuild: queue.buildsAtOnce,
          maxEntriesToMerge: queue.groupAtMost,
          mergeMethod: queue.kind.toUpperCase(),
          minEntriesToMerge: queue.groupAtLeast,
          minEntriesToMergeWaitMinutes: queue.groupWaitMinutes,
        },
      }
    : {}),
  ...(Object.keys(requiredScans).length > 0
    ? {
        requiredCodeScanning: {
          requiredCodeScanningTools: Object.entries(requiredScans).map(
            ([tool, { alerts, securityAlerts: security }]) => {
              return { tool, alertsThreshold: alerts, securityAlertsThreshold: security };
            },
          ),
        },
      }
    : {}),
});

/**
 * The same as GitHub's API tells it.
 *
 * @param isWhole says also that nothing is asked for: else GitHub's own mind about it is left alone
 */
export const pullRequestJson = (
  { allowedMergeMethods, requiredReviewers }: PullRequestParts,
  isWhole = false,
): Readonly<Record<string, Json>> => ({
  ...(allowedMergeMethods || isWhole ? { allowed_merge_methods: allowedMergeMethods ?? [...mergeMethods] } : {}),
  ...(requiredReviewers || isWhole
    ? {
        required_reviewers: (requiredReviewers ?? []).map(
          ({ filePatterns, minimumApprovals, reviewer: { id, type } }) => {
            return { file_patterns: filePatterns, minimum_approvals: minimumApprovals, reviewer: { id, type } };
          },
        ),
      }
    : {}),
});

export const mergeJson = ({ mergeQueue: queue, requiredCodeScanning: scanning }: MergeParts): Json[] => [
  ...(queue
    ? [
        {
          type: "merge_queue",
          parameters: {
            check_response_timeout_minutes: queue.checkResponseTimeoutMinutes,
            grouping_strategy: queue.groupingStrategy,
            max_entries_to_build: queue.maxEntriesToBuild,
            max_entries_to_merge: queue.maxEntriesToMerge,
            merge_method: queue.mergeMethod,
            min_entries_to_merge: queue.minEntriesToMerge,
            min_entries_to_merge_wait_minutes: queue.minEntriesToMergeWaitMinutes,
          },
        },
      ]
    : []),
  ...(scanning
    ? [
        {
          type: "code_scanning",
          parameters: {
            code_scanning_tools: scanning.requiredCodeScanningTools.map((each) => ({
              tool: each.tool,
              alerts_threshold: each.alertsThreshold,
              security_alerts_threshold: each.securityAlertsThreshold,
            })),
          },
        },
      ]
    : []),
];

type Parameters = Readonly<Record<string, Json>>;

interface ApiReviewer {
  readonly minimum_approvals: number;
  readonly file_patterns: readonly string[];
  readonly reviewer: { readonly id: number; readonly type: string };
}

interface ApiTool {
  readonly tool: string;
  readonly alerts_threshold: string;
  readonly security_alerts_threshold: string;
}

/** Ids of the teams whose approval is asked for. */
export const reviewingTeams = (pull: Parameters): readonly number[] =>
  ((pull.required_reviewers ?? []) as unknown as readonly ApiReviewer[]).flatMap(({ reviewer: { id, type } }) =>
    type === "Team" ? [id] : [],
  );

/** Fields of what GitHub tells. @param teams names by id */
export function mergeFields(
  pull: Parameters,
  queue: Parameters,
  scanning: Parameters,
  teams: Readonly<Record<number, string>>,
): Record<"mergeKinds" | "fileReviewers" | "mergeQueue" | "scanAlerts" | "scanSecurity", Value> {
  const methods = (pull.allowed_merge_methods ?? mergeMethods) as readonly string[];
  const reviewers = (pull.required_reviewers ?? []) as unknown as readonly ApiReviewer[];
  const tools = (scanning.code_scanning_tools ?? []) as unknown as readonly ApiTool[];
  // That a tool has looked is a rule even where no alert of its stops anything.
  const level = (threshold: string) => (threshold === "none" ? "no alert" : threshold);
  return {
    mergeKinds: mergeMethods.filter((method) => methods.includes(method)),
    fileReviewers: Object.fromEntries(
      reviewers.map(({ minimum_approvals: count, file_patterns: files, reviewer: { id, type } }) => {
        const who = type === "Team" ? `team:${teams[id] ?? id}` : `${type} ${id}`;
        return [`${who} for ${files.join(", ")}`, String(count)];
      }),
    ),
    mergeQueue: Object.fromEntries(
      Object.entries(queueWords).flatMap(([parameter, words]) =>
        queue[parameter] === undefined ? [] : [[words, JSON.stringify(queue[parameter]).replaceAll('"', "")]],
      ),
    ),
    scanAlerts: Object.fromEntries(tools.map((each) => [each.tool, level(each.alerts_threshold)])),
    scanSecurity: Object.fromEntries(tools.map((each) => [each.tool, level(each.security_alerts_threshold)])),
  };
}

/** What a queue looks at. */
const grouping = "green is";
const queueWords: Readonly<Record<string, string>> = {
  grouping_strategy: grouping,
  merge_method: "way to merge",
  max_entries_to_build: "builds at once",
  min_entries_to_merge: "group at least",
  max_entries_to_merge: "group at most",
  min_entries_to_merge_wait_minutes: "minutes to wait for a group",
  check_response_timeout_minutes: "minutes for checks",
};

const stops = (said: string) => ` (${said.replaceAll("_", " ")})`;

export const mergeWords: Readonly<Record<string, Words>> = {
  mergeKinds: { list: "ways to merge" },
  fileReviewers: { list: "reviewers of some files", entry: (count) => ` (${count})` },
  mergeQueue: { list: "settings of the merge queue", entry: (said) => ` ${said}` },
  scanAlerts: { list: "scans whose alerts stop a merge", entry: stops },
  scanSecurity: { list: "scans whose security alerts stop a merge", entry: stops },
};

const namesIn = (value: RuleValue | undefined) => (Array.isArray(value) ? (value as readonly string[]) : mergeMethods);

/** More ways to merge are weaker; where no rule names them, all are. */
const fewer: Direction = {
  isLooser: (before, after) => namesIn(after).some((method) => !namesIn(before).includes(method)),
  show: (value) => namesIn(value).join(", "),
};

export const mergeRules: Readonly<Record<string, Rule>> = {
  mergeKinds: { words: "ways to merge", direction: fewer },
  fileReviewers: { words: "approvals by", direction: more },
  queueGrouping: { words: "what the merge queue checks", direction: levels("none", "HEADGREEN", "ALLGREEN") },
  scanAlerts: { words: "alerts that stop a merge of", direction: levels("none", "no alert", ...scanAlerts.slice(1)) },
  scanSecurity: {
    words: "security alerts that stop a merge of",
    direction: levels("none", "no alert", ...securityAlerts.slice(1)),
  },
};

const isEmpty = (value: Value | undefined) => Object.keys(value ?? {}).length === 0;

/** How strict they are, beside those that are called as a rule. */
export function mergeGuards({ mergeKinds, mergeQueue, scanAlerts: scans }: Fields): ObjectGuards {
  const { [grouping]: green } = (mergeQueue ?? {}) as Readonly<Record<string, string>>;
  return {
    ...(mergeKinds === undefined || namesIn(mergeKinds as RuleValue).length === mergeMethods.length
      ? {}
      : { mergeKinds: mergeKinds as RuleValue }),
    ...(isEmpty(mergeQueue)
      ? {}
      : { "rules.merge_queue": true, ...(green === undefined ? {} : { queueGrouping: green }) }),
    ...(isEmpty(scans) ? {} : { "rules.code_scanning": true }),
  };
}
