import { generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { WantedSigner } from "../../../lib/images/image-signature.ts";
import { emptyLedger, type Ledger } from "../../../lib/releases/ledger.ts";
import { RegistryRefused } from "../../../lib/images/registry-client.ts";
import { NotSigned, resolveImage } from "../../../lib/images/resolve-image.ts";
import { pullable } from "../../../lib/images/tag.ts";
import { NoTrustedRoot } from "../../../lib/images/signer.ts";
import { Sigstore } from "../../support/sigstore.ts";
import { TokenRegistry, type OddAnswer } from "../../support/token-registry.ts";

const account = { username: "puller", password: "right" };
let registry: TokenRegistry;
let server: string;
let digest: string;
beforeEach(async () => {
  registry = new TokenRegistry(account);
  server = await registry.start();
  digest = registry.put("manifests", { layers: [] }, "1.0.0");
});
afterEach(() => {
  registry.stop();
});

const resolve = (options: { password?: string; signer?: WantedSigner; tag?: string; ledgers?: Ledger[] } = {}) => {
  const { password = "right", signer, tag, ledgers = [emptyLedger] } = options;
  const login = { server, username: "puller", password };
  const say = (line: string) => said.push(line);
  return resolveImage({ name: `${server}/acme/api`, tag, version: "1.0.0" }, ledgers, { login, signer, say });
};
let said: string[] = [];

/** A host that holds version 1.0.0 as this image. */
const holding = (image: string): Ledger => {
  const release = { id: "1.0.0-x", version: "1.0.0", image, fingerprint: "f", replicas: 1 };
  return { ...emptyLedger, slots: { ...emptyLedger.slots, blue: { release, state: "holds" as const } } };
};

describe("a tag", () => {
  test("is looked up once, with a token that the login gets", async () => {
    expect(await resolve()).toBe(`${server}/acme/api@${digest}`);
    expect(registry.asked.filter((path) => path === "/token")).toHaveLength(1);
  });

  test("that somebody moved makes no other release: what a host holds stays", async () => {
    const image = `${server}/acme/api@sha256:old`;
    expect(await resolve({ ledgers: [emptyLedger, holding(image)] })).toBe(image);
    const tagged = `${server}/acme/api:latest@sha256:old`;
    expect(await resolve({ tag: "latest", ledgers: [holding(tagged)] })).toBe(tagged);
    expect(registry.asked).toEqual([]);
  });

  test("another one for the same version is another release", async () => {
    const newer = registry.put("manifests", { layers: [1] }, "main-abc1234");
    const old = [holding(`${server}/acme/api@${digest}`), holding(`${server}/acme/api:latest@${digest}`)];
    expect(await resolve({ tag: "main-abc1234", ledgers: old })).toBe(`${server}/acme/api:main-abc1234@${newer}`);
    expect(await resolve({ ledgers: [holding(`${server}/acme/api:latest@sha256:old`)] })).toBe(
      `${server}/acme/api@${digest}`,
    );
  });

  test("of a release from before tags were part of it makes no other release while its content is the same", async () => {
    registry.put("manifests", { layers: [] }, "latest");
    const image = `${server}/acme/api@${digest}`;
    expect(await resolve({ tag: "latest", ledgers: [holding(image)] })).toBe(image);
  });

  test("is part of what a slot is given, and not of what it pulls", () => {
    expect(pullable(`${server}/acme/api:1.0_x@sha256:ab`)).toBe(`${server}/acme/api@sha256:ab`);
    expect(pullable(`${server}/acme/api@sha256:ab`)).toBe(`${server}/acme/api@sha256:ab`);
  });

  test("that is not there, and a login that is wrong, are told apart", async () => {
    await expect(resolve({ tag: "9.9.9" })).rejects.toMatchObject({ message: "no such tag", unauthorized: false });
    const refused = await resolve({ password: "wrong" }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(RegistryRefused);
    expect(refused).toMatchObject({ message: "HTTP status 401 as puller", unauthorized: true });
  });
});

describe("a registry", () => {
  beforeEach(() => {
    said = [];
  });
  const manifest = "/v2/acme/api/manifests/1.0.0";
  const challenge = (value: string) => ({ status: 401, headers: { "www-authenticate": value } });

  test("that does not name the digest (ECR, Red Hat) gives the image by the digest of what it sent", async () => {
    registry.namesDigest = false;
    expect(await resolve()).toBe(`${server}/acme/api@${digest}`);
  });

  test("that names another digest than its content's is refused", async () => {
    await resolve();
    const headers = { "docker-content-digest": `sha256:${"0".repeat(64)}` };
    registry.odd.set(manifest, [
      challenge(`Bearer realm="http://${server}/token"`),
      { status: 200, headers, body: "{}" },
    ]);
    await expect(resolve()).rejects.toThrow("a manifest whose digest is not the one that was named");
  });

  test.each([
    ["429 with Retry-After", 429, { "retry-after": "0" }],
    ["503 with a date that has passed", 503, { "retry-after": "Wed, 21 Oct 2015 07:28:00 GMT" }],
    ["502", 502, {}],
  ])("that is busy is asked again, and that is said (%s)", async (_, status, headers) => {
    registry.odd.set("*", [{ status, headers }]);
    expect(await resolve()).toBe(`${server}/acme/api@${digest}`);
    expect(said).toEqual([
      expect.stringMatching(`^HTTP status ${String(status)} from 127.*: asking again in [01] s \\(1 of 3\\)$`),
    ]);
  });

  test("that stays busy is given up, as is one that wants a long peace and one whose login is busy", async () => {
    registry.odd.set(
      manifest,
      Array.from({ length: 9 }, () => ({ status: 429, headers: { "retry-after": "0" } })),
    );
    await expect(resolve()).rejects.toThrow(`HTTP status 429 from ${server}, 4 times`);
    registry.odd.set(manifest, [{ status: 429, headers: { "retry-after": "21600" } }]);
    await expect(resolve()).rejects.toThrow(`HTTP status 429 from ${server}, which wants 21600 s of peace`);
    registry.odd.clear();
    registry.odd.set("/token", [{ status: 503, headers: { "retry-after": "0" } }]);
    expect(await resolve()).toBe(`${server}/acme/api@${digest}`);
  });

  const html = { status: 200, headers: { "content-type": "text/html; charset=utf-8" }, body: "<html>Log in\n</html>" };
  test.each<[string, string, OddAnswer[], string]>([
    ["answers HTML for a manifest", manifest, [html], "HTTP status 200 with text/html instead of a manifest"],
    ["answers HTML for a token", "/token", [html], "HTTP status 200 with text/html instead of a token"],
    ["gives a token of another form", "/token", [{ status: 200, body: '{"token":5}' }], "no token from 127"],
    ["gives no token", "/token", [{ status: 200, body: "{}" }], "no token from 127"],
    [
      "does not say where tokens are",
      manifest,
      [challenge('Bearer service="x"')],
      "HTTP status 401 that does not say where a token is to be had, but nothing",
    ],
    [
      "names a place that is none",
      manifest,
      [challenge('Bearer realm="token"')],
      "where a token is to be had, but token",
    ],
    ["has no challenge at all", manifest, [{ status: 401 }, { status: 401 }], "HTTP status 401 as puller"],
    ["is broken", manifest, [{ status: 500 }], "HTTP status 500"],
  ])("that %s is one clear line", async (_, path, answers, message) => {
    registry.odd.set(path, answers);
    const refused = (await resolve().catch((error: unknown) => error)) as RegistryRefused;
    expect(refused).toBeInstanceOf(RegistryRefused);
    expect(refused.message).toContain(message);
    expect(refused.message).not.toContain("\n");
  });

  test("may write its challenge without quotes and in capitals", async () => {
    registry.odd.set(manifest, [challenge(`BEARER Realm=http://${server}/token,Service=test`)]);
    expect(await resolve()).toBe(`${server}/acme/api@${digest}`);
  });
});

const bundleType = "application/vnd.dev.sigstore.bundle.v0.3+json";
const subjectOf = (of: string) => ({ digest: { sha256: of.replace("sha256:", "") } });
const statementOf = (of: string, change: object = {}) =>
  JSON.stringify({
    _type: "https://in-toto.io/Statement/v1",
    subject: [subjectOf(of)],
    predicateType: "https://sigstore.dev/cosign/sign/v1",
    ...change,
  });

/** Statements that pipelines sign with the same key, and others that are no signature of the image. */
const noSignatures: [string, object][] = [
  [
    "a vulnerability scan",
    { predicateType: "https://cosign.sigstore.dev/attestation/vuln/v1", predicate: { scanner: { result: "FAILED" } } },
  ],
  ["an SBOM (SPDX)", { predicateType: "https://spdx.dev/Document" }],
  ["an SBOM (CycloneDX)", { predicateType: "https://cyclonedx.org/bom" }],
  ["a provenance", { predicateType: "https://slsa.dev/provenance/v1" }],
  ["a test result", { predicateType: "https://in-toto.io/attestation/test-result/v0.1" }],
  ["anything of cosign attest", { predicateType: "https://cosign.sigstore.dev/attestation/v1" }],
  ["a statement without a predicate type", { predicateType: undefined }],
  ["a predicate type with more behind it", { predicateType: "https://sigstore.dev/cosign/sign/v1/failed" }],
  ["a statement of another kind", { _type: "https://example.com/Statement" }],
  ["no subject", { subject: [] }],
  ["subjects without a sha256", { subject: [{ digest: { sha512: "0" } }, { digest: {} }] }],
  [
    "subjects of other images",
    { subject: [subjectOf(`sha256:${"1".repeat(64)}`), subjectOf(`sha256:${"2".repeat(64)}`)] },
  ],
  ["a subject of another form", { subject: "the image" }],
];

function putBundle(...bundles: unknown[]): void {
  const manifests = bundles.map((bundle) => {
    const layer = { mediaType: bundleType, digest: registry.put("blobs", JSON.stringify(bundle)) };
    const artifact = registry.put("manifests", { artifactType: bundleType, layers: [layer] });
    return { digest: artifact, artifactType: bundleType };
  });
  registry.put("manifests", { manifests }, digest.replace(":", "-"));
}

describe("a signature", () => {
  const keys = {
    right: generateKeyPairSync("ec", { namedCurve: "P-256" }),
    wrong: generateKeyPairSync("ec", { namedCurve: "P-256" }),
  };
  const publicKey = String(keys.right.publicKey.export({ type: "spki", format: "pem" }));

  /** As `cosign sign --new-bundle-format=false` leaves it. */
  function signSimply(key: KeyObject, of = digest, change: object = {}, mediaType = simple): void {
    const critical = {
      identity: {},
      image: { "docker-manifest-digest": of },
      type: "cosign container image signature",
      ...change,
    };
    const payload = JSON.stringify({ critical, optional: null });
    const annotations = {
      "dev.cosignproject.cosign/signature": sign("sha256", Buffer.from(payload), key).toString("base64"),
    };
    const layer = { mediaType, digest: registry.put("blobs", payload), annotations };
    registry.put("manifests", { layers: [layer] }, `${digest.replace(":", "-")}.sig`);
  }

  const simple = "application/vnd.dev.cosign.simplesigning.v1+json";

  /** As cosign 3 leaves it. */
  function signBundle(
    key: KeyObject,
    of = digest,
    statement = statementOf(of),
    payloadType = "application/vnd.in-toto+json",
  ): void {
    const signed = `DSSEv1 ${String(payloadType.length)} ${payloadType} ${String(statement.length)} ${statement}`;
    const sig = sign("sha256", Buffer.from(signed), key).toString("base64");
    const dsseEnvelope = { payload: Buffer.from(statement).toString("base64"), payloadType, signatures: [{ sig }] };
    putBundle({ mediaType: bundleType, verificationMaterial: {}, dsseEnvelope });
  }

  test.each([
    ["simple", signSimply],
    ["bundle", signBundle],
  ])("of the right key opens the way (%s)", async (_, signWith) => {
    signWith(keys.right.privateKey);
    expect(await resolve({ signer: { publicKey } })).toBe(`${server}/acme/api@${digest}`);
  });

  test.each([
    ["simple", signSimply],
    ["bundle", signBundle],
  ])("of another key, or of another image, does not (%s)", async (_, signWith) => {
    signWith(keys.wrong.privateKey);
    await expect(resolve({ signer: { publicKey } })).rejects.toThrow(NotSigned);
    signWith(keys.right.privateKey, `sha256:${"0".repeat(64)}`);
    await expect(resolve({ signer: { publicKey } })).rejects.toThrow("1 signatures, none by the key");
  });

  test.each(noSignatures)("is not %s by the same key", async (_, change) => {
    signBundle(keys.right.privateKey, digest, statementOf(digest, change));
    await expect(resolve({ signer: { publicKey } })).rejects.toThrow(NotSigned);
  });

  test("may name several images, of which this is one", async () => {
    const subject = [subjectOf(`sha256:${"1".repeat(64)}`), subjectOf(digest)];
    signBundle(keys.right.privateKey, digest, statementOf(digest, { subject }));
    expect(await resolve({ signer: { publicKey } })).toBe(`${server}/acme/api@${digest}`);
  });

  test.each(["application/json", "application/vnd.in-toto", "text/plain", ""])(
    "is not a payload of type %j by the same key",
    async (type) => {
      signBundle(keys.right.privateKey, digest, statementOf(digest), type);
      await expect(resolve({ signer: { publicKey } })).rejects.toThrow(NotSigned);
    },
  );

  test.each<[string, object, string?]>([
    ["type", { type: "atomic container signature" }],
    ["no type", { type: undefined }],
    ["no digest", { image: {} }],
    ["layer", {}, "application/vnd.dsse.envelope.v1+json"],
  ])("is not a simple one with another %s by the same key", async (_, change, mediaType) => {
    signSimply(keys.right.privateKey, digest, change, mediaType);
    await expect(resolve({ signer: { publicKey } })).rejects.toThrow(NotSigned);
  });

  test("beside which others pushed what can't be read is found all the same", async () => {
    const key = keys.right.privateKey;
    putBundle("no bundle", {
      dsseEnvelope: { payload: "bm8ganNvbg==", payloadType: "application/vnd.in-toto+json", signatures: [{ sig: "" }] },
    });
    await expect(resolve({ signer: { publicKey } })).rejects.toThrow("0 signatures, none by the key");
    signSimply(key);
    expect(await resolve({ signer: { publicKey } })).toBe(`${server}/acme/api@${digest}`);
  });

  test("that is missing is said so", async () => {
    await expect(resolve({ signer: { publicKey } })).rejects.toThrow("0 signatures, none by the key");
  });
});

describe("a signature without a key", () => {
  const issuer = "https://token.actions.githubusercontent.com";
  const workflow = "https://github.com/acme/api/.github/workflows/cd.yml@refs/tags/v1.0.0";
  let sigstore: Sigstore;
  let folder: string;
  let trustedRoot: string;
  beforeAll(async () => {
    sigstore = new Sigstore();
    await sigstore.start();
    folder = mkdtempSync(join(tmpdir(), "slipway-sigstore-"));
    trustedRoot = join(folder, "trusted_root.json");
    writeFileSync(trustedRoot, sigstore.trustedRoot);
  });
  afterAll(() => {
    sigstore.stop();
    rmSync(folder, { recursive: true });
  });

  const signed = async (by = { sub: workflow, iss: issuer }, of = digest) => sigstore.sign(statementOf(of), by);
  const resolveFor = (identity: string) => resolve({ signer: { identity, issuer, trustedRoot } });

  test("of the right identity opens the way, among others", async () => {
    putBundle(await signed({ sub: "https://github.com/mallory/api", iss: issuer }), await signed());
    expect(await resolveFor(workflow)).toBe(`${server}/acme/api@${digest}`);
    expect(await resolveFor(workflow.replace("v1.0.0", "v*"))).toBe(`${server}/acme/api@${digest}`);
  });

  test.each<[string, { sub?: string; iss?: string }]>([
    ["another workflow", { sub: workflow.replace("cd.yml", "ci.yml") }],
    ["a name that only contains the right one", { sub: `https://mallory.example/?${workflow}` }],
    ["a name that a dot stands for", { sub: workflow.replace("github.com", "githubXcom") }],
    ["another provider of identities", { iss: "https://accounts.mallory.example" }],
  ])("of %s does not", async (_, claims) => {
    putBundle(await signed({ sub: workflow, iss: issuer, ...claims }));
    await expect(resolveFor(workflow)).rejects.toThrow("1 signatures, none by that identity");
  });

  test("of another image does not, nor one whose statement was changed afterwards", async () => {
    const other = `sha256:${"0".repeat(64)}`;
    const forOther = await signed(undefined, other);
    putBundle(forOther);
    await expect(resolveFor(workflow)).rejects.toThrow("none by that identity");
    const changed = Buffer.from(statementOf(digest)).toString("base64");
    putBundle({
      ...(forOther as object),
      dsseEnvelope: { ...(forOther as SignedBundle).dsseEnvelope, payload: changed },
    });
    await expect(resolveFor(workflow)).rejects.toThrow("none by that identity");
  });

  test.each(noSignatures)("is not %s of the right identity", async (_, change) => {
    putBundle(await sigstore.sign(statementOf(digest, change), { sub: workflow, iss: issuer }));
    await expect(resolveFor(workflow)).rejects.toThrow(NotSigned);
  });

  test("from a sigstore that is not trusted does not", async () => {
    const stranger = new Sigstore();
    await stranger.start();
    putBundle(await stranger.sign(statementOf(digest), { sub: workflow, iss: issuer }));
    stranger.stop();
    await expect(resolveFor(workflow)).rejects.toThrow("none by that identity");
  });

  test("can't be checked without what is to be trusted", async () => {
    putBundle(await signed());
    const signer = { identity: workflow, issuer, trustedRoot: join(folder, "missing.json") };
    await expect(resolve({ signer })).rejects.toThrow(NoTrustedRoot);
  });
});

interface SignedBundle {
  readonly dsseEnvelope: object;
}
