import type { ApiSetting } from "./api-setting.ts";
import type { RepositoryWithinPlan } from "./plan-limits.ts";

/** What the provider is given of a repository. */
export function repositoryInputs(name: string, settings: RepositoryWithinPlan) {
  const merges = mergeKinds(settings);
  return {
    name,
    description: settings.description,
    homepageUrl: settings.homepage,
    topics: [...settings.topics],
    visibility: settings.visibility,
    // Without a first commit there is no branch to protect (terraform-provider-github#577).
    autoInit: true,
    hasIssues: true,
    hasProjects: false,
    hasWiki: false,
    hasDownloads: false,
    ...merges,
    allowAutoMerge: settings.autoMerge,
    allowUpdateBranch: true,
    deleteBranchOnMerge: true,
    // The pull request's title follows the commit convention, so that what lands does as well.
    ...(merges.allowSquashMerge ? { squashMergeCommitTitle: "PR_TITLE", squashMergeCommitMessage: "PR_BODY" } : {}),
    ...(merges.allowMergeCommit ? { mergeCommitTitle: "PR_TITLE", mergeCommitMessage: "PR_BODY" } : {}),
    vulnerabilityAlerts: true,
    ...scanning(settings),
  };
}

/**
 * Public repositories refuse `advancedSecurity`, and scan without being asked to pay (terraform-provider-github#2190, #1487); private
 * ones without the licence refuse everything here (#2145).
 */
function scanning({ secretScanning, visibility }: RepositoryWithinPlan) {
  if (!secretScanning) return {};
  const on = { status: "enabled" };
  return {
    securityAndAnalysis: {
      ...(visibility === "public" ? {} : { advancedSecurity: on }),
      secretScanning: on,
      secretScanningPushProtection: on,
    },
  };
}

function mergeKinds({ mergeKinds: kinds }: RepositoryWithinPlan) {
  return {
    allowSquashMerge: kinds.includes("squash"),
    allowMergeCommit: kinds.includes("merge"),
    allowRebaseMerge: kinds.includes("rebase"),
  };
}

/** @param path of the repository in the API */
export function repositoryReadBack(path: string, settings: RepositoryWithinPlan): ApiSetting {
  const { allowSquashMerge, allowMergeCommit, allowRebaseMerge } = mergeKinds(settings);
  const on = { status: "enabled" };
  return {
    what: "the repository's settings",
    read: path,
    wanted: {
      visibility: settings.visibility,
      // GitHub tells of an empty text as null, or as an empty one.
      ...(settings.description === "" ? {} : { description: settings.description }),
      ...(settings.homepage === "" ? {} : { homepage: settings.homepage }),
      topics: [...settings.topics],
      has_issues: true,
      has_projects: false,
      has_wiki: false,
      default_branch: "main",
      allow_squash_merge: allowSquashMerge,
      allow_merge_commit: allowMergeCommit,
      allow_rebase_merge: allowRebaseMerge,
      allow_auto_merge: settings.autoMerge,
      allow_update_branch: true,
      delete_branch_on_merge: true,
      ...(settings.secretScanning
        ? { security_and_analysis: { secret_scanning: on, secret_scanning_push_protection: on } }
        : {}),
    },
  };
}

/**
 * Settings that the provider has no resource for, or not in every version, by the name of their resource.
 *
 * @param path of the repository in the API
 */
export function repositorySettings(path: string, settings: RepositoryWithinPlan): Record<string, ApiSetting> {
  const actions = { enabled: true, allowed_actions: "selected", sha_pinning_required: true };
  const token = { default_workflow_permissions: "read", can_approve_pull_request_reviews: false };
  return {
    "sha-pinning": {
      what: "actions are pinned by commit",
      read: `${path}/actions/permissions`,
      wanted: actions,
      write: { method: "PUT", path: `${path}/actions/permissions`, body: actions },
    },
    "token-permissions": {
      what: "the workflows' own token only reads",
      read: `${path}/actions/permissions/workflow`,
      wanted: token,
      write: { method: "PUT", path: `${path}/actions/permissions/workflow`, body: token },
    },
    ...(settings.vulnerabilityReports
      ? {
          "vulnerability-reports": {
            what: "private vulnerability reports",
            read: `${path}/private-vulnerability-reporting`,
            wanted: { enabled: true },
            write: { method: "PUT", path: `${path}/private-vulnerability-reporting` },
          },
        }
      : {}),
    ...(settings.codeScanning
      ? {
          "code-scanning": {
            what: "CodeQL",
            read: `${path}/code-scanning/default-setup`,
            wanted: { state: "configured", query_suite: "extended" },
            write: {
              method: "PATCH",
              path: `${path}/code-scanning/default-setup`,
              body: { state: "configured", query_suite: "extended" },
            },
          },
        }
      : {}),
    ...(settings.immutableReleases
      ? {
          "immutable-releases": {
            what: "releases are immutable",
            read: `${path}/immutable-releases`,
            wanted: { enabled: true },
            write: { method: "PUT", path: `${path}/immutable-releases` },
          },
        }
      : {}),
  };
}
