import { teamRoles } from "../github/kinds/access.ts";
import { approvalsIn } from "../github/kinds/defaults.ts";
import { sectionsOf } from "../github/sections.ts";
import { planGitHub } from "../github/plan/plan-github.ts";
import type { GitHubSettings } from "../github/schema.ts";
import type { Rules } from "../github/plan/last-rules.ts";
import type { StackSettings } from "../settings/load-settings.ts";
import { Account } from "./github/account.ts";
import { DeploymentEnvironment } from "./github/deployment-environment.ts";
import { fitOlderPlugin } from "./github/older-plugin.ts";
import { Repository } from "./github/repository.ts";

/**
 * Declares the repository with its rules, then the environments and what it takes to enter them.
 *
 * @returns how strict all of it is: the next update may not weaken it unasked
 * @throws pulumi.RunError with everything that GitHub would refuse
 */
export async function governRepository(
  github: GitHubSettings,
  { settings, githubSecrets, githubAppKey }: StackSettings,
): Promise<Rules> {
  const planned = await planGitHub(sectionsOf(settings, github), githubAppKey);
  if (planned.hasOlderPlugin) await fitOlderPlugin();

  const account = new Account("github", {
    ...planned,
    approvals: approvalsIn(planned.environments),
    unreported: planned.repository?.unreported,
  });
  const repository =
    planned.repository &&
    new Repository("repository", {
      account,
      settings: planned.repository,
      teams: teamRoles(planned),
      files: planned.files,
      secrets: githubSecrets,
    });
  for (const environment of planned.environments) {
    const isOwn = environment.name === settings.environment?.name;
    new DeploymentEnvironment(isOwn ? "environment" : `environment-${environment.name}`, {
      account,
      repository,
      settings: environment,
      secrets: isOwn ? githubSecrets.environment : {},
    });
  }
  return planned.rules;
}
