import { teamRoles } from "../github/kinds/access.ts";
import { planGitHub } from "../github/plan/plan-github.ts";
import type { GitHubSettings } from "../github/schema.ts";
import type { Rules } from "../github/plan/last-rules.ts";
import type { StackSettings } from "../settings/load-settings.ts";
import { Account } from "./github/account.ts";
import { DeploymentEnvironment } from "./github/deployment-environment.ts";
import { fitOlderPlugin } from "./github/older-plugin.ts";
import { Repository } from "./github/repository.ts";

/**
 * Declares the repository with its rules, then the environment and what it takes to enter it.
 *
 * @returns how strict all of it is: the next update may not weaken it unasked
 * @throws pulumi.RunError with everything that GitHub would refuse
 */
export async function governRepository(
  github: GitHubSettings,
  { settings, githubSecrets }: StackSettings,
): Promise<Rules> {
  const planned = await planGitHub({ ...settings, github });
  if (planned.hasOlderPlugin) await fitOlderPlugin();

  const account = new Account("github", planned);
  const repository =
    planned.repository &&
    new Repository("repository", {
      account,
      settings: planned.repository,
      teams: teamRoles(planned),
      secrets: githubSecrets,
    });
  if (planned.environment) {
    const { environment: secrets } = githubSecrets;
    new DeploymentEnvironment("environment", { account, repository, settings: planned.environment, secrets });
  }
  return planned.rules;
}
