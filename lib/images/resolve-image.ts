import { findSignature, type WantedSigner } from "./image-signature.ts";
import type { Ledger } from "../releases/ledger.ts";
import { slots } from "../hosts/naming.ts";
import { RegistryClient, RegistryRefused, type RegistryLogin } from "./registry-client.ts";

/** The image has no signature by whom it must have one. */
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
 * @param options the login, and who must have signed the image
 * @throws RegistryRefused with the registry's own words
 * @throws NotSigned
 * @throws NoTrustedRoot
 */
export async function resolveImage(
  { name, tag, version }: ImageReference,
  ledgers: readonly Ledger[],
  { login, signer }: { readonly login?: RegistryLogin | undefined; readonly signer?: WantedSigner | undefined } = {},
): Promise<string> {
  const releases = ledgers.flatMap((ledger) => slots.map((slot) => ledger.slots[slot].release));
  const held = releases.find((release) => release?.version === version && release.image.startsWith(`${name}@`));
  if (held) return held.image;
  const registry = new RegistryClient(name, login);
  const found = await registry.manifest(tag);
  if (found === undefined) throw new RegistryRefused("no such tag");
  if (signer !== undefined) {
    const signatures = await findSignature(registry, found.digest, signer);
    const by = "identity" in signer ? "that identity" : "the key";
    if (!signatures.isValid) throw new NotSigned(`${String(signatures.found)} signatures, none by ${by}`);
  }
  return `${name}@${found.digest}`;
}
