import { readFile } from "node:fs/promises";
import { bundleFromJSON } from "@sigstore/bundle";
import { TrustedRoot } from "@sigstore/protobuf-specs";
import { getTrustedRoot } from "@sigstore/tuf";
import { toSignedEntity, toTrustMaterial, Verifier } from "@sigstore/verify";
import { NoTrustedRoot, type SignerIdentity } from "./signer.ts";

/** Longest wait for one answer of the public sigstore.dev, in ms. */
const timeoutMs = 20_000;

/**
 * @returns whether a sigstore bundle was signed by an identity: its certificate comes from a trusted authority and is in a trusted log, the
 *   signature was made while it was valid, and says so in the transparency log
 * @throws NoTrustedRoot
 */
export async function identityCheck({
  identity,
  issuer,
  trustedRoot,
}: SignerIdentity): Promise<(bundle: unknown) => boolean> {
  const verifier = new Verifier(toTrustMaterial(await readTrustedRoot(trustedRoot)));
  const policy = { subjectAlternativeName: exactly(identity), extensions: { issuer } };
  return (bundle) => {
    try {
      verifier.verify(toSignedEntity(bundleFromJSON(bundle)), policy);
      return true;
    } catch {
      // Somebody else's signature, or no whole one.
      return false;
    }
  };
}

async function readTrustedRoot(file: string | undefined): Promise<TrustedRoot> {
  try {
    if (file === undefined) return await getTrustedRoot({ timeout: timeoutMs, retry: 1 });
    return TrustedRoot.fromJSON(JSON.parse(await readFile(file, "utf8")));
  } catch (error) {
    throw new NoTrustedRoot(error instanceof Error ? error.message : String(error));
  }
}

/** The library would look for a pattern anywhere in the name. */
function exactly(identity: string): RegExp {
  const parts = identity.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`);
}
