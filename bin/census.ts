import { census } from "../github/census.ts";
import type { GitHubSettings } from "../github/schema.ts";
import { writtenSecrets } from "../github/kinds/secret.ts";
import type { Census } from "../github/take-census.ts";
import { sectionsOf } from "../github/sections.ts";
import { lastUnreported } from "../github/plan/unreported-checks.ts";
import { runEngine, type GovernedStack } from "./engine.ts";
import type { Project } from "../settings/stack-files.ts";

/** Holds GitHub against a stack. @throws Error when that can't be told */
export async function censusOf({ name, settings, github, token, project }: GovernedStack): Promise<Census> {
  const state = await runEngine(["stack", "export", "--stack", name]);
  return census({
    sections: sectionsOf(settings, github),
    written: writtenSecrets(state),
    unreported: lastUnreported(state),
    token,
    environmentsElsewhere: environmentsElsewhere(project, github),
  });
}

/** Environments of the repository in the files of this project's stacks: each stack declares its own. */
function environmentsElsewhere(project: Project, { owner, repository }: GitHubSettings): string[] {
  return project.stacks.flatMap((stack) => {
    const section = (key: string) => {
      const value = project.read(stack).find((entry) => entry.key === `slipway:${key}`)?.value;
      return JSON.parse(value ?? "{}") as Record<string, unknown>;
    };
    const github = section("github");
    const { name } = section("environment");
    if (github.owner !== owner || github.repository !== repository) return [];
    return [...(typeof name === "string" ? [name] : []), ...Object.keys(section("environments"))];
  });
}
