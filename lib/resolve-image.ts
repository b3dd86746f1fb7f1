import type { Ledger } from "./ledger.ts";
import { slots } from "./naming.ts";
import { RegistryClient, RegistryRefused, type RegistryLogin } from "./registry-client.ts";

/** An image of the service in a registry. */
export interface ImageReference {
  /** Reference without tag. */
  readonly name: string;
  /** `latest`, a version or a commit: it is looked up once, the release has the digest. */
  readonly tag: string;
  readonly version: string;
}

/**
 * Finds the digest behind a tag, once: a release that a slot holds keeps its digest, even when somebody moves the tag.
 *
 * @returns `name@sha256:…`
 * @throws RegistryRefused with the registry's own words
 */
export async function resolveImage(
  { name, tag, version }: ImageReference,
  ledger: Ledger,
  login?: RegistryLogin,
): Promise<string> {
  for (const slot of slots) {
    const held = ledger.slots[slot].release;
    if (held?.version === version && held.image.startsWith(`${name}@`)) return held.image;
  }
  const found = await new RegistryClient(name, login).manifest(tag);
  if (found === undefined) throw new RegistryRefused("no such tag");
  return `${name}@${found.digest}`;
}
