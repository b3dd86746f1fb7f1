import type { Octokit } from "@octokit/rest";
import type { BuildAttempt } from "../monitoring/builds.ts";
import type { Deployment, Stretch } from "../monitoring/delivery.ts";
import type { Commit, Delivered } from "../monitoring/lead-time.ts";
import { isRefusal, type At } from "./read/reader.ts";

/** GitHub tells of no more results of one question, and does not say so. */
const mostResults = 1_000;
const perPage = 100;
const dayMs = 86_400_000;
/** Shortest stretch that runs are asked for, in ms. */
const shortestMs = 60_000;

/**
 * Every attempt of a workflow on the default branch, of runs that began in the stretch or in the day before it.
 *
 * @param workflow name of its file
 * @throws RequestError where GitHub does not show them
 */
export async function askBuilds(
  { rest }: Octokit,
  at: At,
  { since, until }: Stretch,
  workflow = "ci.yml",
): Promise<BuildAttempt[]> {
  const { default_branch: branch } = (await rest.repos.get(at)).data;
  const asked = { ...at, workflow_id: workflow, branch, exclude_pull_requests: true, per_page: perPage };
  const inStretch = async (from: number, to: number): Promise<Run[]> => {
    const created = `${instant(from)}..${instant(to)}`;
    const first = (await rest.actions.listWorkflowRuns({ ...asked, created })).data;
    if (first.total_count >= mostResults && to - from > shortestMs) {
      const middle = Math.floor((from + to) / 2);
      return [...(await inStretch(from, middle)), ...(await inStretch(middle, to))];
    }
    const runs: Run[] = [...first.workflow_runs];
    for (let page = 2; runs.length < first.total_count; page++) {
      const { workflow_runs: more } = (await rest.actions.listWorkflowRuns({ ...asked, created, page })).data;
      if (more.length === 0) break;
      runs.push(...more);
    }
    return runs;
  };
  const runs = await inStretch(since - dayMs, until);
  const unique = [...new Map(runs.map((run) => [run.id, run])).values()];
  const attempts: BuildAttempt[] = [];
  for (const run of unique) {
    attempts.push(attemptOf(run));
    // A run shows its last attempt only.
    for (let attempt = (run.run_attempt ?? 1) - 1; attempt >= 1; attempt--) {
      const earlier = await rest.actions.getWorkflowRunAttempt({ ...at, run_id: run.id, attempt_number: attempt });
      attempts.push(attemptOf(earlier.data));
    }
  }
  return attempts;
}

/** What is read of a run. */
interface Run {
  readonly id: number;
  readonly run_attempt?: number;
  readonly run_started_at?: string;
  readonly created_at: string;
  readonly updated_at: string;
  readonly conclusion: string | null;
}

const attemptOf = ({ id, run_attempt: attempt = 1, conclusion, ...times }: Run): BuildAttempt => ({
  run: id,
  attempt,
  startedAt: times.run_started_at ?? times.created_at,
  endedAt: times.updated_at,
  conclusion,
});

const instant = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");

/**
 * What each deployment brought beside the last one before it whose version has a tag.
 *
 * @param deployments the oldest first; the first one only says what was there before
 * @throws RequestError where GitHub does not show the repository
 */
export async function askCommits(octokit: Octokit, at: At, deployments: readonly Deployment[]): Promise<Delivered[]> {
  // A repository that is hidden looks like one without tags.
  await octokit.rest.repos.get(at);
  const delivered: Delivered[] = [];
  let before: string | undefined;
  for (const [index, { version, at: promotedAt }] of deployments.entries()) {
    const reference = referenceOf(version);
    const isThere = before === reference || (await knows(octokit, at, reference));
    if (index > 0) {
      const brought = isThere && before !== undefined ? await between(octokit, at, before, reference) : cannotTell;
      delivered.push({ at: promotedAt, ...brought });
    }
    if (isThere) before = reference;
  }
  return delivered;
}

const cannotTell = { brought: null, lost: [] };
const ofCommit = /^sha-([0-9a-f]{7,64})$/;

/** What a version is on GitHub: cd.yml names a version after its tag, or after its commit. */
const referenceOf = (version: string): string =>
  ofCommit.exec(version)?.[1] ?? (version.startsWith("v") ? version : `v${version}`);

async function knows({ rest }: Octokit, at: At, reference: string): Promise<boolean> {
  try {
    if (reference.startsWith("v")) await rest.git.getRef({ ...at, ref: `tags/${reference}` });
    else await rest.repos.getCommit({ ...at, ref: reference });
    return true;
  } catch (error) {
    // 422: no commit begins like that.
    if (isRefusal(error) && [404, 422].includes(error.status)) return false;
    throw error;
  }
}

async function between(octokit: Octokit, at: At, base: string, head: string): Promise<Omit<Delivered, "at">> {
  if (base === head) return { brought: [], lost: [] };
  const { commits, isAhead } = await ahead(octokit, at, `${base}...${head}`);
  return { brought: commits, lost: isAhead ? [] : (await ahead(octokit, at, `${head}...${base}`)).commits };
}

async function ahead({ rest }: Octokit, at: At, basehead: string) {
  const commits: Commit[] = [];
  for (let page = 1; ; page++) {
    const { data } = await rest.repos.compareCommitsWithBasehead({ ...at, basehead, per_page: perPage, page });
    for (const { sha, commit } of data.commits) commits.push({ sha, committedAt: commit.committer?.date ?? "" });
    if (data.commits.length === 0 || commits.length >= data.total_commits)
      return { commits, isAhead: data.behind_by === 0 };
  }
}
