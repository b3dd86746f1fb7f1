import { findSignature, type WantedSigner } from "./image-signature.ts";
import type { Ledger } from "../releases/ledger.ts";
import { slots } from "../hosts/naming.ts";
import { RegistryClient, RegistryRefused, type RegistryLogin } from "./registry-client.ts";
import { tagOf } from "./tag.ts";

/** The image has no signature by whom it must have one. */
export class NotSigned extends Error {}

/** An image of the service in a registry. */
export interface ImageReference {
  /** Reference without tag. */
  readonly name: string;
  /** `latest` or a commit: it is looked up once, the release has the digest. @default the version */
  readonly tag?: string | undefined;
  readonly version: string;
}

/** How an image is looked up. */
export interface ResolveOptions {
  readonly login?: RegistryLogin | undefined;
  /** Who must have signed the image. @default nobody */
  readonly signer?: WantedSigner | undefined;
  /** Is told when a registry is waited for. */
  readonly say?: (line: string) => void;
}

/**
 * Finds the digest behind a tag, once: a release that a slot of any host holds keeps its digest, even when somebody moves the tag. Another
 * tag is another wish, so a tag of its own is part of the image's name, and with it of the release's id.
 *
 * @returns `name@sha256:…`, `name:tag@sha256:…` with a tag of its own
 * @throws RegistryRefused with the registry's own words
 * @throws NotSigned
 * @throws NoTrustedRoot
 */
export async function resolveImage(
  { name, tag, version }: ImageReference,
  ledgers: readonly Ledger[],
  { login, signer, say }: ResolveOptions = {},
): Promise<string> {
  const named = tag === undefined ? name : `${name}:${tag}`;
  const held = ledgers
    .flatMap((ledger) => slots.map((slot) => ledger.slots[slot].release))
    .flatMap((release) => (release?.version === version ? [release.image] : []));
  const kept = held.find((image) => image.startsWith(`${named}@`));
  if (kept !== undefined) return kept;
  const registry = new RegistryClient(name, login, say);
  const found = await registry.manifest(tag ?? tagOf(version));
  if (found === undefined) throw new RegistryRefused("no such tag");
  if (signer !== undefined) {
    const signatures = await findSignature(registry, found.digest, signer);
    const by = "identity" in signer ? "that identity" : "the key";
    if (!signatures.isValid) throw new NotSigned(`${String(signatures.found)} signatures, none by ${by}`);
  }
  // Earlier releases don't say their tag; the same content is the same release.
  return held.find((image) => image === `${name}@${found.digest}`) ?? `${named}@${found.digest}`;
}
