// Git objects made through the API, and merges of one branch into another.
import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { nodeId } from "./accounts.ts";
import type { Handlers } from "./call.ts";
import { created, noContent, ok } from "./call.ts";
import { personOf, shownCommit } from "./commits.ts";
import { shownGitCommit, shownTree } from "./contents.ts";
import { conflict, notFound, unprocessable } from "./errors.ts";
import { moveRef } from "./pushes.ts";
import { requireRules } from "./refs.ts";
import { fullName } from "./repository.ts";

export const gitData: Handlers = {
  async "git/create-tree"(call) {
    const repository = call.repository("write");
    const { git } = repository;
    if ((await git.refs()).size === 0) throw conflict("Git Repository is empty.");
    const { base_tree, tree } = call.body;
    const env = { GIT_INDEX_FILE: `${git.directory}/index-${randomUUID()}` };
    try {
      if (base_tree !== undefined) {
        if ((await git.resolve(`${base_tree}^{tree}`)) === undefined) throw unprocessable("base_tree is not a tree");
        await git.run(["read-tree", base_tree], { env });
      }
      for (const { path, mode = "100644", sha, content } of tree) {
        if (path === undefined || (content === undefined) === (sha === undefined))
          throw unprocessable("tree.sha or tree.content, and tree.path, must be given");
        const blob = sha ?? (await git.run(["hash-object", "-w", "--stdin"], { input: content ?? "" })).trim();
        await git.run(["update-index", "--add", "--cacheinfo", `${mode},${blob},${path}`], { env });
      }
      const made = (await git.run(["write-tree"], { env })).trim();
      return created(await shownTree(call, repository, made));
    } finally {
      await rm(env.GIT_INDEX_FILE, { force: true });
    }
  },
  async "git/get-blob"(call) {
    const repository = call.repository();
    const sha = call.param("file_sha");
    const text = await repository.git.ask(["cat-file", "blob", sha]);
    if (text === undefined) throw notFound();
    const content = Buffer.from(text);
    const url = `${call.world.url}/api/v3/repos/${fullName(repository)}/git/blobs/${sha}`;
    const shown = { sha, node_id: nodeId("B", 1), size: content.length, url };
    return ok({ ...shown, content: content.toString("base64"), encoding: "base64" });
  },
  async "git/create-commit"(call) {
    const repository = call.repository("write");
    const { message, tree, parents = [], author, committer, signature } = call.body;
    for (const object of [`${tree}^{tree}`, ...parents.map((parent) => `${parent}^{commit}`)])
      if ((await repository.git.resolve(object)) === undefined)
        throw unprocessable("Tree SHA or parent does not exist");
    const person = { ...personOf(call.actor), ...author };
    const sha = await repository.git.commit(tree, parents, message, person, { ...person, ...committer });
    // docs.github.com, "About commit signature verification": for an App that gives no author, committer or signature.
    if (call.actor?.kind === "app" && author === undefined && committer === undefined && signature === undefined)
      repository.signedByGitHub.add(sha);
    return created(await shownGitCommit(call, repository, sha));
  },
  async "repos/merge"(call) {
    const repository = call.repository("write");
    const { base, head, commit_message = `Merge ${head} into ${base}` } = call.body;
    const { git } = repository;
    const ref = `refs/heads/${base}`;
    const [from, other] = [
      await git.commitOf(ref),
      (await git.commitOf(`refs/heads/${head}`)) ?? (await git.commitOf(head)),
    ];
    if (from === undefined) throw notFound("Base does not exist");
    if (other === undefined) throw notFound("Head does not exist");
    if (await git.isAncestor(other, from)) return noContent;
    const tree = (await git.ask(["merge-tree", "--write-tree", from, other]))?.trim();
    if (tree === undefined) throw conflict("Merge conflict");
    const to = await git.commit(tree, [from, other], commit_message, personOf(call.actor), personOf(undefined));
    repository.signedByGitHub.add(to);
    await requireRules(call, repository, { ref, from, to });
    await moveRef(repository, call.actor, { ref, from, to });
    return created(await shownCommit(call.world, repository, to));
  },
};
