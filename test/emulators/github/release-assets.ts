// Files of a release. An immutable one takes none and loses none once it is published.
import { createHash } from "node:crypto";
import { nodeId } from "./accounts.ts";
import type { Actor } from "./accounts.ts";
import type { Call, Handlers } from "./call.ts";
import { created, noContent, ok } from "./call.ts";
import { invalid, notFound, unprocessable } from "./errors.ts";
import type { Release } from "./releases.ts";
import type { Repository } from "./repository.ts";
import { fullName } from "./repository.ts";
import { shownUser } from "./shown.ts";
import type { World } from "./world.ts";
import { now } from "./world.ts";

export interface Asset {
  id: number;
  name: string;
  type: string;
  bytes: Buffer;
  uploader: Actor | undefined;
  time: string;
}

export function shownAsset(world: World, repository: Repository, release: Release, asset: Asset): object {
  const { id, name, type, bytes, uploader, time } = asset;
  return {
    id,
    node_id: nodeId("RA", id),
    url: `${world.url}/api/v3/repos/${fullName(repository)}/releases/assets/${id}`,
    browser_download_url: `${world.url}/${fullName(repository)}/releases/download/${release.tag}/${name}`,
    name,
    label: "",
    state: "uploaded",
    content_type: type,
    size: bytes.length,
    digest: `sha256:${createHash("sha256").update(bytes).digest("hex")}`,
    download_count: 0,
    created_at: time,
    updated_at: time,
    uploader: uploader?.kind === "user" ? shownUser(world, uploader) : null,
  };
}

function releaseOf(call: Call, repository: Repository): Release {
  const release = repository.releases.find(({ id }) => String(id) === call.param("release_id"));
  // Who may not write does not see drafts.
  if (release === undefined) throw notFound();
  return release;
}

function find(call: Call, repository: Repository): { release: Release; asset: Asset } {
  for (const release of repository.releases) {
    const asset = release.assets.find(({ id }) => String(id) === call.param("asset_id"));
    if (asset !== undefined) return { release, asset };
  }
  throw notFound();
}

export const releaseAssets: Handlers = {
  "repos/list-release-assets"(call) {
    const repository = call.repository();
    const release = releaseOf(call, repository);
    return call.list(release.assets.map((asset) => shownAsset(call.world, repository, release, asset)));
  },
  "repos/upload-release-asset"(call) {
    const repository = call.repository("write");
    const release = releaseOf(call, repository);
    const { name = "" } = call.query;
    // eight_ball#50
    if (release.immutable) throw unprocessable("Cannot upload assets to an immutable release.");
    if (release.assets.some((asset) => asset.name === name))
      throw invalid({ resource: "ReleaseAsset", code: "already_exists", field: "name" });
    const asset: Asset = {
      id: call.world.nextId(),
      name,
      type: call.contentType,
      bytes: call.world.damaged.has("repos/upload-release-asset") ? call.bytes.subarray(1) : call.bytes,
      uploader: call.actor,
      time: now(),
    };
    release.assets.push(asset);
    return created(shownAsset(call.world, repository, release, asset));
  },
  "repos/get-release-asset"(call) {
    const repository = call.repository();
    const { release, asset } = find(call, repository);
    if (call.accept === "application/octet-stream") return { status: 200, bytes: asset.bytes };
    return ok(shownAsset(call.world, repository, release, asset));
  },
  "repos/delete-release-asset"(call) {
    const { release, asset } = find(call, call.repository("write"));
    if (release.immutable) throw unprocessable("Cannot delete assets of an immutable release.");
    release.assets.splice(release.assets.indexOf(asset), 1);
    return noContent;
  },
};
