/** Types of commits, as the guide's section "Commit Convention" lists them. */
export const commitTypes = [
  "feat",
  "fix",
  "docs",
  "style",
  "refactor",
  "test",
  "chore",
  "perf",
  "ci",
  "build",
  "revert",
] as const;

/**
 * The first line of a commit: `<type>(<scope>): <subject>`, with `!` for a breaking change. Written so that Bash, Python and JavaScript
 * read it alike: the hook, the check of pull requests and the changelog all use this one.
 */
export const commitRule = `^(${commitTypes.join("|")})(\\([a-z0-9][a-z0-9._/-]*\\))?!?: [^ ].*$`;

/** Kinds of branches that may come by pull request: the guide's, those that merges go between, and Dependabot's. */
export const branchRule =
  "^((feature|bugfix|hotfix)/[a-z0-9][a-z0-9._-]*|release/v[0-9]+\\.[0-9]+\\.[0-9]+|main|develop|dependabot/.+)$";

/** The same for people. */
export const branchKinds = "feature/…, bugfix/…, hotfix/…, release/v1.2.3, main and develop";
