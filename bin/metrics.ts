import type { Octokit } from "@octokit/rest";
import { buildRows, builds, type Builds } from "../monitoring/builds.ts";
import { delivery, deliveryLines, deliveryRows, deploymentsOf, type Stretch } from "../monitoring/delivery.ts";
import { leadTime, leadTimeRows, type LeadTime } from "../monitoring/lead-time.ts";
import type { Digested } from "../router/telling/digest.ts";
import { define, oneValue, ownerAndName, type CommonOptions } from "./command.ts";
import { wrongValue } from "./command-problem.ts";
import { askOne, errorsOf } from "./controller.ts";
import { exitCodes } from "./exit-codes.ts";
import { findStack, type FoundStack } from "./find-stack.ts";
import { hostsIn, onEachHost } from "./hosts.ts";

interface MetricsOptions extends CommonOptions {
  /** @default 90 */
  readonly days?: string;
  /** `owner/name`. @default what the stack declares, or the only other one that does */
  readonly repository?: string;
}

/** A repository, and how it is reached. */
interface Where {
  readonly owner: string;
  readonly repo: string;
  readonly baseUrl?: string;
}

/** What GitHub knows of it, or why nobody could look. */
type OnGitHub = { readonly builds: Builds; readonly leadTime: LeadTime } | { readonly problem: string };

const dayMs = 86_400_000;

export const metrics = () =>
  define(
    "metrics",
    "How the stack delivers: deployments, failures, time to recover; builds and lead time by GITHUB_TOKEN",
  )
    .option("--days <number>", "How far to look back, 1 to 3650; 90 by default", dayCount)
    .option("--repository <name>", "Repository on GitHub, where no stack declares one", ownerAndName)
    .action(show);

/** Of several hosts the first one tells of all: what a later one refuses is undone there. */
async function show(options: MetricsOptions): Promise<void> {
  const days = Number(options.days ?? 90);
  const stack = await findStack(options, { section: "slipway:host", changes: false });
  const { hosts } = hostsIn(stack);
  const repository = repositoryOf(stack, options.repository);
  const until = Date.now();
  const stretch = { since: until - days * dayMs, until };
  await onEachHost(hosts.slice(0, 1), options, async (host, tell) => {
    const answer = await askOne(host, ["digest"], errorsOf(hosts, host));
    if (answer.code !== exitCodes.done) return answer;
    const rollouts = answer.result as readonly Digested[];
    const figures = delivery(rollouts, stretch);
    const github = await askGitHub(repository, rollouts, stretch);
    tell(`stack ${host.stack}, the last ${days} days`);
    for (const line of deliveryLines([...deliveryRows(figures), ...githubRows(github)])) tell(line);
    const [from, to] = [stretch.since, until].map((time) => new Date(time).toISOString());
    return { code: answer.code, result: { stack: host.stack, since: from, until: to, ...figures, github } };
  });
}

async function askGitHub(where: Where | undefined, rollouts: readonly Digested[], stretch: Stretch): Promise<OnGitHub> {
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

function githubRows(github: OnGitHub): readonly (readonly [string, string])[] {
  if (!("problem" in github)) return [...buildRows(github.builds), ...leadTimeRows(github.leadTime)];
  const said = `could not look: ${github.problem}`;
  return ["build success rate", "build time", "lead time for changes"].map((name) => [name, said] as const);
}

function repositoryOf({ name, entries, project }: FoundStack, named: string | undefined): Where | undefined {
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

/** @throws InvalidArgumentError */
function dayCount(text: string, before?: string): string {
  const given = oneValue(text, before);
  if (/^[1-9]\d{0,3}$/.test(given) && Number(given) <= 3650) return given;
  throw wrongValue("is no number of days", "a whole number from 1 to 3650");
}
