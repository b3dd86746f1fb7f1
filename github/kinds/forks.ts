import type { ApiSetting } from "../api-setting.ts";
import type { RepositoryWithinPlan } from "../plan/limits.ts";
import { isOn } from "../read/reader.ts";
import { forkApprovals } from "./defaults.ts";
import { levels, type RuleValue } from "./directions.ts";
import { seen, stated, type Fields, type Kind, type ObjectGuards, type Rule } from "./kind.ts";
import { either, oneOf } from "./words.ts";

type Choice = Pick<RepositoryWithinPlan, "forkApproval" | "privateForks">;

/** GitHub keeps them apart by visibility, and answers 404 to the other. */
const approvalOf = (path: string) => `${path}/actions/permissions/fork-pr-contributor-approval`;
const privateOf = (path: string) => `${path}/actions/permissions/fork-pr-workflows-private-repos`;

/** In a private repository; where none runs, nothing else is said. */
const privateBody = ({ run, writeTokens, secrets, approval }: NonNullable<Choice["privateForks"]>) => ({
  run_workflows_from_fork_pull_requests: run,
  ...(run
    ? {
        send_write_tokens_to_workflows: writeTokens,
        send_secrets_and_variables: secrets,
        require_approval_for_fork_pr_workflows: approval,
      }
    : {}),
});

/** What pull requests from forks may run, as it has to be. @param path of the repository in the API */
export function forkSettings(path: string, { forkApproval, privateForks }: Choice): ApiSetting[] {
  const put = (what: string, at: string, wanted: Readonly<Record<string, string | boolean>>): ApiSetting => {
    return { what, read: at, wanted, write: { method: "PUT", path: at, body: wanted } };
  };
  return [
    ...(forkApproval ? [put("yes to forks' workflows", approvalOf(path), { approval_policy: forkApproval })] : []),
    ...(privateForks ? [put("forks' workflows", privateOf(path), privateBody(privateForks))] : []),
  ];
}

/** What a repository of the other visibility has not is the weakest. */
const never = levels("none", "yes", "no");

const rules: Readonly<Record<string, Rule>> = {
  forkApproval: { words: "yes to workflows of forks", direction: levels("none", ...forkApprovals) },
  forksRun: { words: "workflows of forks run", direction: never },
  forksWrite: { words: "workflows of forks may write", direction: never },
  forkSecrets: { words: "workflows of forks get secrets", direction: never },
  forksWait: { words: "workflows of forks wait for a yes", direction: levels("none", "no", "yes") },
};

/** What does not run does nothing else, and waits as well. */
const notRunning: Fields = { forksRun: false, forksWrite: false, forkSecrets: false, forksWait: true };

const guards = (fields: Fields): ObjectGuards => {
  const all = Object.entries(fields.forksRun === false ? { ...fields, ...notRunning } : fields);
  return Object.fromEntries(
    all.map(([name, value]) => [name, typeof value === "boolean" ? (value ? "yes" : "no") : (value as RuleValue)]),
  );
};

/** What a pull request from a fork may run: code of anybody, before anybody has looked at it. */
export const forks: Kind = {
  title: () => "workflows of forks",
  declare({ repository: { forkApproval, privateForks } = {} }) {
    if (forkApproval === undefined && privateForks === undefined) return [];
    const { run = false, writeTokens, secrets, approval } = privateForks ?? {};
    const inside = { forksWrite: writeTokens, forkSecrets: secrets, forksWait: approval };
    const fields = { forkApproval, ...(privateForks ? { forksRun: run, ...(run ? inside : {}) } : {}) };
    return [{ kind: "forks", name: "", fields: stated(fields) }];
  },
  async read(reader) {
    const repository = await reader.repository();
    const isPublic = repository.is === "there" && repository.value.visibility === "public";
    const at = isPublic ? approvalOf : privateOf;
    const answer = await reader.ask("workflows of forks", async (octokit, { owner, repo }) => {
      return (await octokit.request(`GET ${at(`/repos/${owner}/${repo}`)}`)).data as Readonly<Record<string, unknown>>;
    });
    if (answer.is === "absent") return { things: [], hidden: [] };
    const told = (name: string) => isOn(answer, (value) => value[name] === true);
    const fields = isPublic
      ? { forkApproval: answer.is === "there" ? String(answer.value.approval_policy) : undefined }
      : {
          forksRun: told("run_workflows_from_fork_pull_requests"),
          forksWrite: told("send_write_tokens_to_workflows"),
          forkSecrets: told("send_secrets_and_variables"),
          forksWait: told("require_approval_for_fork_pr_workflows"),
        };
    return { things: [seen({ kind: "forks", name: "" }, fields)], hidden: [] };
  },
  words: {
    forkApproval: oneOf(
      {
        first_time_contributors_new_to_github: "only who is new to GitHub waits for a yes",
        first_time_contributors: "whoever contributes first waits for a yes",
        all_external_contributors: "everybody from outside waits for a yes",
      },
      "who waits for a yes is",
    ),
    forksRun: either("they run", "they do not run"),
    forksWrite: either("their token may write", "their token may only read"),
    forkSecrets: either("they get secrets", "they get no secrets"),
    forksWait: either("each waits for a yes", "none waits for a yes"),
  },
  undeclared: ({ fields }) =>
    fields.forksRun === true
      ? "run, and nobody declared it"
      : "wait only for who is new to GitHub, and nobody declared it",
  // GitHub's default, or more.
  isExpected: ({ fields: { forkApproval, forksRun } }) => forkApproval !== forkApprovals[0] && forksRun !== true,
  object: () => "actions",
  rules,
  guards,
};
