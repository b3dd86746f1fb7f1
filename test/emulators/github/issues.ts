// Issues, and the comments on them and on pull requests.
import type { Actor } from "./accounts.ts";
import { nodeId } from "./accounts.ts";
import type { Call, Handlers } from "./call.ts";
import { created, ok } from "./call.ts";
import { notFound } from "./errors.ts";
import { shownActor } from "./shown.ts";
import type { Repository } from "./repository.ts";
import { fullName } from "./repository.ts";
import type { World } from "./world.ts";
import { now } from "./world.ts";

export interface Issue {
  id: number;
  number: number;
  title: string;
  body: string;
  author: Actor;
  state: "open" | "closed";
  reason: "completed" | "not_planned" | "reopened" | null;
  createdAt: string;
}

export interface IssueComment {
  id: number;
  /** Of the issue or pull request. */
  number: number;
  body: string;
  author: Actor;
  createdAt: string;
}

/** Issues and pull requests are numbered together. */
export const nextNumber = ({ issues, pulls }: Pick<Repository, "issues" | "pulls">): number =>
  issues.length + pulls.length + 1;

const api = (world: World, repository: Repository): string => `${world.url}/api/v3/repos/${fullName(repository)}`;

function shown(world: World, repository: Repository, issue: Issue): object {
  const url = `${api(world, repository)}/issues/${issue.number}`;
  return {
    id: issue.id,
    node_id: nodeId("I", issue.id),
    number: issue.number,
    url,
    repository_url: api(world, repository),
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    html_url: `${world.url}/${fullName(repository)}/issues/${issue.number}`,
    title: issue.title,
    body: issue.body,
    state: issue.state,
    state_reason: issue.reason,
    user: shownActor(world, issue.author),
    labels: [],
    assignee: null,
    assignees: [],
    milestone: null,
    locked: false,
    comments: repository.comments.filter(({ number }) => number === issue.number).length,
    author_association: "NONE",
    closed_at: issue.state === "closed" ? now() : null,
    created_at: issue.createdAt,
    updated_at: issue.createdAt,
  };
}

/** Pull requests are among the issues. */
function shownPull(call: Call, repository: Repository, pull: Repository["pulls"][number]): object {
  const { id, number, title, author, state, createdAt } = pull;
  const issue: Issue = { id, number, title, body: pull.body ?? "", author, state, reason: null, createdAt };
  const url = `${api(call.world, repository)}/pulls/${number}`;
  const html_url = `${call.world.url}/${fullName(repository)}/pull/${number}`;
  return {
    ...shown(call.world, repository, issue),
    pull_request: { url, html_url, diff_url: `${html_url}.diff`, patch_url: `${html_url}.patch` },
  };
}

function shownComment(world: World, repository: Repository, comment: IssueComment): object {
  return {
    id: comment.id,
    node_id: nodeId("IC", comment.id),
    url: `${api(world, repository)}/issues/comments/${comment.id}`,
    html_url: `${world.url}/${fullName(repository)}/issues/${comment.number}#issuecomment-${comment.id}`,
    issue_url: `${api(world, repository)}/issues/${comment.number}`,
    body: comment.body,
    user: shownActor(world, comment.author),
    author_association: "NONE",
    created_at: comment.createdAt,
    updated_at: comment.createdAt,
  };
}

function caller(call: Call): Actor {
  if (call.actor === undefined) throw notFound();
  return call.actor;
}

function issueOf(call: Call, repository: Repository): Issue {
  const issue = repository.issues.find(({ number }) => String(number) === call.param("issue_number"));
  if (issue === undefined) throw notFound();
  return issue;
}

export const issues: Handlers = {
  "issues/list-for-repo"(call) {
    const repository = call.repository();
    const { state = "open" } = call.query;
    const isWanted = (each: { state: string }) => state === "all" || each.state === state;
    const all = [
      ...repository.issues
        .filter(isWanted)
        .map((issue) => [issue.number, shown(call.world, repository, issue)] as const),
      ...repository.pulls.filter(isWanted).map((pull) => [pull.number, shownPull(call, repository, pull)] as const),
    ];
    return call.list(all.sort(([one], [other]) => other - one).map(([, each]) => each));
  },
  "issues/create"(call) {
    const repository = call.repository();
    const { title, body = "" } = call.body;
    const issue: Issue = {
      id: call.world.nextId(),
      number: nextNumber(repository),
      title: String(title),
      body,
      author: caller(call),
      state: "open",
      reason: null,
      createdAt: now(),
    };
    repository.issues.push(issue);
    return created(shown(call.world, repository, issue));
  },
  "issues/update"(call) {
    const repository = call.repository("write");
    const issue = issueOf(call, repository);
    const { title, body, state, state_reason = null } = call.body;
    Object.assign(issue, {
      title: title === undefined ? issue.title : String(title),
      body: body ?? issue.body,
      state: state ?? issue.state,
      reason: state === undefined ? issue.reason : state_reason,
    });
    return ok(shown(call.world, repository, issue));
  },
  "issues/list-comments"(call) {
    const repository = call.repository();
    const mine = repository.comments.filter(({ number }) => String(number) === call.param("issue_number"));
    return call.list(mine.map((comment) => shownComment(call.world, repository, comment)));
  },
  "issues/create-comment"(call) {
    const repository = call.repository();
    const number = Number(call.param("issue_number"));
    if (![...repository.issues, ...repository.pulls].some((each) => each.number === number)) throw notFound();
    const comment: IssueComment = {
      id: call.world.nextId(),
      number,
      body: call.body.body,
      author: caller(call),
      createdAt: now(),
    };
    repository.comments.push(comment);
    return created(shownComment(call.world, repository, comment));
  },
  "issues/update-comment"(call) {
    const repository = call.repository("write");
    const comment = repository.comments.find(({ id }) => String(id) === call.param("comment_id"));
    if (comment === undefined) throw notFound();
    comment.body = call.body.body;
    return ok(shownComment(call.world, repository, comment));
  },
};
