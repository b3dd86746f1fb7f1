/** One action of somebody else, at one commit. Inputs and outputs are those of its action.yml at that commit. */
interface LockedAction {
  /** The release that the commit was, for people and for updates. */
  readonly tag: string;
  readonly commit: string;
  /** Day of the commit, ISO 8601. */
  readonly date: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/**
 * The only place that names actions. Everything else that workflows do is a `run` step, because a `uses` step cannot be tried before it is
 * merged. The key is what `uses` says before the `@`.
 */
export const actions = {
  "actions/checkout": {
    tag: "v7.0.1",
    commit: "3d3c42e5aac5ba805825da76410c181273ba90b1",
    date: "2026-07-17",
    inputs: [
      "allow-unsafe-pr-checkout",
      "clean",
      "fetch-depth",
      "fetch-tags",
      "filter",
      "github-server-url",
      "lfs",
      "path",
      "persist-credentials",
      "ref",
      "repository",
      "set-safe-directory",
      "show-progress",
      "sparse-checkout",
      "sparse-checkout-cone-mode",
      "ssh-key",
      "ssh-known-hosts",
      "ssh-strict",
      "ssh-user",
      "submodules",
      "token",
    ],
    outputs: ["commit", "ref"],
  },
  "actions/setup-python": {
    tag: "v7.0.0",
    commit: "5fda3b95a4ea91299a34e894583c3862153e4b97",
    date: "2026-07-19",
    inputs: [
      "allow-prereleases",
      "architecture",
      "cache",
      "cache-dependency-path",
      "check-latest",
      "freethreaded",
      "pip-version",
      "python-version",
      "python-version-file",
      "token",
      "update-environment",
    ],
    outputs: ["cache-hit", "python-path", "python-version"],
  },
  "actions/upload-artifact": {
    tag: "v7.0.0",
    commit: "bbbca2ddaa5d8feaa63e36b76fdaad77386f024f",
    date: "2026-02-25",
    inputs: [
      "archive",
      "compression-level",
      "if-no-files-found",
      "include-hidden-files",
      "name",
      "overwrite",
      "path",
      "retention-days",
    ],
    outputs: ["artifact-digest", "artifact-id", "artifact-url"],
  },
  "actions/download-artifact": {
    tag: "v8.0.1",
    commit: "3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c",
    date: "2026-03-11",
    inputs: [
      "artifact-ids",
      "digest-mismatch",
      "github-token",
      "merge-multiple",
      "name",
      "path",
      "pattern",
      "repository",
      "run-id",
      "skip-decompress",
    ],
    outputs: ["download-path"],
  },
  "github/codeql-action/upload-sarif": {
    tag: "v4.36.2",
    commit: "8aad20d150bbac5944a9f9d289da16a4b0d87c1e",
    date: "2026-06-04",
    inputs: ["category", "checkout_path", "matrix", "ref", "sarif_file", "sha", "token", "wait-for-processing"],
    outputs: ["sarif-id", "sarif-ids"],
  },
  "codecov/codecov-action": {
    tag: "v5.5.2",
    commit: "671740ac38dd9b0130fbe1cec585b89eea48d3de",
    date: "2025-12-10",
    inputs: [
      "base_sha",
      "binary",
      "codecov_yml_path",
      "commit_parent",
      "directory",
      "disable_file_fixes",
      "disable_safe_directory",
      "disable_search",
      "disable_telem",
      "dry_run",
      "env_vars",
      "exclude",
      "fail_ci_if_error",
      "files",
      "flags",
      "force",
      "gcov_args",
      "gcov_executable",
      "gcov_ignore",
      "gcov_include",
      "git_service",
      "handle_no_reports_found",
      "job_code",
      "name",
      "network_filter",
      "network_prefix",
      "os",
      "override_branch",
      "override_build",
      "override_build_url",
      "override_commit",
      "override_pr",
      "plugins",
      "recurse_submodules",
      "report_code",
      "report_type",
      "root_dir",
      "run_command",
      "skip_validation",
      "slug",
      "swift_project",
      "token",
      "url",
      "use_legacy_upload_endpoint",
      "use_oidc",
      "use_pypi",
      "verbose",
      "version",
      "working-directory",
    ],
    outputs: [],
  },
} as const satisfies Record<string, LockedAction>;

export type ActionName = keyof typeof actions;

/** What `uses` says: the action at its commit. */
export function actionReference(action: ActionName): string {
  return `${action}@${actions[action].commit}`;
}
