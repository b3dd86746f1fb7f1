// Files of a repository through the API, and the commits that this makes.
import type { Call, Handlers, Reply } from "./call.ts";
import { ok } from "./call.ts";
import { commitFile, personOf, readCommit, shownCommit } from "./commits.ts";
import { conflict, notFound, Refusal, unprocessable } from "./errors.ts";
import { lines, zero } from "./git.ts";
import { moveRef } from "./pushes.ts";
import type { Repository } from "./repository.ts";
import { fullName } from "./repository.ts";
import { pushViolations } from "./rules.ts";

/** One entry of a tree. */
interface Entry {
  type: "file" | "dir";
  sha: string;
  path: string;
  size: number;
}

type Shows = Pick<Call, "world">;

async function entries(repository: Repository, commit: string, path: string): Promise<Entry[]> {
  const listed = await repository.git.ask(["ls-tree", "--long", commit, "--", path]);
  return lines(listed ?? "").map((line) => {
    const [, , type, sha = "", size = "0", name = ""] = /^(\d+) (\w+) (\w+) +(\S+)\t(.*)$/.exec(line) ?? [];
    return { type: type === "tree" ? "dir" : "file", sha, path: name, size: Number(size) || 0 };
  });
}

function shownEntry(call: Call, repository: Repository, ref: string, { type, sha, path, size }: Entry): object {
  const api = `${call.world.url}/api/v3/repos/${fullName(repository)}`;
  const html = `${call.world.url}/${fullName(repository)}`;
  const encoded = path.split("/").map(encodeURIComponent).join("/");
  const links = {
    self: `${api}/contents/${encoded}?ref=${encodeURIComponent(ref)}`,
    git: `${api}/git/${type === "dir" ? "trees" : "blobs"}/${sha}`,
    html: `${html}/${type === "dir" ? "tree" : "blob"}/${ref}/${encoded}`,
  };
  return {
    type,
    size,
    name: path.split("/").at(-1),
    path,
    sha,
    url: links.self,
    git_url: links.git,
    html_url: links.html,
    download_url: type === "dir" ? null : `${html}/raw/${ref}/${encoded}`,
    _links: links,
  };
}

/** Branch, tag or commit, in this order. */
async function commitNamed(repository: Repository, name: string): Promise<string | undefined> {
  const { git } = repository;
  const full = name.replace(/^(heads|tags)\//, "");
  return (
    (await git.commitOf(`refs/heads/${full}`)) ??
    (await git.commitOf(`refs/tags/${full}`)) ??
    (await git.commitOf(name))
  );
}

/** Writes or, without content, removes the file of the path on a branch. */
async function write(
  call: Call<{ message: string; sha?: string; branch?: string }>,
  content: Buffer | undefined,
): Promise<Reply> {
  const repository = call.repository("write");
  const { message, sha, branch = repository.defaultBranch } = call.body;
  const path = call.param("path");
  const ref = `refs/heads/${branch}`;
  const base = await repository.git.commitOf(ref);
  const empty = (await repository.git.refs("refs/heads/")).size === 0;
  if (base === undefined && !(empty && branch === repository.defaultBranch))
    throw notFound(`Branch ${branch} not found`);
  const known = base === undefined ? undefined : await repository.git.resolve(`${base}:${path}`);
  if (known === undefined && content === undefined) throw notFound();
  if (known !== undefined && sha === undefined) throw unprocessable(`Invalid request.\n\n"sha" wasn't supplied.`);
  if (sha !== undefined && sha !== known) throw conflict(`${path} does not match ${sha}`);
  const commit = await commitFile(repository, base, path, content, { message, author: personOf(call.actor) });
  repository.signedByGitHub.add(commit);
  const change = { ref, from: base ?? zero, to: commit };
  const violations = await pushViolations(repository, call.actor, change);
  if (violations.length > 0) {
    // A conflict here, unlike through the references' API (TPG#1438).
    const said = violations.map((violation) => violation.message).join("\n\n");
    throw new Refusal(
      409,
      violations.some(({ source }) => source === "ruleset")
        ? `Repository rule violations found\n\n${said}\n\n`
        : `Could not ${known === undefined ? "create" : "update"} file: ${said}`,
    );
  }
  await moveRef(repository, call.actor, change);
  const shown = (await shownCommit(call.world, repository, commit)) as { commit: object };
  const [entry] = content === undefined ? [] : await entries(repository, commit, path);
  return {
    status: known === undefined ? 201 : 200,
    body: {
      content: entry === undefined ? null : shownEntry(call, repository, branch, entry),
      commit: { ...shown, ...shown.commit },
    },
  };
}

const statuses: Record<string, string> = { A: "added", D: "removed", M: "modified" };

/** What a commit changed, in the form of a diff. */
async function changedFiles(call: Call, repository: Repository, commit: string): Promise<object[]> {
  const api = `${call.world.url}/api/v3/repos/${fullName(repository)}`;
  const html = `${call.world.url}/${fullName(repository)}`;
  const { git } = repository;
  const diff = ["diff-tree", "--root", "--no-commit-id", "--no-renames", "-r"];
  const counts = lines(await git.run([...diff, "--numstat", commit])).map((line) => line.split("\t"));
  return lines(await git.run([...diff, "--raw", "--no-abbrev", commit])).map((line) => {
    const [, sha = "", letter = "", filename = ""] = /^:\d+ \d+ \w+ (\w+) (\w)\t(.*)$/.exec(line) ?? [];
    const [added, removed] = counts.find((count) => count[2] === filename) ?? [];
    const [additions, deletions] = [Number(added) || 0, Number(removed) || 0];
    const path = filename.split("/").map(encodeURIComponent).join("/");
    return {
      sha: letter === "D" ? null : sha,
      filename,
      status: statuses[letter] ?? "changed",
      additions,
      deletions,
      changes: additions + deletions,
      blob_url: `${html}/blob/${commit}/${path}`,
      raw_url: `${html}/raw/${commit}/${path}`,
      contents_url: `${api}/contents/${path}?ref=${commit}`,
    };
  });
}

/** A tree, in itself or with all that is below it. */
export async function shownTree(call: Shows, repository: Repository, sha: string, recursive = false): Promise<object> {
  const api = `${call.world.url}/api/v3/repos/${fullName(repository)}/git`;
  const depth = recursive ? ["-r", "-t"] : [];
  const listed = await repository.git.run(["ls-tree", "--long", ...depth, sha]);
  const tree = lines(listed).map((line) => {
    const [, mode = "", type = "", object = "", size = "", path = ""] =
      /^(\d+) (\w+) (\w+) +(\S+)\t(.*)$/.exec(line) ?? [];
    const url = `${api}/${type === "tree" ? "trees" : "blobs"}/${object}`;
    return { path, mode, type, sha: object, url, ...(type === "blob" && { size: Number(size) }) };
  });
  return { sha, url: `${api}/trees/${sha}`, tree, truncated: false };
}

/** A commit as git knows it, without who is behind its addresses. */
export async function shownGitCommit(call: Shows, repository: Repository, sha: string): Promise<object> {
  const facts = await readCommit(repository, sha);
  const shown = (await shownCommit(call.world, repository, sha)) as {
    commit: object;
    parents: object[];
    html_url: string;
    node_id: string;
  };
  return {
    ...shown.commit,
    sha: facts.sha,
    node_id: shown.node_id,
    html_url: shown.html_url,
    parents: shown.parents,
  };
}

export const contents: Handlers = {
  async "repos/get-content"(call) {
    const repository = call.repository();
    const ref = call.query.ref ?? repository.defaultBranch;
    const path = call.param("path").replace(/\/$/, "");
    const commit = await commitNamed(repository, ref);
    if (commit === undefined)
      throw notFound(call.query.ref === undefined ? "This repository is empty." : `No commit found for the ref ${ref}`);
    const [entry] = path === "" ? [] : await entries(repository, commit, path);
    if (path !== "" && entry === undefined) throw notFound();
    if (entry?.type === "file") {
      const blob = (await repository.git.read(commit, path)) ?? "";
      return ok({
        ...shownEntry(call, repository, ref, entry),
        encoding: "base64",
        content: Buffer.from(blob).toString("base64"),
      });
    }
    const inside = await entries(repository, commit, path === "" ? "." : `${path}/`);
    return ok(inside.map((one) => shownEntry(call, repository, ref, one)));
  },
  "repos/create-or-update-file-contents"(call) {
    return write(call, Buffer.from(call.body.content, "base64"));
  },
  "repos/delete-file"(call) {
    return write(call, undefined);
  },
  async "repos/get-commit"(call) {
    const repository = call.repository();
    const name = call.param("ref");
    const sha = await commitNamed(repository, name);
    if (sha === undefined) throw unprocessable(`No commit found for SHA: ${name}`);
    const shown = await shownCommit(call.world, repository, sha);
    return ok({ ...shown, files: await changedFiles(call, repository, sha) });
  },
  async "repos/list-commits"(call) {
    const repository = call.repository();
    const start = await commitNamed(repository, call.query.sha ?? repository.defaultBranch);
    if (start === undefined) throw conflict("Git Repository is empty.");
    const all = (await repository.git.commitsBetween(undefined, start)).reverse();
    const { items, headers } = call.page(all);
    return {
      status: 200,
      headers,
      body: await Promise.all(items.map((sha) => shownCommit(call.world, repository, sha))),
    };
  },
  async "git/get-tree"(call) {
    const repository = call.repository();
    const commit = await commitNamed(repository, call.param("tree_sha"));
    const sha = commit === undefined ? undefined : await repository.git.resolve(`${commit}^{tree}`);
    if ((await repository.git.refs("refs/heads/")).size === 0) throw conflict("Git Repository is empty.");
    if (sha === undefined) throw notFound();
    return ok(await shownTree(call, repository, sha, call.query.recursive !== undefined));
  },
  async "git/get-commit"(call) {
    const repository = call.repository();
    const sha = await repository.git.commitOf(call.param("commit_sha"));
    if (sha === undefined) throw notFound();
    return ok(await shownGitCommit(call, repository, sha));
  },
};
