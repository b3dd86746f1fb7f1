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
 * Finds the digest behind a tag, once: a release that a slot of any host holds keeps its digest, even when somebody moves the tag.
 *
 * @returns `name@sha256:…`
 * @throws RegistryRefused with the registry's own words
 */
export async function resolveImage(
  { name, tag, version }: ImageReference,
  ledgers: readonly Ledger[],
  login?: RegistryLogin,
): Promise<string> {
  const releases = ledgers.flatMap((ledger) => slots.map((slot) => ledger.slots[slot].release));
  const held = releases.find((release) => release?.version === version && release.image.startsWith(`${name}@`));
  if (held) return held.image;
  const found = await new RegistryClient(name, login).manifest(tag);
  if (found === undefined) throw new RegistryRefused("no such tag");
  return `${name}@${found.digest}`;
}
