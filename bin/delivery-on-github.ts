import type { Octokit } from "@octokit/rest";
import { buildRows, builds, type Builds } from "../monitoring/builds.ts";
import { deploymentsOf, type Stretch } from "../monitoring/delivery.ts";
import { leadTime, leadTimeRows, type LeadTime } from "../monitoring/lead-time.ts";
import type { Digested } from "../router/telling/digest.ts";
import type { FoundStack } from "./find-stack.ts";

/** A repository, and how it is reached. */
interface Where {
  readonly owner: string;
  readonly repo: string;
  readonly baseUrl?: string;
}

/** What GitHub knows of it, or why nobody could look. */
type OnGitHub = { readonly builds: Builds; readonly leadTime: LeadTime } | { readonly problem: string };

/** @param where nowhere, if no stack says it */
export async function askGitHub(
  where: Where | undefined,
  rollouts: readonly Digested[],
  stretch: Stretch,
): Promise<OnGitHub> {
  const { GITHUB_TOKEN: token = "" } = process.env;
  if (where === undefined)
    return { problem: "no stack declares slipway:github, or several do; --repository <owner/name> names one" };
  if (token === "") return { problem: "GITHUB_TOKEN is not set" };
  const { owner, repo, baseUrl } = where;
  const { connect } = await import("../github/octokit.ts");
  const { askBuilds, askCommits } = await import("../github/ask-delivery.ts");
  const octokit: Octokit = connect(token, baseUrl === undefined ? {} : { baseUrl });
  try {
    const at = { owner, repo };
    const [attempts, delivered] = await Promise.all([
      askBuilds(octokit, at, stretch),
      askCommits(octokit, at, deploymentsOf(rollouts, stretch)),
    ]);
    return { builds: builds(attempts, stretch), leadTime: leadTime(delivered) };
  } catch (error) {
    const got = error instanceof Error ? error.message.split("\n")[0] : String(error);
    return { problem: `${owner}/${repo} does not show it to this token, got ${got ?? ""}` };
  }
}

/** Each figure's name, and what it is, in words; where nobody could look, why. */
export function githubRows(github: OnGitHub): readonly (readonly [string, string])[] {
  if (!("problem" in github)) return [...buildRows(github.builds), ...leadTimeRows(github.leadTime)];
  const said = `could not look: ${github.problem}`;
  return ["build success rate", "build time", "lead time for changes"].map((name) => [name, said] as const);
}

/** The repository that is named; else the stack's own, or the only one of the project. */
export function repositoryOf({ name, entries, project }: FoundStack, named: string | undefined): Where | undefined {
  const declared = (all: FoundStack["entries"]): Where[] => {
    const value = all.find(({ key }) => key === "slipway:github")?.value;
    const { owner, repository, baseUrl } = JSON.parse(value ?? "{}") as Readonly<Record<string, unknown>>;
    if (typeof owner !== "string" || typeof repository !== "string") return [];
    return [{ owner, repo: repository, ...(typeof baseUrl === "string" ? { baseUrl } : {}) }];
  };
  const [own] = declared(entries);
  const others = project.stacks.filter((each) => each !== name).flatMap((each) => declared(project.read(each)));
  const distinct = new Map(others.map((where) => [`${where.owner}/${where.repo}`, where]));
  const found = own ?? (distinct.size === 1 ? [...distinct.values()][0] : undefined);
  if (named === undefined) return found;
  const [owner = "", repo = ""] = named.split("/");
  return { ...found, owner, repo };
}
