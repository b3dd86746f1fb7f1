import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { Finding } from "../github/drift.ts";
import { connect } from "../github/octokit.ts";
import type { GitHubSettings } from "../github/schema.ts";
import { writtenSecrets } from "../github/secrets.ts";
import { takeCensus } from "../github/take-census.ts";
import { declaredGuards } from "../github/weakening/declared.ts";
import { loosenings, type Loosening } from "../github/weakening/loosenings.ts";
import { presentGuards } from "../github/weakening/present.ts";
import { askAbout, withinAccount } from "../github/within-account.ts";
import { formatProblem, formatProblems } from "../lib/problem.ts";
import { fail, project, pulumi, type StackConfiguration } from "./stack.ts";

/** Where GitHub is not as declared. */
export interface Census {
  readonly findings: readonly Finding[];
  /** Those of its rules that are weaker than declared. */
  readonly weakened: readonly Loosening[];
}

/** Holds GitHub against the stack's configuration; ends the process when that can't be told. */
export async function census({ stack, settings, github, secretNames, token }: StackConfiguration): Promise<Census> {
  try {
    const sections = { ...settings, github };
    const found = await askAbout(sections, token);
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
    const octokit = connect(token, github);
    const [findings, present] = await Promise.all([
      takeCensus(octokit, declaration, environmentsElsewhere(github)),
      presentGuards(octokit, github, declaration, found),
    ]);
    return { findings, weakened: loosenings(declaredGuards(declaration), present) };
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
