import type { RepositoryWithinPlan } from "../plan/limits.ts";
import { readingOf, seen, type Kind } from "./kind.ts";
import { either, onOff, plain } from "./words.ts";

const allows = ({ mergeKinds }: RepositoryWithinPlan) => ({
  squash: mergeKinds.includes("squash"),
  merge: mergeKinds.includes("merge"),
  rebase: mergeKinds.includes("rebase"),
});

/** What the provider is given of merges. */
export function mergeInputs(settings: RepositoryWithinPlan) {
  const { squash, merge, rebase } = allows(settings);
  return {
    allowSquashMerge: squash,
    allowMergeCommit: merge,
    allowRebaseMerge: rebase,
    allowUpdateBranch: true,
    deleteBranchOnMerge: true,
    // The pull request's title follows the commit convention, so that what lands does as well.
    ...(squash ? { squashMergeCommitTitle: "PR_TITLE", squashMergeCommitMessage: "PR_BODY" } : {}),
    ...(merge ? { mergeCommitTitle: "PR_TITLE", mergeCommitMessage: "PR_BODY" } : {}),
  };
}

/** The same in GitHub's answer, as far as it is read back. */
export function mergeReadBack(settings: RepositoryWithinPlan) {
  const { squash, merge, rebase } = allows(settings);
  return {
    allow_squash_merge: squash,
    allow_merge_commit: merge,
    allow_rebase_merge: rebase,
    ...(settings.autoMerge === undefined ? {} : { allow_auto_merge: settings.autoMerge }),
    allow_update_branch: true,
    delete_branch_on_merge: true,
    ...(squash ? { squash_merge_commit_title: "PR_TITLE", squash_merge_commit_message: "PR_BODY" } : {}),
    ...(merge ? { merge_commit_title: "PR_TITLE", merge_commit_message: "PR_BODY" } : {}),
  };
}

/** How pull requests are merged. */
export const pullRequests: Kind = {
  title: () => "pull requests",
  declare({ repository: settings }) {
    if (settings === undefined) return [];
    const { squash, merge, rebase } = allows(settings);
    const fields = {
      squash,
      mergeCommits: merge,
      rebase,
      ...(settings.autoMerge === undefined ? {} : { autoMerge: settings.autoMerge }),
      updateBranch: true,
      deleteBranch: true,
      ...(squash ? { squashTitle: "PR_TITLE", squashMessage: "PR_BODY" } : {}),
      ...(merge ? { mergeTitle: "PR_TITLE", mergeMessage: "PR_BODY" } : {}),
    };
    return [{ kind: "pull requests", name: "", fields }];
  },
  async read(reader) {
    return readingOf("pull requests", await reader.repository(), (data) => {
      const fields = {
        squash: data.allow_squash_merge,
        mergeCommits: data.allow_merge_commit,
        rebase: data.allow_rebase_merge,
        autoMerge: data.allow_auto_merge,
        updateBranch: data.allow_update_branch,
        deleteBranch: data.delete_branch_on_merge,
        squashTitle: data.squash_merge_commit_title,
        squashMessage: data.squash_merge_commit_message,
        mergeTitle: data.merge_commit_title,
        mergeMessage: data.merge_commit_message,
      };
      return [seen({ kind: "pull requests", name: "" }, fields)];
    });
  },
  words: {
    squash: either("squashing is allowed", "squashing is not allowed"),
    mergeCommits: either("merge commits are allowed", "merge commits are not allowed"),
    rebase: either("rebasing is allowed", "rebasing is not allowed"),
    autoMerge: onOff("auto-merge is"),
    updateBranch: either("GitHub offers to update branches", "GitHub does not offer to update branches"),
    deleteBranch: either("merged branches are deleted", "merged branches stay"),
    squashTitle: plain("a squashed commit's title comes from"),
    squashMessage: plain("a squashed commit's message comes from"),
    mergeTitle: plain("a merge commit's title comes from"),
    mergeMessage: plain("a merge commit's message comes from"),
  },
};
