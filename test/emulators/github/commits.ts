// Commits made through the API, and how commits look in replies.
import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import type { Actor, User } from "./accounts.ts";
import { nodeId } from "./accounts.ts";
import type { Person } from "./git.ts";
import { zero } from "./git.ts";
import type { Repository } from "./repository.ts";
import { fullName } from "./repository.ts";
import { shownUser } from "./shown.ts";
import type { World } from "./world.ts";

const webFlow: Person = { name: "GitHub", email: "noreply@github.com" };

export function personOf(actor: Actor | undefined): Person {
  if (actor === undefined) return webFlow;
  const login = actor.kind === "user" ? actor.login : `${actor.slug}[bot]`;
  return { name: login, email: `${actor.id}+${login}@users.noreply.github.com` };
}

/** Who is at home behind a commit's address. */
export function userOf(world: World, email: string): User | undefined {
  const login = /^\d+\+([^@]+)@users\.noreply\.github\.com$/.exec(email)?.[1];
  return login === undefined ? undefined : world.user(login);
}

/** Writes one file (or, with undefined, removes it) on top of a commit; the new commit's object. */
export async function commitFile(
  repository: Repository,
  base: string | undefined,
  path: string,
  content: Buffer | string | undefined,
  given: { message: string; author: Person; committer?: Person },
): Promise<string> {
  const { git } = repository;
  const index = `${git.directory}/index-${randomUUID()}`;
  const env = { GIT_INDEX_FILE: index };
  try {
    if (base !== undefined) await git.run(["read-tree", base], { env });
    if (content === undefined) {
      // Mode 0 takes the path out; the plain way wants a work tree.
      await git.run(["update-index", "--index-info"], { env, input: `0 ${zero}\t${path}\n` });
    } else {
      const blob = (await git.run(["hash-object", "-w", "--stdin"], { input: content })).trim();
      await git.run(["update-index", "--add", "--cacheinfo", `100644,${blob},${path}`], { env });
    }
    const tree = (await git.run(["write-tree"], { env })).trim();
    return await git.commit(
      tree,
      base === undefined ? [] : [base],
      given.message,
      given.author,
      given.committer ?? webFlow,
    );
  } finally {
    await rm(index, { force: true });
  }
}

export interface CommitFacts {
  sha: string;
  tree: string;
  parents: string[];
  author: Person & { date: string };
  committer: Person & { date: string };
  message: string;
}

export async function readCommit(repository: Repository, sha: string): Promise<CommitFacts> {
  const format = ["%H", "%T", "%P", "%an", "%ae", "%aI", "%cn", "%ce", "%cI", "%B"].join("%x00");
  const text = await repository.git.run(["show", "--no-patch", `--format=${format}`, sha]);
  const [hash = "", tree = "", parents = "", an = "", ae = "", ad = "", cn = "", ce = "", cd = "", message = ""] =
    text.split("\0");
  const date = (value: string): string => `${new Date(value).toISOString().slice(0, 19)}Z`;
  return {
    sha: hash,
    tree,
    parents: parents.split(" ").filter((parent) => parent !== ""),
    author: { name: an, email: ae, date: date(ad) },
    committer: { name: cn, email: ce, date: date(cd) },
    message: message.trimEnd(),
  };
}

const unsigned = { verified: false, reason: "unsigned", signature: null, payload: null, verified_at: null };

/** A commit in the long form of `GET /commits/{ref}`. */
export async function shownCommit(world: World, repository: Repository, sha: string): Promise<object> {
  const facts = await readCommit(repository, sha);
  const api = `${world.url}/api/v3/repos/${fullName(repository)}`;
  const html = `${world.url}/${fullName(repository)}`;
  const person = ({ email }: Person): object | null => {
    const user = userOf(world, email);
    return user === undefined ? null : shownUser(world, user);
  };
  return {
    sha: facts.sha,
    node_id: nodeId("C", Number.parseInt(facts.sha.slice(0, 8), 16)),
    url: `${api}/commits/${facts.sha}`,
    html_url: `${html}/commit/${facts.sha}`,
    comments_url: `${api}/commits/${facts.sha}/comments`,
    commit: {
      url: `${api}/git/commits/${facts.sha}`,
      author: facts.author,
      committer: facts.committer,
      message: facts.message,
      comment_count: 0,
      tree: { sha: facts.tree, url: `${api}/git/trees/${facts.tree}` },
      verification: unsigned,
    },
    author: person(facts.author),
    committer: person(facts.committer),
    parents: facts.parents.map((parent) => ({
      sha: parent,
      url: `${api}/commits/${parent}`,
      html_url: `${html}/commit/${parent}`,
    })),
  };
}
