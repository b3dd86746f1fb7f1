import { generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { WantedSigner } from "../../../lib/images/image-signature.ts";
import { emptyLedger, type Ledger } from "../../../lib/releases/ledger.ts";
import { RegistryRefused } from "../../../lib/images/registry-client.ts";
import { NotSigned, resolveImage } from "../../../lib/images/resolve-image.ts";
import { NoTrustedRoot } from "../../../lib/images/signer-identity.ts";
import { Sigstore } from "../../support/sigstore.ts";
import { TokenRegistry } from "../../support/token-registry.ts";

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
  const { password = "right", signer, tag = "1.0.0", ledgers = [emptyLedger] } = options;
  const login = { server, username: "puller", password };
  return resolveImage({ name: `${server}/acme/api`, tag, version: "1.0.0" }, ledgers, { login, signer });
};

describe("a tag", () => {
  test("is looked up once, with a token that the login gets", async () => {
    expect(await resolve()).toBe(`${server}/acme/api@${digest}`);
    expect(registry.asked.filter((path) => path === "/token")).toHaveLength(1);
  });

  test("that somebody moved makes no other release: what a host holds stays", async () => {
    const image = `${server}/acme/api@sha256:old`;
    const release = { id: "1.0.0-x", version: "1.0.0", image, fingerprint: "f", replicas: 1 };
    const holding = { ...emptyLedger, slots: { ...emptyLedger.slots, blue: { release, state: "holds" as const } } };
    expect(await resolve({ ledgers: [emptyLedger, holding] })).toBe(image);
    expect(registry.asked).toEqual([]);
  });

  test("that is not there, and a login that is wrong, are told apart", async () => {
    await expect(resolve({ tag: "9.9.9" })).rejects.toMatchObject({ message: "no such tag", unauthorized: false });
    const refused = await resolve({ password: "wrong" }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(RegistryRefused);
    expect(refused).toMatchObject({ message: "HTTP status 401 as puller", unauthorized: true });
  });
});

const bundleType = "application/vnd.dev.sigstore.bundle.v0.3+json";
const statementOf = (of: string) =>
  JSON.stringify({
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ digest: { sha256: of.replace("sha256:", "") } }],
    predicateType: "https://sigstore.dev/cosign/sign/v1",
  });

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
  function signSimply(key: KeyObject, of = digest): void {
    const critical = {
      identity: {},
      image: { "docker-manifest-digest": of },
      type: "cosign container image signature",
    };
    const payload = JSON.stringify({ critical, optional: null });
    const annotations = {
      "dev.cosignproject.cosign/signature": sign("sha256", Buffer.from(payload), key).toString("base64"),
    };
    const mediaType = "application/vnd.dev.cosign.simplesigning.v1+json";
    const layer = { mediaType, digest: registry.put("blobs", payload), annotations };
    registry.put("manifests", { layers: [layer] }, `${digest.replace(":", "-")}.sig`);
  }

  /** As cosign 3 leaves it. */
  function signBundle(key: KeyObject, of = digest): void {
    const payloadType = "application/vnd.in-toto+json";
    const statement = statementOf(of);
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
