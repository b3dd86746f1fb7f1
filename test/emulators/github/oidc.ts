// Identity tokens of jobs. Source: docs.github.com, "OpenID Connect reference"; addresses as on an Enterprise Server.
import { createPublicKey, generateKeyPairSync, randomBytes, randomUUID, sign, type KeyObject } from "node:crypto";
import type { Repository } from "./repository.ts";
import { fullName } from "./repository.ts";
import type { World } from "./world.ts";

/** What a job's token tells of it, beside its repository. */
export interface JobIdentity {
  readonly event: string;
  /** In full. */
  readonly ref: string;
  readonly sha: string;
  readonly actor: string;
  readonly runId: number;
  /** File of the workflow, in `.github/workflows`. */
  readonly file: string;
  readonly environment?: string;
}

/** How a job asks for its token; nobody else can. */
export interface OpenDoor {
  readonly url: string;
  readonly token: string;
  /** When the job has ended. */
  close(): void;
}

/** Seconds that a token is good for. */
const validSeconds = 300;
/** Repositories made since then are named with their ids too, so that a name that somebody takes over is another subject. */
const namedById = "2026-07-15";

/** One pair for every emulator of a process: making one takes a while. */
let keys: { readonly privateKey: KeyObject; readonly publicKey: KeyObject } | undefined;
const keyPair = () => (keys ??= generateKeyPairSync("rsa", { modulusLength: 2048 }));
const keyId = "emulated";

export class Oidc {
  private readonly world: World;
  private readonly open = new Map<
    string,
    { readonly token: string; readonly claims: Readonly<Record<string, string>> }
  >();

  constructor(world: World) {
    this.world = world;
  }

  get issuer(): string {
    return `${this.world.url}/_services/token`;
  }

  /** What a job with `id-token: write` gets. */
  admit(repository: Repository, job: JobIdentity): OpenDoor {
    const path = `/_services/pipelines/${job.runId}/${randomUUID()}/idtoken`;
    const token = randomBytes(24).toString("base64url");
    this.open.set(path, { token, claims: claimsOf(repository, job) });
    return {
      url: `${this.world.url}${path}?api-version=2.0`,
      token,
      close: () => {
        this.open.delete(path);
      },
    };
  }

  /** @returns undefined for an address that is none of its */
  answer(path: string, query: URLSearchParams, authorization = ""): { status: number; body: unknown } | undefined {
    if (!path.startsWith("/_services/")) return undefined;
    if (path === "/_services/token/.well-known/openid-configuration")
      return { status: 200, body: { issuer: this.issuer, jwks_uri: `${this.issuer}/.well-known/jwks` } };
    if (path === "/_services/token/.well-known/jwks") {
      const jwk = createPublicKey(keyPair().publicKey.export({ type: "spki", format: "pem" })).export({
        format: "jwk",
      });
      return { status: 200, body: { keys: [{ ...jwk, kid: keyId, alg: "RS256", use: "sig" }] } };
    }
    const door = this.open.get(path);
    const [scheme = "", token] = authorization.split(" ");
    if (door === undefined || scheme.toLowerCase() !== "bearer" || token !== door.token)
      return { status: 401, body: { message: "Not authorized" } };
    const audience = query.get("audience") ?? `https://github.com/${door.claims.repository_owner ?? ""}`;
    return { status: 200, body: { value: this.signed({ ...door.claims, aud: audience }) } };
  }

  private signed(claims: Readonly<Record<string, string>>): string {
    const seconds = Math.floor(Date.now() / 1_000);
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const times = { iat: seconds, nbf: seconds - 5, exp: seconds + validSeconds };
    const text = `${part({ alg: "RS256", typ: "JWT", kid: keyId })}.${part({ ...claims, iss: this.issuer, jti: randomUUID(), ...times })}`;
    return `${text}.${sign("sha256", Buffer.from(text), keyPair().privateKey).toString("base64url")}`;
  }
}

function claimsOf(repository: Repository, job: JobIdentity): Readonly<Record<string, string>> {
  const { event, ref, sha, actor, runId, file, environment } = job;
  const { owner, id, visibility } = repository;
  const name = fullName(repository);
  const workflow = `${name}/.github/workflows/${file}@${ref}`;
  const claims = {
    repository: name,
    repository_id: String(id),
    repository_owner: owner.login,
    repository_owner_id: String(owner.id),
    repository_visibility: visibility,
    ref,
    ref_type: ref.startsWith("refs/tags/") ? "tag" : "branch",
    sha,
    actor,
    event_name: event,
    workflow_ref: workflow,
    job_workflow_ref: workflow,
    run_id: String(runId),
    run_attempt: "1",
    runner_environment: "github-hosted",
    ...(environment === undefined ? {} : { environment }),
  };
  return { ...claims, sub: subjectOf(repository, job, claims) };
}

function subjectOf(
  { owner, name, id, createdAt, actions }: Repository,
  { event, ref, environment }: JobIdentity,
  claims: Readonly<Record<string, string>>,
): string {
  const isById = createdAt.slice(0, 10) >= namedById;
  const repo = isById ? `repo:${owner.login}@${owner.id}/${name}@${id}` : `repo:${owner.login}/${name}`;
  const escaped = (text: string) => text.replaceAll(":", "%3A");
  const context =
    environment !== undefined
      ? `environment:${escaped(environment)}`
      : event === "pull_request"
        ? "pull_request"
        : `ref:${ref}`;
  const { use_default: isDefault, include_claim_keys: wanted = [] } = actions.oidc;
  if (isDefault) return `${repo}:${context}`;
  return wanted
    .map((key) => (key === "repo" ? repo : key === "context" ? context : `${key}:${escaped(claims[key] ?? "")}`))
    .join(":");
}
