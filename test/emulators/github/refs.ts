// Branches and git references through the API.
import { nodeId } from "./accounts.ts";
import { protectionOf } from "./branch-protection.ts";
import type { Call, Handlers } from "./call.ts";
import { created, noContent, ok } from "./call.ts";
import { shownCommit } from "./commits.ts";
import { conflict, invalid, notFound, unprocessable } from "./errors.ts";
import { zero } from "./git.ts";
import { allows } from "./plans.ts";
import { moveRef } from "./pushes.ts";
import type { Repository } from "./repository.ts";
import { fullName } from "./repository.ts";
import type { RefChange } from "./rules.ts";
import { holding, pushViolations } from "./rules.ts";
import type { World } from "./world.ts";

/** @throws the 422 with every rule that the change breaks for the caller. */
export async function requireRules(call: Call, repository: Repository, change: RefChange): Promise<void> {
  const violations = await pushViolations(repository, call.actor, change);
  if (violations.length === 0) return;
  throw unprocessable(
    `Repository rule violations found\n\n${violations.map(({ message }) => message).join("\n\n")}\n\n`,
  );
}

async function shownRef(world: World, repository: Repository, ref: string): Promise<object> {
  const api = `${world.url}/api/v3/repos/${fullName(repository)}/git`;
  const sha = (await repository.git.resolve(ref)) ?? "";
  const type = (await repository.git.run(["cat-file", "-t", sha])).trim();
  return {
    ref,
    node_id: `REF_${Buffer.from(`${repository.id}:${ref}`).toString("base64url")}`,
    url: `${api}/${ref}`,
    object: { type, sha, url: `${api}/${type}s/${sha}` },
  };
}

async function requireCommits(repository: Repository): Promise<void> {
  if ((await repository.git.refs()).size === 0) throw conflict("Git Repository is empty.");
}

async function existing(repository: Repository, short: string): Promise<string> {
  await requireCommits(repository);
  const ref = `refs/${short}`;
  if ((await repository.git.resolve(ref)) === undefined) throw notFound();
  return ref;
}

async function shownBranch(world: World, repository: Repository, branch: string): Promise<object> {
  const api = `${world.url}/api/v3/repos/${fullName(repository)}/branches/${branch}`;
  const sha = await repository.git.commitOf(`refs/heads/${branch}`);
  if (sha === undefined) throw notFound("Branch not found");
  return {
    name: branch,
    commit: await shownCommit(world, repository, sha),
    _links: { self: api, html: `${world.url}/${fullName(repository)}/tree/${branch}` },
    protected: isProtected(repository, branch),
    protection: shownProtectionSummary(repository, branch),
    protection_url: `${api}/protection`,
  };
}

/** By a classic rule or by any active ruleset. */
function isProtected(repository: Repository, branch: string): boolean {
  return (
    holding(repository, `refs/heads/${branch}`).length > 0 ||
    (allows("branch-protection", repository) && protectionOf(repository, branch) !== undefined)
  );
}

function shownProtectionSummary(repository: Repository, branch: string): object {
  const found = protectionOf(repository, branch);
  const level = found?.requiresStatusChecks !== true ? "off" : found.isAdminEnforced ? "everyone" : "non_admins";
  return {
    enabled: found !== undefined,
    required_status_checks: {
      enforcement_level: level,
      contexts: (found?.requiredStatusChecks ?? []).map(({ context }) => context),
      checks: (found?.requiredStatusChecks ?? []).map(({ context, app }) => ({ context, app_id: app })),
    },
  };
}

export const refs: Handlers = {
  async "git/get-ref"(call) {
    const repository = call.repository();
    return ok(await shownRef(call.world, repository, await existing(repository, call.param("ref"))));
  },
  async "git/list-matching-refs"(call) {
    const repository = call.repository();
    const all = await repository.git.refs();
    const names = [...all.keys()].filter(
      (name) => name.startsWith(`refs/${call.param("ref")}`) && !name.startsWith("refs/pull/"),
    );
    return call.list(await Promise.all(names.map((name) => shownRef(call.world, repository, name))));
  },
  async "git/create-ref"(call) {
    const repository = call.repository("write");
    const { ref, sha } = call.body;
    await requireCommits(repository);
    if (!/^refs\/(heads|tags)\/./.test(ref))
      throw unprocessable("Reference name must start with 'refs/' and contain at least two slashes.");
    if ((await repository.git.resolve(ref)) !== undefined) throw unprocessable("Reference already exists");
    const object = await repository.git.resolve(`${sha}^{object}`);
    if (object === undefined) throw unprocessable("Object does not exist");
    await requireRules(call, repository, { ref, from: zero, to: object });
    await moveRef(repository, call.actor, { ref, from: zero, to: object });
    return created(await shownRef(call.world, repository, ref));
  },
  async "git/update-ref"(call) {
    const repository = call.repository("write");
    const ref = `refs/${call.param("ref")}`;
    const from = await repository.git.resolve(ref);
    if (from === undefined) throw unprocessable("Reference does not exist");
    const to = await repository.git.resolve(`${call.body.sha}^{object}`);
    if (to === undefined) throw unprocessable("Object does not exist");
    if (call.body.force !== true && !(await repository.git.isAncestor(from, to)))
      throw unprocessable("Update is not a fast forward");
    await requireRules(call, repository, { ref, from, to });
    await moveRef(repository, call.actor, { ref, from, to });
    return ok(await shownRef(call.world, repository, ref));
  },
  async "git/delete-ref"(call) {
    const repository = call.repository("write");
    const ref = `refs/${call.param("ref")}`;
    const from = await repository.git.resolve(ref);
    if (from === undefined) throw unprocessable("Reference does not exist");
    if (ref === `refs/heads/${repository.defaultBranch}`) throw unprocessable("Cannot delete the default branch");
    await requireRules(call, repository, { ref, from, to: zero });
    await moveRef(repository, call.actor, { ref, from, to: zero });
    return noContent;
  },
  async "repos/list-branches"(call) {
    const repository = call.repository();
    const heads = await repository.git.refs("refs/heads/");
    const api = `${call.world.url}/api/v3/repos/${fullName(repository)}`;
    const branches = [...heads].map(([ref, sha]) => {
      const name = ref.slice("refs/heads/".length);
      return {
        name,
        commit: { sha, url: `${api}/commits/${sha}` },
        protected: isProtected(repository, name),
        protection: shownProtectionSummary(repository, name),
      };
    });
    const wanted = call.query.protected;
    return call.list(branches.filter((branch) => wanted === undefined || String(branch.protected) === wanted));
  },
  async "repos/get-branch"(call) {
    return ok(await shownBranch(call.world, call.repository(), call.param("branch")));
  },
  async "repos/rename-branch"(call) {
    const branch = call.param("branch");
    // Renaming the default branch is for administrators.
    const repository = call.repository(call.repository().defaultBranch === branch ? "admin" : "write");
    const { new_name } = call.body;
    const { git } = repository;
    const sha = await git.commitOf(`refs/heads/${branch}`);
    if (sha === undefined) throw notFound();
    if ((await git.commitOf(`refs/heads/${new_name}`)) !== undefined) {
      throw invalid({ resource: "Branch", code: "already_exists", field: "new_name" });
    }
    await git.updateRef(`refs/heads/${new_name}`, sha, zero);
    await git.deleteRef(`refs/heads/${branch}`);
    if (repository.defaultBranch === branch) {
      repository.defaultBranch = new_name;
      await git.setHead(new_name);
    }
    for (const protection of repository.protections) if (protection.pattern === branch) protection.pattern = new_name;
    for (const pull of repository.pulls) if (pull.state === "open" && pull.base === branch) pull.base = new_name;
    return created(await shownBranch(call.world, repository, new_name));
  },
  async "repos/list-tags"(call) {
    const repository = call.repository();
    const api = `${call.world.url}/api/v3/repos/${fullName(repository)}`;
    const tags = [...(await repository.git.refs("refs/tags/")).keys()]
      .map((ref) => ref.slice("refs/tags/".length))
      .reverse();
    const shown = tags.map(async (name) => {
      const sha = (await repository.git.commitOf(`refs/tags/${name}`)) ?? "";
      return {
        name,
        node_id: nodeId("REF", repository.id),
        commit: { sha, url: `${api}/commits/${sha}` },
        zipball_url: `${api}/zipball/refs/tags/${name}`,
        tarball_url: `${api}/tarball/refs/tags/${name}`,
      };
    });
    return call.list(await Promise.all(shown));
  },
};
