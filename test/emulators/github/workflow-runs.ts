// Runs of workflows that wait for reviewers, and their answers. Who runs the jobs asks `waitForReview`.
import type { Actor } from "./accounts.ts";
import { nodeId } from "./accounts.ts";
import type { Call, Handlers } from "./call.ts";
import { ok } from "./call.ts";
import type { Environment } from "./environments.ts";
import { notFound, unprocessable } from "./errors.ts";
import type { Repository } from "./repository.ts";
import { fullName } from "./repository.ts";
import type { World } from "./world.ts";

interface Pending {
  environment: Environment;
  decide: (verdict: "approved" | "rejected") => void;
}

export interface WorkflowRun {
  id: number;
  repository: Repository;
  /** Who started it. */
  actor: Actor | undefined;
  pending: Pending[];
}

export function startRun(world: World, repository: Repository, actor: Actor | undefined): WorkflowRun {
  const run = { id: world.nextId(), repository, actor, pending: [] };
  world.runs.push(run);
  return run;
}

/** Resolves at once for an environment without reviewers. */
export function waitForReview(run: WorkflowRun, environment: Environment): Promise<"approved" | "rejected"> {
  if (environment.reviewers.length === 0) return Promise.resolve("approved");
  return new Promise((resolve) => {
    const pending: Pending = {
      environment,
      decide: (verdict) => {
        run.pending.splice(run.pending.indexOf(pending), 1);
        resolve(verdict);
      },
    };
    run.pending.push(pending);
  });
}

function find(call: Call): WorkflowRun {
  const repository = call.repository();
  const run = call.world.runs.find((one) => one.repository === repository && String(one.id) === call.param("run_id"));
  if (run === undefined) throw notFound();
  return run;
}

function mayReview(run: WorkflowRun, { reviewers, preventSelfReview }: Environment, actor: Actor | undefined): boolean {
  if (actor?.kind !== "user" || (preventSelfReview && actor === run.actor)) return false;
  const { owner } = run.repository;
  const teams = owner.kind === "organization" ? owner.teams : [];
  return reviewers.some(({ type, id }) =>
    type === "User" ? id === actor.id : teams.some((team) => team.id === id && team.members.has(actor.login)),
  );
}

export const workflowRuns: Handlers = {
  "actions/get-pending-deployments-for-run"(call) {
    const run = find(call);
    return ok(
      run.pending.map(({ environment }) => {
        const { id, name, waitTimer } = environment;
        return {
          environment: {
            id,
            node_id: nodeId("EN", id),
            name,
            url: `${call.world.url}/api/v3/repos/${fullName(run.repository)}/environments/${name}`,
            html_url: `${call.world.url}/${fullName(run.repository)}/deployments`,
          },
          wait_timer: waitTimer,
          wait_timer_started_at: null,
          current_user_can_approve: mayReview(run, environment, call.actor),
          reviewers: [],
        };
      }),
    );
  },
  "actions/review-pending-deployments-for-run"(call) {
    const run = find(call);
    const { environment_ids, state } = call.body;
    const wanted = run.pending.filter(({ environment }) => environment_ids.includes(environment.id));
    if (wanted.length !== environment_ids.length) throw unprocessable("Environment is not waiting for a review.");
    if (wanted.some(({ environment }) => !mayReview(run, environment, call.actor)))
      throw unprocessable("You are not allowed to review this deployment.");
    for (const { decide } of wanted) decide(state);
    return ok([]);
  },
};
