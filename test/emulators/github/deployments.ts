// Deployments: as much as the environments' branch and tag policies need.
import type { Actor } from "./accounts.ts";
import { nodeId } from "./accounts.ts";
import type { Call, Handlers } from "./call.ts";
import { created, ok } from "./call.ts";
import { addEnvironment, admits, findEnvironment } from "./environments.ts";
import { notFound, unprocessable } from "./errors.ts";
import type { Repository } from "./repository.ts";
import { fullName } from "./repository.ts";
import { shownUser } from "./shown.ts";
import { now } from "./world.ts";

export interface Deployment {
  id: number;
  sha: string;
  ref: string;
  environment: string;
  creator: Actor | undefined;
  createdAt: string;
  statuses: { id: number; state: string; time: string }[];
}

function shown(
  call: Call,
  repository: Repository,
  { id, sha, ref, environment, creator, createdAt }: Deployment,
): object {
  const api = `${call.world.url}/api/v3/repos/${fullName(repository)}`;
  return {
    id,
    node_id: nodeId("DE", id),
    url: `${api}/deployments/${id}`,
    statuses_url: `${api}/deployments/${id}/statuses`,
    repository_url: api,
    sha,
    ref,
    task: "deploy",
    payload: {},
    original_environment: environment,
    environment,
    description: null,
    creator: creator?.kind === "user" ? shownUser(call.world, creator) : null,
    created_at: createdAt,
    updated_at: createdAt,
    transient_environment: false,
    production_environment: environment === "production",
  };
}

function find(call: Call, repository: Repository): Deployment {
  const deployment = repository.deployments.find(({ id }) => String(id) === call.param("deployment_id"));
  if (deployment === undefined) throw notFound();
  return deployment;
}

function shownStatus(
  call: Call,
  repository: Repository,
  deployment: Deployment,
  status: Deployment["statuses"][number],
): object {
  const api = `${call.world.url}/api/v3/repos/${fullName(repository)}`;
  return {
    id: status.id,
    node_id: nodeId("DES", status.id),
    url: `${api}/deployments/${deployment.id}/statuses/${status.id}`,
    state: status.state,
    creator: deployment.creator?.kind === "user" ? shownUser(call.world, deployment.creator) : null,
    description: "",
    environment: deployment.environment,
    target_url: `${call.world.url}/${fullName(repository)}/actions`,
    log_url: `${call.world.url}/${fullName(repository)}/actions`,
    environment_url: `${call.world.url}/${fullName(repository)}/deployments`,
    created_at: status.time,
    updated_at: status.time,
    deployment_url: `${api}/deployments/${deployment.id}`,
    repository_url: api,
  };
}

export const deployments: Handlers = {
  "repos/list-deployments"(call) {
    const repository = call.repository();
    const { environment, ref, sha } = call.query;
    const wanted = repository.deployments.filter(
      (one) =>
        (environment === undefined || one.environment === environment) &&
        (ref === undefined || one.ref === ref) &&
        (sha === undefined || one.sha === sha),
    );
    return call.list([...wanted].reverse().map((one) => shown(call, repository, one)));
  },
  async "repos/create-deployment"(call) {
    const repository = call.repository("write");
    const { ref, environment: name = "production" } = call.body;
    const { git } = repository;
    const full = (await git.commitOf(`refs/heads/${ref}`)) !== undefined ? `refs/heads/${ref}` : `refs/tags/${ref}`;
    const sha = (await git.commitOf(full)) ?? (await git.commitOf(ref));
    if (sha === undefined) throw unprocessable(`No ref found for: ${ref}`);
    // A name that nobody declared makes a bare, unprotected environment (CUDly#1896).
    const environment = findEnvironment(repository, name) ?? (await addEnvironment(call.world, repository, name));
    if (!admits(environment, repository, full)) {
      throw unprocessable(
        `Branch or tag "${ref}" is not allowed to deploy to ${environment.name} due to environment protection rules.`,
      );
    }
    const deployment: Deployment = {
      id: call.world.nextId(),
      sha,
      ref,
      environment: environment.name,
      creator: call.actor,
      createdAt: now(),
      statuses: [],
    };
    repository.deployments.push(deployment);
    return created(shown(call, repository, deployment));
  },
  "repos/get-deployment"(call) {
    const repository = call.repository();
    return ok(shown(call, repository, find(call, repository)));
  },
  "repos/create-deployment-status"(call) {
    const repository = call.repository("write");
    const deployment = find(call, repository);
    const status = { id: call.world.nextId(), state: call.body.state, time: now() };
    deployment.statuses.push(status);
    return created(shownStatus(call, repository, deployment, status));
  },
  "repos/list-deployment-statuses"(call) {
    const repository = call.repository();
    const deployment = find(call, repository);
    return call.list(
      [...deployment.statuses].reverse().map((status) => shownStatus(call, repository, deployment, status)),
    );
  },
};
