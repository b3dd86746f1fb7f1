import { createPublicKey, verify, type KeyObject } from "node:crypto";
import { z } from "zod";
import type { RegistryClient } from "./registry-client.ts";
import type { SignerIdentity } from "./signer.ts";

/** Who must have signed: the owner of a private key, or whoever an identity provider vouched for. */
export type WantedSigner = { readonly publicKey: string } | SignerIdentity;

/**
 * Looks for a signature over an image: sigstore bundles (referrers), and for a key also cosign's older form (a tag `sha256-….sig`). With a
 * key, certificates and transparency logs are not asked: whoever has the key is whom to trust.
 *
 * What must never happen here: another statement of the same signer counts as a signature. A scan that failed, an SBOM and a provenance
 * name the image too, and the same key or workflow signs them; so only what `cosign sign` makes is one. What can't be read is none.
 *
 * @param digest of the image, `sha256:…`
 * @returns how many signatures there are, and whether one of them is by whom it must be
 * @throws NoTrustedRoot when identities can't be checked
 */
export async function findSignature(
  registry: RegistryClient,
  digest: string,
  wanted: WantedSigner,
): Promise<{ readonly found: number; readonly isValid: boolean }> {
  const bundles = await bundlesOf(registry, digest);
  if ("identity" in wanted) {
    // Loaded only here: no other release pays for sigstore's libraries.
    const { identityCheck } = await import("./signer-identity.ts");
    const isBy = bundles.length > 0 ? await identityCheck(wanted) : () => false;
    return { found: bundles.length, isValid: bundles.some((one) => one.subjects.includes(digest) && isBy(one.bundle)) };
  }
  const key = createPublicKey(wanted.publicKey);
  const signed = [...(await simpleSignatures(registry, digest)), ...bundles];
  return { found: signed.length, isValid: signed.some((one) => isByKey(key, one, digest)) };
}

/** What was signed, with what, and the image that it speaks of. */
interface Signed {
  readonly message: Buffer;
  readonly signature: Buffer;
  readonly subjects: readonly string[];
}

/** Keys of elliptic curves and RSA sign a hash, Ed25519 the message itself. */
function isByKey(key: KeyObject, { message, signature, subjects }: Signed, digest: string): boolean {
  const hash = key.asymmetricKeyType === "ed25519" ? null : "sha256";
  return subjects.includes(digest) && verify(hash, message, key, signature);
}

const layered = z.object({
  layers: z.array(
    z.object({ mediaType: z.string(), digest: z.string(), annotations: z.record(z.string(), z.string()).default({}) }),
  ),
});
const payload = z.object({
  critical: z.object({
    type: z.literal("cosign container image signature"),
    image: z.object({ "docker-manifest-digest": z.string() }),
  }),
});
const payloadLayer = "application/vnd.dev.cosign.simplesigning.v1+json";

async function simpleSignatures(registry: RegistryClient, digest: string): Promise<Signed[]> {
  const manifest = layered.safeParse((await registry.manifest(`${digest.replace(":", "-")}.sig`))?.body);
  const layers = (manifest.data?.layers ?? []).filter(({ mediaType }) => mediaType === payloadLayer);
  const signed = await Promise.all(
    layers.map(async ({ digest: blob, annotations }) => {
      const message = await registry.blob(blob);
      const signature = Buffer.from(annotations["dev.cosignproject.cosign/signature"] ?? "", "base64");
      const said = payload.safeParse(json(message));
      return said.success
        ? [{ message, signature, subjects: [said.data.critical.image["docker-manifest-digest"]] }]
        : [];
    }),
  );
  return signed.flat();
}

/** Content of a blob that anybody may have pushed; undefined if it is no JSON. */
function json(blob: Buffer): unknown {
  try {
    return JSON.parse(blob.toString());
  } catch {
    return undefined;
  }
}

const index = z.object({ manifests: z.array(z.object({ digest: z.string(), artifactType: z.string().optional() })) });
const dsseBundle = z.object({
  dsseEnvelope: z.object({
    payload: z.base64(),
    payloadType: z.literal("application/vnd.in-toto+json"),
    signatures: z.array(z.object({ sig: z.base64() })).min(1),
  }),
});
const statement = z.object({
  _type: z.enum(["https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1"]),
  predicateType: z.literal("https://sigstore.dev/cosign/sign/v1"),
  subject: z.array(z.object({ digest: z.record(z.string(), z.string()) })),
});
const bundleType = "application/vnd.dev.sigstore.bundle";

type SignedBundle = Signed & { readonly bundle: unknown };

async function bundlesOf(registry: RegistryClient, digest: string): Promise<SignedBundle[]> {
  const listed = index.safeParse(await registry.referrers(digest));
  const found = listed.success ? listed.data.manifests : [];
  const signed = await Promise.all(
    found.map(async ({ digest: artifact }) => {
      const manifest = layered.safeParse((await registry.manifest(artifact))?.body);
      const layer = manifest.data?.layers.find(({ mediaType }) => mediaType.startsWith(bundleType));
      return layer ? signedBundle(await registry.blob(layer.digest)) : [];
    }),
  );
  return signed.flat();
}

/** DSSE signs the type and the payload together, each with its length. */
function signedBundle(blob: Buffer): SignedBundle[] {
  const content = json(blob);
  const parsed = dsseBundle.safeParse(content);
  if (!parsed.success) return [];
  const { payloadType, signatures, ...envelope } = parsed.data.dsseEnvelope;
  const body = Buffer.from(envelope.payload, "base64");
  const head = `DSSEv1 ${String(payloadType.length)} ${payloadType} ${String(body.length)} `;
  const said = statement.safeParse(json(body));
  if (!said.success) return [];
  return signatures.map(({ sig }) => ({
    bundle: content,
    message: Buffer.concat([Buffer.from(head), body]),
    signature: Buffer.from(sig, "base64"),
    subjects: said.data.subject.map(({ digest }) => `sha256:${digest.sha256 ?? ""}`),
  }));
}
