import { teamRoles } from "../github/kinds/access.ts";
import { checksOf } from "../github/kinds/branch-rules.ts";
import { approvalsIn, branchesOf } from "../github/kinds/defaults.ts";
import { prefixOf } from "../github/listed.ts";
import { allSections } from "../github/sections.ts";
import { environmentComponent } from "../github/plan/unfinished.ts";
import { planGitHub } from "../github/plan/plan-github.ts";
import type { PlannedRepository } from "../github/plan/plan-repository.ts";
import type { AccountSettings } from "../github/schema.ts";
import type { Rules } from "../github/plan/last-rules.ts";
import type { StackSettings } from "../settings/load-settings.ts";
import { Login, type PolicyFacts } from "./github/account.ts";
import { DeploymentEnvironment } from "./github/deployment-environment.ts";
import { fitOlderPlugin } from "./github/older-plugin.ts";
import { Repository } from "./github/repository.ts";

/**
 * Declares each repository with its rules, then its environments and what it takes to enter them.
 *
 * @returns how strict all of it is: the next update may not weaken it unasked
 * @throws pulumi.RunError with everything that GitHub would refuse
 */
export async function governRepositories(
  github: AccountSettings,
  { settings, githubSecrets, githubAppKey }: StackSettings,
): Promise<Rules> {
  const planned = await planGitHub(github, allSections(settings), githubAppKey);
  if (planned.hasOlderPlugin) await fitOlderPlugin();

  const own = planned.repositories.find(({ listed }) => listed === undefined);
  const listed = planned.repositories.flatMap((each) =>
    each.listed === undefined ? [] : [[each.listed, factsOf(each)] as const],
  );
  const facts = own ? factsOf(own) : { approvals: [] };
  const login = new Login("github", { ...planned, github, ...facts, listed: Object.fromEntries(listed) });
  for (const each of planned.repositories) declare(each);
  return planned.rules;

  function declare(each: PlannedRepository): void {
    const account = login.to(each);
    const prefix = prefixOf(each.listed);
    const isOwn = each.listed === undefined;
    const repository =
      each.repository &&
      new Repository(`${prefix}repository`, {
        account,
        settings: each.repository,
        teams: teamRoles(each),
        files: each.files,
        secrets: isOwn ? githubSecrets : { repository: {}, dependabot: {}, webhooks: githubSecrets.webhooks },
      });
    for (const environment of each.environments) {
      const isTheOne = isOwn && environment.name === settings.environment?.name;
      const name = environmentComponent(
        { listed: each.listed, ownEnvironment: settings.environment?.name },
        environment.name,
      );
      new DeploymentEnvironment(name, {
        account,
        repository,
        settings: environment,
        secrets: isTheOne ? githubSecrets.environment : {},
      });
    }
  }
}

const factsOf = ({ environments, repository }: PlannedRepository): PolicyFacts => ({
  approvals: approvalsIn(environments),
  ...(repository ? { checks: checksOf(repository), unreported: repository.unreported, kept: repository.kept } : {}),
  // Said only where it is another: what is usual would be a change of every stack.
  ...(repository && repository.branchModel !== "gitflow" ? { branches: branchesOf(repository) } : {}),
});
