import { census } from "../github/census.ts";
import { writtenSecrets } from "../github/kinds/secret.ts";
import { lastWaiting } from "../github/plan/unreported-checks.ts";
import type { GitHubSettings } from "../github/schema.ts";
import type { Sections } from "../github/sections.ts";
import type { Census } from "../github/take-census.ts";
import type { Project } from "../settings/stack-files.ts";
import { sideBySide } from "../lib/side-by-side.ts";
import { runEngine, type GovernedStack } from "./engine.ts";

/** Repositories that are asked about at a time. */
export const atOnce = 4;

/** Holds GitHub against each repository of a stack. @throws Error when that can't be told */
export async function censusesOf({ name, sections: all, token, project }: GovernedStack): Promise<readonly Taken[]> {
  const state = await runEngine(["stack", "export", "--stack", name]);
  return sideBySide(all, atOnce, async (sections) => ({
    sections,
    census: await census({
      sections,
      // Only the stack's own repository has values of secrets there.
      ...(sections.listed === undefined ? { written: writtenSecrets(state) } : {}),
      waiting: lastWaiting(state, sections.repository, sections.listed),
      token,
      environmentsElsewhere: environmentsElsewhere(project, sections.github),
    }),
  }));
}

/** One repository, and where GitHub is not as declared. */
export interface Taken {
  readonly sections: Sections;
  readonly census: Census;
}

/** As one document: the stack's own repository as ever, those that it lists by name. */
export function censusJson<Each extends Taken>(taken: readonly Each[], of: (each: Each) => object): object {
  const own = taken.find(({ sections }) => sections.listed === undefined);
  const listed = taken.flatMap((each) =>
    each.sections.listed === undefined ? [] : [[each.sections.listed, of(each)] as const],
  );
  return { ...(own ? of(own) : {}), ...(listed.length > 0 ? { repositories: Object.fromEntries(listed) } : {}) };
}

/** Environments of the repository in the files of this project's stacks: each stack declares its own. */
export function environmentsElsewhere(project: Project, { owner, repository }: GitHubSettings): string[] {
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
