// Pull requests within one repository: reviews, and what a new push does to them.
import type { Actor } from "./accounts.ts";
import { atLeast, nodeId, roleOf } from "./accounts.ts";
import type { Call, Handlers } from "./call.ts";
import { created, ok } from "./call.ts";
import { personOf } from "./commits.ts";
import { forbidden, invalid, notFound, unprocessable } from "./errors.ts";
import { zero } from "./git.ts";
import { nextNumber } from "./issues.ts";
import { merge, mergeProblems } from "./merge.ts";
import { moveRef } from "./pushes.ts";
import { requireRules } from "./refs.ts";
import type { Repository } from "./repository.ts";
import { fullName } from "./repository.ts";
import { pushViolations } from "./rules.ts";
import { shownActor, shownRepository, shownUser } from "./shown.ts";
import type { World } from "./world.ts";
import { now } from "./world.ts";

export interface Review {
  id: number;
  author: Actor;
  state: "APPROVED" | "CHANGES_REQUESTED" | "COMMENTED" | "DISMISSED";
  body: string;
  commit: string;
  time: string;
}

/** A review comment that opens a conversation; tests resolve it through the state, as only GraphQL can on GitHub. */
export interface Thread {
  id: number;
  path: string;
  resolved: boolean;
}

export interface Pull {
  id: number;
  number: number;
  title: string;
  body: string | null;
  author: Actor;
  /** Branch names. */
  head: string;
  base: string;
  state: "open" | "closed";
  draft: boolean;
  createdAt: string;
  mergedAt: string | null;
  mergedBy: Actor | undefined;
  mergeCommit: string | null;
  /** Head and base commits of a pull request that is no longer open. */
  last: { head: string; base: string } | undefined;
  reviews: Review[];
  threads: Thread[];
}

/** What a rule keeps for the one who merges, stays without a word (WordPress-Coding-Standards#2751). */
async function deleteHead(call: Call, repository: Repository, { head }: Pull): Promise<void> {
  const ref = `refs/heads/${head}`;
  const from = (await repository.git.commitOf(ref)) ?? zero;
  const violations = await pushViolations(repository, call.actor, { ref, from, to: zero });
  if (violations.length === 0) await repository.git.deleteRef(ref);
}

export async function headOf(repository: Repository, pull: Pull): Promise<string> {
  return pull.last?.head ?? (await repository.git.commitOf(`refs/heads/${pull.head}`)) ?? "";
}

async function baseOf(repository: Repository, pull: Pull): Promise<string> {
  return pull.last?.base ?? (await repository.git.commitOf(`refs/heads/${pull.base}`)) ?? "";
}

async function shown(call: Call, repository: Repository, pull: Pull): Promise<object> {
  const { world } = call;
  const api = `${world.url}/api/v3/repos/${fullName(repository)}`;
  const url = `${api}/pulls/${pull.number}`;
  const issue = `${api}/issues/${pull.number}`;
  const html = `${world.url}/${fullName(repository)}/pull/${pull.number}`;
  const [head, base] = await Promise.all([headOf(repository, pull), baseOf(repository, pull)]);
  const owner = shownUser(world, repository.owner);
  const repo = shownRepository(world, repository, call.actor);
  const side = (ref: string, sha: string): object => ({
    label: `${repository.owner.login}:${ref}`,
    ref,
    sha,
    user: owner,
    repo,
  });
  const blocked = pull.state === "open" && (await mergeProblems(repository, pull, call.actor)).length > 0;
  const addresses = {
    html,
    issue,
    comments: `${issue}/comments`,
    review_comments: `${url}/comments`,
    commits: `${url}/commits`,
    statuses: `${api}/statuses/${head}`,
  };
  return {
    id: pull.id,
    node_id: nodeId("PR", pull.id),
    number: pull.number,
    url,
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    issue_url: issue,
    commits_url: addresses.commits,
    comments_url: addresses.comments,
    review_comments_url: addresses.review_comments,
    review_comment_url: `${url}/comments{/number}`,
    statuses_url: addresses.statuses,
    state: pull.state,
    locked: false,
    title: pull.title,
    body: pull.body,
    user: shownActor(world, pull.author),
    labels: [],
    milestone: null,
    assignee: null,
    assignees: [],
    requested_reviewers: [],
    requested_teams: [],
    head: side(pull.head, head),
    base: side(pull.base, base),
    _links: {
      self: { href: url },
      ...Object.fromEntries(Object.entries(addresses).map(([name, href]) => [name, { href }])),
      review_comment: { href: `${url}/comments{/number}` },
    },
    author_association: "MEMBER",
    auto_merge: null,
    draft: pull.draft,
    merged: pull.mergedAt !== null,
    mergeable: pull.state === "open" ? true : null,
    rebaseable: pull.state === "open",
    mergeable_state: blocked ? "blocked" : "clean",
    merged_by: pull.mergedBy === undefined ? null : shownActor(world, pull.mergedBy),
    merge_commit_sha: pull.mergeCommit,
    comments: 0,
    review_comments: pull.threads.length,
    maintainer_can_modify: false,
    commits: (await repository.git.commitsBetween(base, head)).length,
    additions: 0,
    deletions: 0,
    changed_files: (await repository.git.changedFiles(base, head)).length,
    created_at: pull.createdAt,
    updated_at: pull.createdAt,
    closed_at: pull.state === "closed" ? (pull.mergedAt ?? pull.createdAt) : null,
    merged_at: pull.mergedAt,
  };
}

function shownReview(world: World, repository: Repository, pull: Pull, review: Review): object {
  const html = `${world.url}/${fullName(repository)}/pull/${pull.number}#pullrequestreview-${review.id}`;
  const pullUrl = `${world.url}/api/v3/repos/${fullName(repository)}/pulls/${pull.number}`;
  return {
    id: review.id,
    node_id: nodeId("PRR", review.id),
    user: shownActor(world, review.author),
    body: review.body,
    state: review.state,
    html_url: html,
    pull_request_url: pullUrl,
    _links: { html: { href: html }, pull_request: { href: pullUrl } },
    submitted_at: review.time,
    commit_id: review.commit,
    author_association: "MEMBER",
  };
}

function find(call: Call, repository: Repository): Pull {
  const pull = repository.pulls.find(({ number }) => String(number) === call.param("pull_number"));
  if (pull === undefined) throw notFound();
  return pull;
}

function caller(call: Call): Actor {
  if (call.actor === undefined) throw notFound();
  return call.actor;
}

export const pulls: Handlers = {
  async "pulls/list"(call) {
    const repository = call.repository();
    const { state = "open", head, base } = call.query;
    const wanted = repository.pulls.filter(
      (pull) =>
        (state === "all" || pull.state === state) &&
        (head === undefined || head === `${repository.owner.login}:${pull.head}`) &&
        (base === undefined || base === pull.base),
    );
    const page = call.page([...wanted].reverse());
    return {
      status: 200,
      headers: page.headers,
      body: await Promise.all(page.items.map((pull) => shown(call, repository, pull))),
    };
  },
  // Of a commit on the default branch, as GitHub's description says: the merged pull request that brought it.
  async "repos/list-pull-requests-associated-with-commit"(call) {
    const repository = call.repository();
    const brought = repository.pulls.filter(({ mergeCommit }) => mergeCommit === call.param("commit_sha"));
    return call.list(await Promise.all(brought.map((pull) => shown(call, repository, pull))));
  },
  async "pulls/create"(call) {
    const repository = call.repository();
    const { title = "", body = null, base, draft = false } = call.body;
    const head = call.body.head.replace(`${repository.owner.login}:`, "");
    const [from, to] = await Promise.all([
      repository.git.commitOf(`refs/heads/${head}`),
      repository.git.commitOf(`refs/heads/${base}`),
    ]);
    if (from === undefined) throw invalid({ resource: "PullRequest", field: "head", code: "invalid" });
    if (to === undefined) throw invalid({ resource: "PullRequest", field: "base", code: "invalid" });
    if (repository.pulls.some((pull) => pull.state === "open" && pull.head === head && pull.base === base)) {
      throw invalid({
        resource: "PullRequest",
        code: "custom",
        message: `A pull request already exists for ${repository.owner.login}:${head}.`,
      });
    }
    if ((await repository.git.commitsBetween(to, from)).length === 0) {
      throw invalid({ resource: "PullRequest", code: "custom", message: `No commits between ${base} and ${head}` });
    }
    const pull: Pull = {
      id: call.world.nextId(),
      number: nextNumber(repository),
      title,
      body,
      author: caller(call),
      head,
      base,
      state: "open",
      draft,
      createdAt: now(),
      mergedAt: null,
      mergedBy: undefined,
      mergeCommit: null,
      last: undefined,
      reviews: [],
      threads: [],
    };
    repository.pulls.push(pull);
    return created(await shown(call, repository, pull));
  },
  async "pulls/get"(call) {
    const repository = call.repository();
    return ok(await shown(call, repository, find(call, repository)));
  },
  async "pulls/update"(call) {
    const repository = call.repository("write");
    const pull = find(call, repository);
    const { title, body, state } = call.body;
    if (state === "closed" && pull.state === "open")
      pull.last = { head: await headOf(repository, pull), base: await baseOf(repository, pull) };
    if (state === "open" && pull.mergedAt === null) pull.last = undefined;
    Object.assign(pull, {
      title: title ?? pull.title,
      body: body ?? pull.body,
      state: pull.mergedAt === null ? (state ?? pull.state) : pull.state,
    });
    return ok(await shown(call, repository, pull));
  },
  "pulls/list-reviews"(call) {
    const repository = call.repository();
    const pull = find(call, repository);
    return call.list(pull.reviews.map((review) => shownReview(call.world, repository, pull, review)));
  },
  async "pulls/create-review"(call) {
    const repository = call.repository();
    const pull = find(call, repository);
    const author = caller(call);
    const { event = "COMMENT", body = "", comments = [] } = call.body;
    if (author === pull.author && event !== "COMMENT") {
      const what = event === "APPROVE" ? "approve" : "request changes on";
      throw unprocessable("Unprocessable Entity", [`Can not ${what} your own pull request`]);
    }
    if (
      event === "APPROVE" &&
      author.kind === "app" &&
      author.slug === "github-actions" &&
      !repository.actions.workflow.can_approve_pull_request_reviews
    ) {
      throw unprocessable("Unprocessable Entity", ["GitHub Actions is not permitted to approve pull requests."]);
    }
    const state = { APPROVE: "APPROVED", REQUEST_CHANGES: "CHANGES_REQUESTED", COMMENT: "COMMENTED" } as const;
    const review: Review = {
      id: call.world.nextId(),
      author,
      state: state[event],
      body,
      commit: await headOf(repository, pull),
      time: now(),
    };
    pull.reviews.push(review);
    pull.threads.push(...comments.map(({ path }) => ({ id: call.world.nextId(), path, resolved: false })));
    return ok(shownReview(call.world, repository, pull, review));
  },
  "pulls/dismiss-review"(call) {
    const repository = call.repository("write");
    const pull = find(call, repository);
    const review = pull.reviews.find(({ id }) => String(id) === call.param("review_id"));
    if (review === undefined) throw notFound();
    if (review.state !== "APPROVED" && review.state !== "CHANGES_REQUESTED")
      throw unprocessable("Can not dismiss a commented pull request review");
    review.state = "DISMISSED";
    return ok(shownReview(call.world, repository, pull, review));
  },
  async "pulls/merge"(call) {
    const repository = call.repository();
    if (!atLeast(roleOf(call.actor, repository), "write"))
      throw forbidden("Resource not accessible by personal access token");
    const pull = find(call, repository);
    const sha = await merge(repository, pull, caller(call), call.body);
    if (repository.settings.delete_branch_on_merge) await deleteHead(call, repository, pull);
    return ok({ sha, merged: true, message: "Pull Request successfully merged" });
  },
  async "pulls/update-branch"(call) {
    const repository = call.repository("write");
    const pull = find(call, repository);
    const [head, base] = await Promise.all([headOf(repository, pull), baseOf(repository, pull)]);
    const tree = (await repository.git.ask(["merge-tree", "--write-tree", head, base]))?.trim();
    if (tree === undefined) throw unprocessable("merge conflict between base and head");
    const commit = await repository.git.commit(
      tree,
      [head, base],
      `Merge branch '${pull.base}' into ${pull.head}`,
      personOf(call.actor),
    );
    repository.signedByGitHub.add(commit);
    const change = { ref: `refs/heads/${pull.head}`, from: head, to: commit };
    await requireRules(call, repository, change);
    await moveRef(repository, call.actor, change);
    return {
      status: 202,
      body: {
        message: "Updating pull request branch.",
        url: `${call.world.url}/${fullName(repository)}/pull/${pull.number}`,
      },
    };
  },
};
