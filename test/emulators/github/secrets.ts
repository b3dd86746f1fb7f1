// Secrets of Actions, of environments and of Dependabot: each store has its own key pair, and sealed boxes are opened.
import sodium from "libsodium-wrappers";
import type { AnyHandlers, Call, Reply } from "./call.ts";
import { created, noContent, ok } from "./call.ts";
import { environmentOf } from "./environments.ts";
import { notFound, unprocessable } from "./errors.ts";
import { now } from "./world.ts";

interface Secret {
  sealed: string;
  createdAt: string;
  updatedAt: string;
}

interface Keys {
  publicKey: Uint8Array;
  privateKey: Uint8Array;
}

export class SecretStore {
  readonly keyId: string;
  readonly publicKey: string;
  private readonly keys: Keys;
  private readonly secrets = new Map<string, Secret>();

  constructor(keys: Keys, keyId: string) {
    this.keys = keys;
    this.keyId = keyId;
    this.publicKey = sodium.to_base64(keys.publicKey, sodium.base64_variants.ORIGINAL);
  }

  /** Upper-case names, as GitHub keeps them. */
  get names(): string[] {
    return [...this.secrets.keys()].sort();
  }

  get(name: string): Secret | undefined {
    return this.secrets.get(name.toUpperCase());
  }

  /** For tests: the value that a workflow would read; undefined where there is no such secret. */
  opened(name: string): string | undefined {
    const secret = this.get(name);
    return secret === undefined ? undefined : this.open(secret.sealed);
  }

  /** @throws a 422 where the box does not open with the store's key. */
  put(name: string, sealed: string, keyId: string): "created" | "updated" {
    if (!/^[A-Z_][A-Z0-9_]*$/i.test(name) || /^GITHUB_/i.test(name)) throw unprocessable(`Secret names ${nameRule}`);
    if (keyId !== this.keyId) throw unprocessable("Public key is not valid for this repository or environment.");
    this.open(sealed);
    const known = this.get(name);
    const time = now();
    this.secrets.set(name.toUpperCase(), { sealed, createdAt: known?.createdAt ?? time, updatedAt: time });
    return known === undefined ? "created" : "updated";
  }

  /** @returns brings the secrets back to how they are now */
  snapshot(): () => void {
    const saved = new Map(this.secrets);
    return () => {
      this.secrets.clear();
      for (const [name, secret] of saved) this.secrets.set(name, secret);
    };
  }

  delete(name: string): boolean {
    return this.secrets.delete(name.toUpperCase());
  }

  private open(sealed: string): string {
    try {
      const box = sodium.from_base64(sealed, sodium.base64_variants.ORIGINAL);
      return sodium.to_string(sodium.crypto_box_seal_open(box, this.keys.publicKey, this.keys.privateKey));
    } catch {
      throw unprocessable("Invalid request.\n\nencrypted_value is not a box sealed with the public key.");
    }
  }
}

const nameRule =
  "can only contain alphanumeric characters ([a-z], [A-Z], [0-9]) or underscores (_). Spaces are not allowed. Must start with a letter ([a-z], [A-Z]) or underscores (_). Cannot start with GITHUB_.";

export async function newSecretStore(): Promise<SecretStore> {
  await sodium.ready;
  return new SecretStore(sodium.crypto_box_keypair(), sodium.to_hex(sodium.randombytes_buf(9)));
}

type StoreOf = (call: Call, wanted: "read" | "write") => SecretStore;

function named(store: SecretStore, name: string): object {
  const secret = store.get(name);
  if (secret === undefined) throw notFound();
  return { name, created_at: secret.createdAt, updated_at: secret.updatedAt };
}

const list =
  (of: StoreOf) =>
  (call: Call): Reply => {
    const store = of(call, "write");
    return call.list(
      store.names.map((name) => named(store, name)),
      "secrets",
    );
  };
const key =
  (of: StoreOf) =>
  (call: Call): Reply => {
    // OpenAPI description: "Anyone with read access to the repository can use this endpoint."
    const store = of(call, "read");
    return ok({ key_id: store.keyId, key: store.publicKey });
  };
const get =
  (of: StoreOf) =>
  (call: Call): Reply =>
    ok(named(of(call, "write"), call.param("secret_name").toUpperCase()));
const put =
  (of: StoreOf) =>
  (call: Call): Reply => {
    const { encrypted_value = "", key_id = "" } = call.body as { encrypted_value?: string; key_id?: string };
    return of(call, "write").put(call.param("secret_name"), encrypted_value, key_id) === "created"
      ? created({})
      : noContent;
  };
const remove =
  (of: StoreOf) =>
  (call: Call): Reply => {
    if (!of(call, "write").delete(call.param("secret_name"))) throw notFound();
    return noContent;
  };

const ofActions: StoreOf = (call, wanted) => call.repository(wanted).secrets;
const ofDependabot: StoreOf = (call, wanted) => call.repository(wanted).dependabotSecrets;
const ofEnvironment: StoreOf = (call, wanted) => environmentOf(call, wanted).secrets;

export const secrets: AnyHandlers = {
  "actions/list-repo-secrets": list(ofActions),
  "actions/get-repo-public-key": key(ofActions),
  "actions/get-repo-secret": get(ofActions),
  "actions/create-or-update-repo-secret": put(ofActions),
  "actions/delete-repo-secret": remove(ofActions),
  "dependabot/list-repo-secrets": list(ofDependabot),
  "dependabot/get-repo-public-key": key(ofDependabot),
  "dependabot/get-repo-secret": get(ofDependabot),
  "dependabot/create-or-update-repo-secret": put(ofDependabot),
  "dependabot/delete-repo-secret": remove(ofDependabot),
  "actions/list-environment-secrets": list(ofEnvironment),
  "actions/get-environment-public-key": key(ofEnvironment),
  "actions/get-environment-secret": get(ofEnvironment),
  "actions/create-or-update-environment-secret": put(ofEnvironment),
  "actions/delete-environment-secret": remove(ofEnvironment),
};
