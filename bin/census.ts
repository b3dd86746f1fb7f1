import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { writtenSecrets } from "../github/kinds/secret.ts";
import { askAbout, withinAccount } from "../github/plan/within-account.ts";
import { readerOf } from "../github/read/reader.ts";
import type { GitHubSettings } from "../github/schema.ts";
import { takeCensus, type Census } from "../github/take-census.ts";
import { formatProblem, formatProblems } from "../lib/problem.ts";
import { fail, project, pulumi, type StackConfiguration } from "./stack.ts";

/** Holds GitHub against the stack's configuration; ends the process when that can't be told. */
export async function census({ stack, settings, github, secretNames, token }: StackConfiguration): Promise<Census> {
  try {
    const sections = { ...settings, github };
    const reader = readerOf(github, token);
    const found = await askAbout(reader, sections);
    const { problems, repository, environment } = withinAccount(sections, found);
    if (problems.length > 0) fail(formatProblems(problems));
    const declaration = {
      repository,
      environment,
      github,
      teams: found.teams,
      secrets: {
        repository: secretNames.repositorySecrets,
        dependabot: secretNames.dependabotSecrets,
        environment: secretNames.environmentSecrets,
      },
      written: writtenSecrets(pulumi(["stack", "export", "--stack", stack])),
    };
    return await takeCensus(reader, declaration, environmentsElsewhere(github));
  } catch (error) {
    fail(
      formatProblem({
        path: "slipway:github",
        problem: "GitHub can't be asked",
        got: error instanceof Error ? error.message : String(error),
        allowed: "a token that may administer the repository",
        fix: "export GITHUB_TOKEN=<token>, or pulumi config set --secret github:token <token>",
      }),
    );
  }
}

/** Environments of the repository in the files of this project's stacks: each stack declares its own. */
function environmentsElsewhere({ owner, repository }: GitHubSettings): string[] {
  return readdirSync(project)
    .filter((file) => /^Pulumi\..+\.yaml$/.test(file))
    .flatMap((file) => {
      const { config } = (parse(readFileSync(join(project, file), "utf8")) ?? {}) as {
        config?: Record<string, { owner?: string; repository?: string; name?: string }>;
      };
      const github = config?.["slipway:github"];
      const name = config?.["slipway:environment"]?.name;
      return github?.owner === owner && github.repository === repository && name !== undefined ? [name] : [];
    });
}
