// Repositories themselves: made, read, changed, deleted; topics.
import type { BodyOf, Call, Handlers, Reply } from "./call.ts";
import { created, noContent, ok } from "./call.ts";
import type { Account } from "./accounts.ts";

import { forbidden, invalid, unprocessable } from "./errors.ts";
import type { Visibility } from "./plans.ts";
import { requireVisibility } from "./plans.ts";
import { commitFirst } from "./pushes.ts";
import type { Repository, Settings } from "./repository.ts";
import { defaultSettings } from "./repository.ts";
import type { Analysis } from "./security.ts";
import { setAnalysis } from "./security.ts";
import { shownListed, shownRepository } from "./shown.ts";
import { now } from "./world.ts";

type Wanted = Partial<BodyOf<"repos/update">> & Partial<Settings>;

/** Takes over the settings that the body names. @throws 422 where none of the merge kinds is left. */
function configure(repository: Repository, body: Wanted): void {
  const { settings } = repository;
  const wanted = { ...settings };
  for (const name of Object.keys(defaultSettings) as (keyof Settings)[]) {
    const value = body[name];
    if (value !== undefined) Object.assign(wanted, { [name]: value });
  }
  // An empty text is none.
  if (wanted.description === "") wanted.description = null;
  if (wanted.homepage === "") wanted.homepage = null;
  if (!wanted.allow_merge_commit && !wanted.allow_squash_merge && !wanted.allow_rebase_merge) {
    throw invalid({
      resource: "Repository",
      code: "custom",
      field: "merge_commit_allowed",
      message: "Sorry, you need to allow at least one merge strategy.",
    });
  }
  requireFitting("squash", wanted.squash_merge_commit_title, wanted.squash_merge_commit_message);
  requireFitting("merge", wanted.merge_commit_title, wanted.merge_commit_message);
  if (repository.owner.kind === "user" && body.allow_forking === false) wanted.allow_forking = true;
  Object.assign(settings, wanted);
}

const fitting: Record<string, string[]> = {
  "squash PR_TITLE": ["PR_BODY", "COMMIT_MESSAGES", "BLANK"],
  "squash COMMIT_OR_PR_TITLE": ["COMMIT_MESSAGES"],
  "merge PR_TITLE": ["PR_BODY", "BLANK"],
  "merge MERGE_MESSAGE": ["PR_TITLE"],
};

/** GitHub takes only some pairs of title and message. */
function requireFitting(kind: "squash" | "merge", title: string, message: string): void {
  if (fitting[`${kind} ${title}`]?.includes(message) === true) return;
  throw invalid({
    resource: "Repository",
    code: "custom",
    field: `${kind}_merge_commit_message`,
    message: `Sorry, ${title} and ${message} do not go together.`,
  });
}

async function make(call: Call<Wanted & { auto_init?: boolean; name?: string }>, owner: Account): Promise<Reply> {
  const { name = "", auto_init = false } = call.body;
  const visibility: Visibility = call.body.visibility ?? (call.body.private === true ? "private" : "public");
  if (!/^[\w.-]+$/.test(name))
    throw invalid({ resource: "Repository", code: "custom", field: "name", message: "name is invalid" });
  if (call.world.repository(owner.login, name) !== undefined) {
    throw invalid({
      resource: "Repository",
      code: "custom",
      field: "name",
      message: "name already exists on this account",
    });
  }
  requireVisibility(owner, visibility);
  const repository = await call.world.addRepository(owner, name, visibility);
  try {
    configure(repository, call.body);
    const analysis = call.body.security_and_analysis as Analysis | null | undefined;
    if (analysis) setAnalysis(repository, analysis);
  } catch (error) {
    call.world.repositories.splice(call.world.repositories.indexOf(repository), 1);
    throw error;
  }
  if (auto_init) await commitFirst(repository, call.actor);
  return created(shownRepository(call.world, repository, call.actor));
}

async function change(call: Call<Wanted>, repository: Repository): Promise<void> {
  const { body } = call;
  const { name, default_branch } = body;
  if (name !== undefined && name !== repository.name) {
    if (call.world.repository(repository.owner.login, name) !== undefined) {
      throw invalid({
        resource: "Repository",
        code: "custom",
        field: "name",
        message: "name already exists on this account",
      });
    }
    repository.name = name;
  }
  if (default_branch !== undefined && default_branch !== repository.defaultBranch) {
    if ((await repository.git.commitOf(`refs/heads/${default_branch}`)) === undefined) {
      throw invalid({
        resource: "Repository",
        code: "invalid",
        field: "default_branch",
        message: `The branch ${default_branch} was not found. Please push that ref first or create it via the Git Data API.`,
      });
    }
    repository.defaultBranch = default_branch;
    await repository.git.setHead(default_branch);
  }
  configure(repository, body);
  const visibility = body.visibility ?? (body.private === undefined ? undefined : body.private ? "private" : "public");
  if (body.visibility === repository.visibility) throw unprocessable(`Visibility is already ${repository.visibility}.`);
  if (visibility !== undefined && !(visibility === "private" && repository.visibility === "internal")) {
    requireVisibility(repository.owner, visibility);
    repository.visibility = visibility;
  }
  const analysis = body.security_and_analysis as Analysis | null | undefined;
  if (analysis) setAnalysis(repository, analysis);
  if (body.archived !== undefined) repository.archived = body.archived;
  repository.updatedAt = now();
}

export const repositories: Handlers = {
  "repos/create-in-org"(call) {
    // docs.github.com, "Permissions required for GitHub Apps": the repository permission "Administration: write" is enough for an App.
    const mayMake = call.actor?.kind === "app" && call.actor.role === "admin";
    return make(call, call.organization(mayMake ? undefined : "admin"));
  },
  "repos/create-for-authenticated-user"(call) {
    return make(call, call.user());
  },
  "repos/list-for-org"(call) {
    const owner = call.organization();
    const visible = call.world.repositories.filter(
      (repository) => repository.owner === owner && call.mayRead(repository),
    );
    return call.list(visible.map((repository) => shownListed(call.world, repository, call.actor)));
  },
  "repos/get"(call) {
    return ok(shownRepository(call.world, call.repository(), call.actor));
  },
  async "repos/update"(call) {
    const repository = call.repository("admin", "taken");
    // Nothing but taking it out of the archive can be done with an archived repository.
    if (repository.archived && call.body.archived !== false)
      throw forbidden("Repository was archived so is read-only.");
    await change(call, repository);
    return ok(shownRepository(call.world, repository, call.actor));
  },
  "repos/delete"(call) {
    const repository = call.repository("admin", "taken");
    call.world.repositories.splice(call.world.repositories.indexOf(repository), 1);
    return noContent;
  },
  "repos/get-all-topics"(call) {
    return ok({ names: call.repository().topics });
  },
  "repos/replace-all-topics"(call) {
    const repository = call.repository("maintain");
    const names = call.body.names.map((name) => name.toLowerCase());
    if (names.length > 20) throw invalid({ resource: "Repository", code: "invalid", field: "topics" });
    const wrong = names.filter((name) => !/^[a-z0-9][a-z0-9-]{0,49}$/.test(name));
    if (wrong.length > 0) {
      throw unprocessable("Validation Failed", [
        "Topics must start with a lowercase letter or number, consist of 50 characters or less, and can include hyphens.",
      ]);
    }
    repository.topics = [...new Set(names)];
    return ok({ names: repository.topics });
  },
};
