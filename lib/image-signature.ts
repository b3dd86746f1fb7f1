import { verify, type KeyObject } from "node:crypto";
import { z } from "zod";
import type { RegistryClient } from "./registry-client.ts";

/**
 * Looks for a signature of cosign's that a key made over an image: both the older form (a tag `sha256-….sig`) and sigstore bundles
 * (referrers). Certificates and transparency logs are not asked: whoever has the key is whom to trust.
 *
 * @param digest of the image, `sha256:…`
 * @returns how many signatures there are and whether one of them is the key's
 */
export async function findSignature(
  registry: RegistryClient,
  digest: string,
  key: KeyObject,
): Promise<{ readonly found: number; readonly isValid: boolean }> {
  const signed = [...(await simpleSignatures(registry, digest)), ...(await bundles(registry, digest))];
  return { found: signed.length, isValid: signed.some((one) => isBy(key, one, digest)) };
}

/** What was signed, with what, and the image that it speaks of. */
interface Signed {
  readonly message: Buffer;
  readonly signature: Buffer;
  readonly subjects: readonly string[];
}

/** Keys of elliptic curves and RSA sign a hash, Ed25519 the message itself. */
function isBy(key: KeyObject, { message, signature, subjects }: Signed, digest: string): boolean {
  const hash = key.asymmetricKeyType === "ed25519" ? null : "sha256";
  return subjects.includes(digest) && verify(hash, message, key, signature);
}

const layered = z.object({
  layers: z.array(
    z.object({ mediaType: z.string(), digest: z.string(), annotations: z.record(z.string(), z.string()).default({}) }),
  ),
});
const payload = z.object({ critical: z.object({ image: z.object({ "docker-manifest-digest": z.string() }) }) });

async function simpleSignatures(registry: RegistryClient, digest: string): Promise<Signed[]> {
  const manifest = layered.safeParse((await registry.manifest(`${digest.replace(":", "-")}.sig`))?.body);
  const layers = manifest.success ? manifest.data.layers : [];
  return Promise.all(
    layers.map(async ({ digest: blob, annotations }) => {
      const message = await registry.blob(blob);
      const signature = Buffer.from(annotations["dev.cosignproject.cosign/signature"] ?? "", "base64");
      const said = payload.parse(JSON.parse(message.toString()));
      return { message, signature, subjects: [said.critical.image["docker-manifest-digest"]] };
    }),
  );
}

const index = z.object({ manifests: z.array(z.object({ digest: z.string(), artifactType: z.string().optional() })) });
const bundle = z.object({
  dsseEnvelope: z.object({
    payload: z.base64(),
    payloadType: z.string(),
    signatures: z.array(z.object({ sig: z.base64() })).min(1),
  }),
});
const statement = z.object({ subject: z.array(z.object({ digest: z.record(z.string(), z.string()) })) });
const bundleType = "application/vnd.dev.sigstore.bundle";

async function bundles(registry: RegistryClient, digest: string): Promise<Signed[]> {
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
function signedBundle(json: Buffer): Signed[] {
  const parsed = bundle.safeParse(JSON.parse(json.toString()));
  if (!parsed.success) return [];
  const { payloadType, signatures, ...envelope } = parsed.data.dsseEnvelope;
  const body = Buffer.from(envelope.payload, "base64");
  const head = `DSSEv1 ${String(payloadType.length)} ${payloadType} ${String(body.length)} `;
  const { subject } = statement.parse(JSON.parse(body.toString()));
  return signatures.map(({ sig }) => ({
    message: Buffer.concat([Buffer.from(head), body]),
    signature: Buffer.from(sig, "base64"),
    subjects: subject.map(({ digest }) => `sha256:${digest.sha256 ?? ""}`),
  }));
}
