import { createPublicKey } from "node:crypto";
import { findSignature } from "./image-signature.ts";
import type { Ledger } from "./ledger.ts";
import { slots } from "./naming.ts";
import { RegistryClient, RegistryRefused, type RegistryLogin } from "./registry-client.ts";

/** The image has no signature by the key that must have signed it. */
export class NotSigned extends Error {}

/** An image of the service in a registry. */
export interface ImageReference {
  /** Reference without tag. */
  readonly name: string;
  /** `latest`, a version or a commit: it is looked up once, the release has the digest. */
  readonly tag: string;
  readonly version: string;
}

/**
 * Finds the digest behind a tag, once: a release that a slot of any host holds keeps its digest, even when somebody moves the tag.
 *
 * @returns `name@sha256:…`
 * @param options the login, and the key that must have signed the image
 * @throws RegistryRefused with the registry's own words
 * @throws NotSigned
 */
export async function resolveImage(
  { name, tag, version }: ImageReference,
  ledgers: readonly Ledger[],
  { login, publicKey }: { readonly login?: RegistryLogin | undefined; readonly publicKey?: string | undefined } = {},
): Promise<string> {
  const releases = ledgers.flatMap((ledger) => slots.map((slot) => ledger.slots[slot].release));
  const held = releases.find((release) => release?.version === version && release.image.startsWith(`${name}@`));
  if (held) return held.image;
  const registry = new RegistryClient(name, login);
  const found = await registry.manifest(tag);
  if (found === undefined) throw new RegistryRefused("no such tag");
  if (publicKey !== undefined) {
    const signatures = await findSignature(registry, found.digest, createPublicKey(publicKey));
    if (!signatures.isValid) throw new NotSigned(`${String(signatures.found)} signatures, none by the key`);
  }
  return `${name}@${found.digest}`;
}
