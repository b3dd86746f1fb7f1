import type { Json } from "../compare.ts";

type Parameters = Readonly<Record<string, Json>>;

/** Every way to merge: a rule that allows them all says nothing. */
const mergeMethods = ["merge", "squash", "rebase"];

interface RequiredReviewer {
  readonly minimum_approvals: number;
  readonly file_patterns: readonly string[];
  readonly reviewer: { readonly id: number; readonly type: string };
}

/**
 * What a rule about pull requests asks for beside what a stack can say, each in words that stand for a rule: one way to merge, and reviewers of
 * some files.
 *
 * @param teams names by id
 */
export function askedBeside(pull: Parameters, teams: Readonly<Record<number, string>>): string[] {
  const methods = (pull.allowed_merge_methods ?? mergeMethods) as readonly string[];
  const reviewers = (pull.required_reviewers ?? []) as unknown as readonly RequiredReviewer[];
  return [
    ...(mergeMethods.every((method) => methods.includes(method))
      ? []
      : [`merges by ${[...methods].sort().join(" or ")} only`]),
    ...reviewers.map(({ minimum_approvals: count, file_patterns: files, reviewer: { id, type } }) => {
      const name = type === "Team" ? `team:${teams[id] ?? id}` : `${type} ${id}`;
      return `${count} ${count === 1 ? "approval" : "approvals"} by ${name} for ${files.join(", ")}`;
    }),
  ];
}
