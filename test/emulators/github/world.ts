// All state of one emulated GitHub.
import { generateKeyPairSync, verify } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Account, Actor, App, User } from "./accounts.ts";
import { actionsAppId, newToken } from "./accounts.ts";
import { newActionsPolicy } from "./actions-policy.ts";
import type { OperationId } from "./call.ts";
import { Git } from "./git.ts";
import { defaultLabels } from "./labels.ts";
import type { Plan, Visibility } from "./plans.ts";
import { RateLimit } from "./rate-limit.ts";
import type { Repository } from "./repository.ts";
import type { WorkflowRun } from "./workflow-runs.ts";
import { defaultSettings } from "./repository.ts";
import { ScopedTokens } from "./scoped-tokens.ts";
import { Oidc } from "./oidc.ts";
import { newSecretStore } from "./secrets.ts";
import { newSecurity } from "./security.ts";

/** One pair for every app of a process: making one takes half a second. */
let appKeys: App["keys"] | undefined;

export class World {
  readonly accounts: Account[] = [];
  readonly apps: App[] = [];
  readonly repositories: Repository[] = [];
  /** REST writes that are answered as if they were done, and are not: GitHub has been seen to (terraform-provider-github#2784). */
  readonly ignored = new Set<OperationId>();
  /** Uploads that arrive otherwise than they were sent. */
  readonly damaged = new Set<OperationId>();
  readonly runs: WorkflowRun[] = [];
  readonly scopedTokens = new ScopedTokens();
  readonly oidc = new Oidc(this);
  readonly requests = new RateLimit();
  /** Of GraphQL, which counts points. */
  readonly points = new RateLimit();
  /** Address without a slash at the end; known once the server listens. */
  url = "";
  private last = 1000;
  private readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
    this.addApp({ slug: "github-actions", name: "GitHub Actions", id: actionsAppId });
  }

  nextId(): number {
    this.last += 1;
    return this.last;
  }

  account(login: string): Account | undefined {
    return this.accounts.find((account) => same(account.login, login));
  }

  user(login: string): User | undefined {
    const account = this.account(login);
    return account?.kind === "user" ? account : undefined;
  }

  /**
   * The app that a JSON web token is of: signed with RS256 by its key, `iss` its id, valid for at most 10 minutes.
   * Source: docs.github.com, "Generating a JSON Web Token (JWT) for a GitHub App".
   */
  appOfJwt(jwt: string): App | undefined {
    const [header = "", payload = "", signature = ""] = jwt.split(".");
    const told = <T>(part: string) => JSON.parse(Buffer.from(part, "base64url").toString() || "{}") as Partial<T>;
    const { alg } = told<{ alg: string }>(header);
    const { iss, iat = 0, exp = 0 } = told<{ iss: string | number; iat: number; exp: number }>(payload);
    const now = Date.now() / 1_000;
    if (alg !== "RS256" || iat > now || exp <= now || exp > now + 600) return undefined;
    const app = this.apps.find(({ id }) => String(id) === String(iss));
    const isRight =
      app &&
      verify("sha256", Buffer.from(`${header}.${payload}`), app.keys.publicKey, Buffer.from(signature, "base64url"));
    return isRight ? app : undefined;
  }

  actor(token: string): Actor | undefined {
    return (
      this.scopedTokens.get(token)?.app ??
      [...this.accounts, ...this.apps].find(
        (actor): actor is Actor => actor.kind !== "organization" && actor.token === token,
      )
    );
  }

  addUser(login: string, plan: Plan = "free"): User {
    const known = this.user(login);
    if (known !== undefined) return known;
    const user: User = { kind: "user", id: this.nextId(), login, plan, token: newToken(), signingKeys: [] };
    this.accounts.push(user);
    return user;
  }

  addApp(given: { slug: string; name?: string; id?: number; deploymentProtection?: boolean }): App {
    const app: App = {
      kind: "app",
      id: given.id ?? this.nextId(),
      slug: given.slug,
      name: given.name ?? given.slug,
      token: newToken().replace("ghp_", "ghs_"),
      role: "write",
      installation: this.nextId(),
      keys: (appKeys ??= generateKeyPairSync("rsa", {
        modulusLength: 2048,
        publicKeyEncoding: { type: "spki", format: "pem" },
        privateKeyEncoding: { type: "pkcs1", format: "pem" },
      })),
      readsMembers: false,
      deploymentProtection: given.deploymentProtection ?? false,
    };
    this.apps.push(app);
    return app;
  }

  repository(owner: string, name: string): Repository | undefined {
    return this.repositories.find((repository) => same(repository.owner.login, owner) && same(repository.name, name));
  }

  /** An empty repository with GitHub's defaults. */
  async addRepository(owner: Account, name: string, visibility: Visibility): Promise<Repository> {
    const id = this.nextId();
    const defaultBranch = "main";
    await mkdir(this.directory, { recursive: true });
    const git = await Git.create(join(this.directory, `${id}.git`), defaultBranch);
    const time = now();
    const repository: Repository = {
      id,
      owner,
      name,
      visibility,
      archived: false,
      defaultBranch,
      createdAt: time,
      updatedAt: time,
      pushedAt: time,
      settings: { ...defaultSettings },
      topics: [],
      git,
      pushers: new Map(),
      signedByGitHub: new Set(),
      signingKeys: () => this.accounts.flatMap((account) => (account.kind === "user" ? account.signingKeys : [])),
      collaborators: new Map(),
      invitations: [],
      teams: new Map(),
      deployKeys: [],
      webhooks: [],
      autolinks: [],
      labels: defaultLabels(() => this.nextId()),
      environments: [],
      secrets: await newSecretStore(),
      dependabotSecrets: await newSecretStore(),
      variables: new Map(),
      properties: new Map(),
      rulesets: [],
      protections: [],
      actions: newActionsPolicy(),
      security: newSecurity(visibility),
      checks: [],
      analyses: [],
      statuses: [],
      pulls: [],
      deployments: [],
      releases: [],
      issues: [],
      bypasses: [],
      comments: [],
    };
    this.repositories.push(repository);
    return repository;
  }
}

function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** Now, as GitHub writes it: whole seconds, UTC. */
export function now(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`;
}
