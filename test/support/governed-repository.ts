import type { Octokit } from "@octokit/rest";
import { branchRules } from "../../github/kinds/branch-rules.ts";
import { branchesOf } from "../../github/kinds/defaults.ts";
import {
  branchesStayRuleset,
  branchNamesRuleset,
  branchRuleset,
  mergesRuleset,
  rulesetJson,
  tagRulesets,
} from "../../github/kinds/ruleset.ts";
import type { RepositorySettings } from "../../github/schema.ts";
import type { GitHub } from "../emulators/github/github.ts";
import { client } from "../emulators/github/support.ts";

type CreateRuleset = Parameters<Octokit["rest"]["repos"]["createRepoRuleset"]>[0];

/**
 * Makes a repository of `acme` with its permanent branches under every ruleset of a declaration, through the API and so without the engine. The team
 * `platform` owns its code.
 *
 * @param teams ids by slug, for those that rules name
 */
export async function govern(
  github: GitHub,
  repo: string,
  declared: RepositorySettings,
  teams: Readonly<Record<string, number>> = {},
): Promise<void> {
  const { rest } = client(github, "admin");
  const at = { owner: "acme", repo };
  await rest.repos.createInOrg({
    org: at.owner,
    name: repo,
    private: true,
    auto_init: true,
    delete_branch_on_merge: true,
    allow_rebase_merge: false,
  });
  const permission = "push" as const;
  await rest.teams.addOrUpdateRepoPermissionsInOrg({ org: at.owner, team_slug: "platform", ...at, permission });
  const content = Buffer.from("* @acme/platform\n").toString("base64");
  const path = ".github/CODEOWNERS";
  await rest.repos.createOrUpdateFileContents({ ...at, path, message: "docs: owners of code", content });
  const { data } = await rest.git.getRef({ ...at, ref: "heads/main" });
  const branches = branchesOf(declared);
  for (const name of branches.filter((branch) => branch !== "main")) {
    await rest.git.createRef({ ...at, ref: `refs/heads/${name}`, sha: data.object.sha });
  }
  const rulesets = [
    ...branches.map((branch) => branchRuleset(branchRules(branch, declared), teams)),
    ...branches.flatMap((branch) => mergesRuleset(branchRules(branch, declared)) ?? []),
    branchesStayRuleset(branches),
    ...tagRulesets(declared.tagCreators, {}),
    branchNamesRuleset(declared.branchNames, branches),
  ];
  for (const ruleset of rulesets) {
    await rest.repos.createRepoRuleset({ ...at, ...(rulesetJson(ruleset) as object) } as CreateRuleset);
  }
}
