// Check runs, which apps report, and commit statuses, which anyone with write access may.
import type { Actor, App } from "./accounts.ts";
import { nodeId } from "./accounts.ts";
import type { Call, Handlers } from "./call.ts";
import { created, ok } from "./call.ts";
import { forbidden, notFound, unprocessable } from "./errors.ts";
import type { Repository } from "./repository.ts";
import { fullName } from "./repository.ts";
import { shownActor, shownApp } from "./shown.ts";
import type { World } from "./world.ts";
import { now } from "./world.ts";

export interface Check {
  id: number;
  name: string;
  head_sha: string;
  status: "queued" | "in_progress" | "completed";
  conclusion: string | null;
  started_at: string;
  completed_at: string | null;
  app: App;
}

export interface CommitStatus {
  id: number;
  sha: string;
  context: string;
  state: "error" | "failure" | "pending" | "success";
  creator: Actor | undefined;
  time: string;
}

function shownCheck(world: World, repository: Repository, check: Check): object {
  const { app, ...rest } = check;
  return {
    ...rest,
    node_id: nodeId("CR", check.id),
    external_id: "",
    url: `${world.url}/api/v3/repos/${fullName(repository)}/check-runs/${check.id}`,
    html_url: `${world.url}/${fullName(repository)}/runs/${check.id}`,
    details_url: null,
    output: {
      title: null,
      summary: null,
      text: null,
      annotations_count: 0,
      annotations_url: `${world.url}/api/v3/repos/${fullName(repository)}/check-runs/${check.id}/annotations`,
    },
    check_suite: null,
    app: shownApp(world, app),
    pull_requests: [],
  };
}

function shownStatus(
  world: World,
  repository: Repository,
  { id, sha, context, state, creator, time }: CommitStatus,
): object {
  return {
    id,
    node_id: nodeId("SC", id),
    url: `${world.url}/api/v3/repos/${fullName(repository)}/statuses/${sha}`,
    avatar_url: null,
    state,
    description: null,
    target_url: null,
    context,
    created_at: time,
    updated_at: time,
    creator: creator ? shownActor(world, creator) : null,
  };
}

function appOf(call: Call): App {
  if (call.actor?.kind !== "app") throw forbidden("You must authenticate via a GitHub App.");
  return call.actor;
}

async function commitOf(repository: Repository, name: string): Promise<string> {
  const sha = (await repository.git.commitOf(`refs/heads/${name}`)) ?? (await repository.git.commitOf(name));
  if (sha === undefined) throw unprocessable(`No commit found for SHA: ${name}`);
  return sha;
}

/** A job begins, and says later what it came to. */
export function beginCheck(world: World, repository: Repository, run: Pick<Check, "name" | "head_sha" | "app">): Check {
  const begun = { id: world.nextId(), conclusion: null, started_at: now(), completed_at: null };
  const check: Check = { ...begun, status: "in_progress", ...run };
  repository.checks.push(check);
  return check;
}

export function endCheck(check: Check, conclusion: string): void {
  Object.assign(check, { status: "completed", conclusion, completed_at: now() });
}

export const checks: Handlers = {
  async "checks/create"(call) {
    const repository = call.repository("write");
    const app = appOf(call);
    const { name, head_sha, status, conclusion } = call.body as {
      name: string;
      head_sha: string;
      status?: Check["status"];
      conclusion?: string;
    };
    const check: Check = {
      id: call.world.nextId(),
      name,
      head_sha: await commitOf(repository, head_sha),
      status: conclusion === undefined ? (status ?? "queued") : "completed",
      conclusion: conclusion ?? null,
      started_at: now(),
      completed_at: conclusion === undefined ? null : now(),
      app,
    };
    repository.checks.push(check);
    return created(shownCheck(call.world, repository, check));
  },
  "checks/update"(call) {
    const repository = call.repository("write");
    const app = appOf(call);
    const check = repository.checks.find(({ id }) => String(id) === call.param("check_run_id"));
    if (check === undefined) throw notFound();
    if (check.app !== app) throw forbidden("Invalid app_id. You can only update check runs that your app made.");
    const { status, conclusion } = call.body as { status?: Check["status"]; conclusion?: string };
    check.status = conclusion === undefined ? (status ?? check.status) : "completed";
    check.conclusion = conclusion ?? check.conclusion;
    check.completed_at = check.status === "completed" ? now() : null;
    return ok(shownCheck(call.world, repository, check));
  },
  async "checks/list-for-ref"(call) {
    const repository = call.repository();
    const sha = await commitOf(repository, call.param("ref"));
    const { check_name, app_id } = call.query;
    const found = repository.checks.filter(
      (check) =>
        check.head_sha === sha &&
        (check_name === undefined || check.name === check_name) &&
        (app_id === undefined || String(check.app.id) === app_id),
    );
    return call.list(
      found.map((check) => shownCheck(call.world, repository, check)),
      "check_runs",
    );
  },
  async "repos/create-commit-status"(call) {
    const repository = call.repository("write");
    const { state, context = "default" } = call.body;
    const sha = await commitOf(repository, call.param("sha"));
    const status: CommitStatus = { id: call.world.nextId(), sha, context, state, creator: call.actor, time: now() };
    repository.statuses.push(status);
    return created(shownStatus(call.world, repository, status));
  },
  async "repos/list-commit-statuses-for-ref"(call) {
    const repository = call.repository();
    const sha = await commitOf(repository, call.param("ref"));
    const found = repository.statuses.filter((status) => status.sha === sha).reverse();
    return call.list(found.map((status) => shownStatus(call.world, repository, status)));
  },
};
