import { Document } from "yaml";
import { linters } from "./ci/linters.ts";
import { defaultCiSettings, type CiSettings } from "./ci/settings.ts";
import { commitRule, commitTypes } from "./commit-rule.ts";

const heading = ` Rendered by Slipway from its typed model of ci.yml. Changes made here are lost: change the configuration or the model.
 Once in a clone, with the tools of requirements-dev installed: pre-commit install`;

/**
 * The service's .pre-commit-config.yaml: what ci.yml would say of a commit, by the same commands and the same versions, which are those of
 * the locked environment that the hooks run in.
 */
export function hooksFile(changes: Partial<CiSettings> = {}): string {
  const settings = { ...defaultCiSettings, ...changes };
  const local = (id: string, name: string, entry: string, rest: object) => ({
    id,
    name,
    entry,
    language: "system",
    ...rest,
  });
  const document = new Document({
    default_install_hook_types: ["pre-commit", "commit-msg"],
    default_stages: ["pre-commit"],
    repos: [
      {
        repo: "local",
        hooks: [
          ...linters(settings).map(({ name, check }) =>
            local(name.toLowerCase(), name, check, { types: ["python"], pass_filenames: false }),
          ),
          local("detect-secrets", "detect-secrets", "detect-secrets-hook --no-verify --baseline .secrets.baseline", {
            exclude: "^\\.secrets\\.baseline$",
          }),
          {
            id: "commit-message",
            name: `Commit message: <type>(<scope>): <subject> with one of ${commitTypes.join(", ")}`,
            language: "pygrep",
            entry: localCommitRule,
            args: ["--multiline", "--negate"],
            stages: ["commit-msg"],
          },
        ],
      },
    ],
  });
  document.commentBefore = heading;
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

/** A clone may also hold merges, and commits that `git rebase --autosquash` will melt into others before they are pushed. */
const localCommitRule = `\\A(?:Merge |(?:fixup|squash|amend)! |${commitRule.replace(/^\^|\$$/g, "")}$)`;
