import { createHash, generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { bundleToJSON } from "@sigstore/bundle";
import { fulcioHandler, initializeCA, initializeCTLog, initializeTLog, rekorHandler } from "@sigstore/mock";
import { DSSEBundleBuilder, FulcioSigner, RekorWitness } from "@sigstore/sign";

/** Whom a provider of identities vouches for. */
export interface Claims {
  readonly sub: string;
  readonly iss: string;
}

/**
 * A sigstore of its own in place of sigstore.dev: an authority that gives short-lived certificates and a transparency log, with the keys to
 * trust them. What is signed, and how, is sigstore's own code.
 */
export class Sigstore {
  private readonly server = createServer();
  private url = "";
  private root: unknown;

  async start(): Promise<void> {
    const [authority, certificates, log] = Array.from({ length: 3 }, () =>
      generateKeyPairSync("ec", { namedCurve: "P-256" }),
    );
    if (!authority || !certificates || !log) throw new Error("needs three keys");
    const ctlog = await initializeCTLog(certificates);
    const ca = await initializeCA(authority, ctlog);
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    this.url = `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}`;
    const tlog = await initializeTLog(this.url, log);
    const handlers = [fulcioHandler(ca), rekorHandler(tlog)];
    this.server.on("request", (request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        const handler = handlers.find(({ path }) => path === request.url);
        if (!handler) return response.writeHead(404).end();
        return void handler.fn(Buffer.concat(parts).toString()).then(({ statusCode, response: body, contentType }) => {
          response.writeHead(statusCode, { "content-type": contentType ?? "text/plain" });
          response.end(typeof body === "string" ? body : Buffer.from(body.buffer));
        });
      });
    });
    const validFor = { start: new Date(Date.now() - 60_000).toISOString() };
    const logged = (publicKey: Buffer) => ({
      baseUrl: this.url,
      hashAlgorithm: "SHA2_256",
      publicKey: { rawBytes: publicKey.toString("base64"), keyDetails: "PKIX_ECDSA_P256_SHA_256", validFor },
      logId: { keyId: createHash("sha256").update(publicKey).digest("base64") },
    });
    this.root = {
      mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
      tlogs: [logged(tlog.publicKey)],
      certificateAuthorities: [
        {
          subject: { organization: "test", commonName: "test" },
          uri: this.url,
          certChain: { certificates: [{ rawBytes: Buffer.from(ca.rootCertificate.buffer).toString("base64") }] },
          validFor,
        },
      ],
      ctlogs: [logged(ctlog.publicKey)],
      timestampAuthorities: [],
    };
  }

  stop(): void {
    this.server.close();
  }

  /** What `slipway:signature.trustedRoot` names a file of. */
  get trustedRoot(): string {
    return JSON.stringify(this.root);
  }

  /** A bundle as `cosign sign` leaves it in a registry. */
  async sign(statement: string, claims: Claims): Promise<unknown> {
    const token = ["{}", JSON.stringify({ ...claims, aud: "sigstore" }), ""].map((part) =>
      Buffer.from(part).toString("base64url"),
    );
    const signer = new FulcioSigner({
      fulcioBaseURL: this.url,
      identityProvider: { getToken: () => Promise.resolve(token.join(".")) },
    });
    const witnesses = [new RekorWitness({ rekorBaseURL: this.url, entryType: "intoto" })];
    const builder = new DSSEBundleBuilder({ signer, witnesses });
    const bundle = await builder.create({ data: Buffer.from(statement), type: "application/vnd.in-toto+json" });
    return bundleToJSON(bundle);
  }
}
