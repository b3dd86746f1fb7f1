// Releases; once published an immutable one keeps its tag and its assets for good.
import type { Actor } from "./accounts.ts";
import { nodeId } from "./accounts.ts";
import type { Call, Handlers } from "./call.ts";
import { created, noContent, ok } from "./call.ts";
import { invalid, notFound, unprocessable } from "./errors.ts";
import { zero } from "./git.ts";
import { moveRef } from "./pushes.ts";
import { requireRules } from "./refs.ts";
import type { Asset } from "./release-assets.ts";
import { shownAsset } from "./release-assets.ts";
import type { Repository } from "./repository.ts";
import { fullName } from "./repository.ts";
import { shownUser } from "./shown.ts";
import { now } from "./world.ts";

export interface Release {
  id: number;
  tag: string;
  target: string;
  name: string | null;
  body: string;
  draft: boolean;
  prerelease: boolean;
  immutable: boolean;
  author: Actor | undefined;
  createdAt: string;
  publishedAt: string | null;
  assets: Asset[];
}

function shown(call: Call, repository: Repository, release: Release): object {
  const api = `${call.world.url}/api/v3/repos/${fullName(repository)}`;
  const url = `${api}/releases/${release.id}`;
  const author = release.author?.kind === "user" ? release.author : undefined;
  return {
    id: release.id,
    node_id: nodeId("RE", release.id),
    url,
    html_url: `${call.world.url}/${fullName(repository)}/releases/tag/${release.tag}`,
    assets_url: `${url}/assets`,
    upload_url: `${url}/assets{?name,label}`,
    tarball_url: `${api}/tarball/${release.tag}`,
    zipball_url: `${api}/zipball/${release.tag}`,
    tag_name: release.tag,
    target_commitish: release.target,
    name: release.name,
    body: release.body,
    draft: release.draft,
    prerelease: release.prerelease,
    immutable: release.immutable,
    created_at: release.createdAt,
    published_at: release.publishedAt,
    author: shownUser(call.world, author ?? repository.owner),
    assets: release.assets.map((asset) => shownAsset(call.world, repository, release, asset)),
  };
}

/** Makes the tag where there is none, and seals the release where the repository's releases are immutable. */
async function publish(call: Call, repository: Repository, release: Release): Promise<void> {
  const ref = `refs/tags/${release.tag}`;
  if ((await repository.git.resolve(ref)) === undefined) {
    const commit =
      (await repository.git.commitOf(`refs/heads/${release.target}`)) ??
      (await repository.git.commitOf(release.target));
    if (commit === undefined) throw invalid({ resource: "Release", code: "invalid", field: "target_commitish" });
    const change = { ref, from: zero, to: commit };
    await requireRules(call, repository, change);
    await moveRef(repository, call.actor, change);
  }
  release.draft = false;
  release.publishedAt = now();
  release.immutable = repository.security.immutableReleases;
}

function find(call: Call, repository: Repository): Release {
  const release = repository.releases.find(({ id }) => String(id) === call.param("release_id"));
  if (release === undefined) throw notFound();
  return release;
}

export const releases: Handlers = {
  "repos/list-releases"(call) {
    const repository = call.repository();
    return call.list([...repository.releases].reverse().map((release) => shown(call, repository, release)));
  },
  async "repos/create-release"(call) {
    const repository = call.repository("write");
    const {
      tag_name,
      target_commitish = repository.defaultBranch,
      name = null,
      body = "",
      draft = false,
      prerelease = false,
    } = call.body;
    if (!draft && repository.releases.some(({ tag, draft: open }) => tag === tag_name && !open)) {
      throw invalid({ resource: "Release", code: "already_exists", field: "tag_name" });
    }
    const release: Release = {
      id: call.world.nextId(),
      tag: tag_name,
      target: target_commitish,
      name,
      body,
      draft: true,
      prerelease,
      immutable: false,
      author: call.actor,
      createdAt: now(),
      publishedAt: null,
      assets: [],
    };
    if (!draft) await publish(call, repository, release);
    repository.releases.push(release);
    return created(shown(call, repository, release));
  },
  "repos/get-release"(call) {
    const repository = call.repository();
    return ok(shown(call, repository, find(call, repository)));
  },
  "repos/get-release-by-tag"(call) {
    const repository = call.repository();
    const release = repository.releases.find(({ tag, draft }) => tag === call.param("tag") && !draft);
    if (release === undefined) throw notFound();
    return ok(shown(call, repository, release));
  },
  async "repos/update-release"(call) {
    const repository = call.repository("write");
    const release = find(call, repository);
    const { tag_name, name, body, draft, prerelease } = call.body;
    if (release.immutable && tag_name !== undefined && tag_name !== release.tag)
      throw unprocessable("Cannot change the tag of an immutable release.");
    Object.assign(release, {
      tag: tag_name ?? release.tag,
      name: name ?? release.name,
      body: body ?? release.body,
      prerelease: prerelease ?? release.prerelease,
    });
    if (release.draft && draft === false) await publish(call, repository, release);
    return ok(shown(call, repository, release));
  },
  "repos/delete-release"(call) {
    const repository = call.repository("write");
    repository.releases.splice(repository.releases.indexOf(find(call, repository)), 1);
    return noContent;
  },
};
