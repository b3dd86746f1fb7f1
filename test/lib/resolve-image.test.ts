import { generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { emptyLedger, type Ledger } from "../../lib/ledger.ts";
import { RegistryRefused } from "../../lib/registry-client.ts";
import { NotSigned, resolveImage } from "../../lib/resolve-image.ts";
import { TokenRegistry } from "../support/token-registry.ts";

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

const resolve = (options: { password?: string; publicKey?: string; tag?: string; ledgers?: Ledger[] } = {}) => {
  const { password = "right", publicKey, tag = "1.0.0", ledgers = [emptyLedger] } = options;
  const login = { server, username: "puller", password };
  return resolveImage({ name: `${server}/acme/api`, tag, version: "1.0.0" }, ledgers, { login, publicKey });
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
    const statement = JSON.stringify({
      subject: [{ digest: { sha256: of.replace("sha256:", "") } }],
      predicateType: "https://sigstore.dev/cosign/sign/v1",
    });
    const signed = `DSSEv1 ${String(payloadType.length)} ${payloadType} ${String(statement.length)} ${statement}`;
    const sig = sign("sha256", Buffer.from(signed), key).toString("base64");
    const dsseEnvelope = { payload: Buffer.from(statement).toString("base64"), payloadType, signatures: [{ sig }] };
    const mediaType = "application/vnd.dev.sigstore.bundle.v0.3+json";
    const blob = registry.put("blobs", { mediaType, verificationMaterial: {}, dsseEnvelope });
    const artifact = registry.put("manifests", { artifactType: mediaType, layers: [{ mediaType, digest: blob }] });
    registry.put("manifests", { manifests: [{ digest: artifact, artifactType: mediaType }] }, digest.replace(":", "-"));
  }

  test.each([
    ["simple", signSimply],
    ["bundle", signBundle],
  ])("of the right key opens the way (%s)", async (_, signWith) => {
    signWith(keys.right.privateKey);
    expect(await resolve({ publicKey })).toBe(`${server}/acme/api@${digest}`);
  });

  test.each([
    ["simple", signSimply],
    ["bundle", signBundle],
  ])("of another key, or of another image, does not (%s)", async (_, signWith) => {
    signWith(keys.wrong.privateKey);
    await expect(resolve({ publicKey })).rejects.toThrow(NotSigned);
    signWith(keys.right.privateKey, `sha256:${"0".repeat(64)}`);
    await expect(resolve({ publicKey })).rejects.toThrow("1 signatures, none by the key");
  });

  test("that is missing is said so", async () => {
    await expect(resolve({ publicKey })).rejects.toThrow("0 signatures, none by the key");
  });
});
