// A stateful GitHub for tests: `const github = await GitHub.start({ accounts: [{ login: "acme", kind: "organization", plan: "team" }] })`.
import { mkdtemp, rm } from "node:fs/promises";
import type { PropertyDefinition } from "./custom-properties.ts";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Account, App, Role } from "./accounts.ts";
import { plansOf } from "./plans.ts";
import type { Plan } from "./plans.ts";
import type { Repository } from "./repository.ts";
import { GitHubServer } from "./server.ts";
import type { Traffic } from "./traffic.ts";
import { World } from "./world.ts";

export interface AccountArgs {
  login: string;
  /** @default "organization" */
  kind?: "user" | "organization";
  /** @default "free" */
  plan?: Plan;
  /** Teams, each with its members' logins. Organisations only. */
  teams?: Record<string, string[]>;
  /** Custom properties that an organisation defines. */
  properties?: readonly PropertyDefinition[];
}

export interface AppArgs {
  slug: string;
  /** App id. @default the next free one */
  id?: number;
  /** Whether environments may ask it as a custom deployment protection rule. @default false */
  deploymentProtection?: boolean;
}

export interface GitHubArgs {
  /** Whom repositories belong to. @default one organisation `acme` on the plan `team` */
  accounts?: AccountArgs[];
  /** Apps beside GitHub Actions (`github-actions`, 15368). */
  apps?: AppArgs[];
  /** @default any free port */
  port?: number;
}

/** People that always exist. In every organisation `admin` is an owner; the others have the role of their name on each repository. */
const people: Record<string, Role> = {
  admin: "admin",
  maintainer: "maintain",
  writer: "write",
  reader: "read",
  stranger: "none",
};

export class GitHub {
  /** Base address without a slash at the end: REST is below `/api/v3/`, GraphQL at `/api/graphql`, git at `/{owner}/{repo}.git`. */
  readonly url: string;
  /** All state, to look at and to change behind the API's back. */
  readonly world: World;
  private readonly server: GitHubServer;
  private readonly directory: string;

  private constructor(world: World, server: GitHubServer, directory: string) {
    this.world = world;
    this.url = world.url;
    this.server = server;
    this.directory = directory;
  }

  static async start({
    accounts = [{ login: "acme", plan: "team" }],
    apps = [],
    port,
  }: GitHubArgs = {}): Promise<GitHub> {
    const directory = await mkdtemp(join(tmpdir(), "github-"));
    const world = new World(directory);
    for (const login of Object.keys(people)) world.addUser(login);
    for (const app of apps) world.addApp(app);
    for (const account of accounts) addAccount(world, account);
    const server = new GitHubServer(world);
    world.url = await server.listen(port);
    return new GitHub(world, server, directory);
  }

  async stop(): Promise<void> {
    await this.server.close();
    await rm(this.directory, { recursive: true, force: true });
  }

  /** What was sent and received, and what of it was not as GitHub describes it. */
  get traffic(): Traffic {
    return this.server.traffic;
  }

  /** The token of a user (`admin`, `maintainer`, `writer`, `reader`, `stranger`, or a user account) or app. @throws for unknown names. */
  tokenOf(name: string): string {
    const found = this.world.user(name) ?? this.world.apps.find(({ slug }) => slug === name);
    if (found === undefined) throw new Error(`no user or app ${name}`);
    return found.token;
  }

  /** State of a repository. @param fullName for example `acme/api`. @throws where there is none. */
  repository(fullName: string): Repository {
    const [owner = "", name = ""] = fullName.split("/");
    const repository = this.world.repository(owner, name);
    if (repository === undefined) throw new Error(`no repository ${fullName}`);
    return repository;
  }

  app(slug: string): App {
    const app = this.world.apps.find((one) => one.slug === slug);
    if (app === undefined) throw new Error(`no app ${slug}`);
    return app;
  }

  /** Address for `git clone` and `git push` with the user's token in it. */
  cloneUrl(fullName: string, user: string): string {
    return `${this.url.replace("://", `://${user}:${this.tokenOf(user)}@`)}/${fullName}.git`;
  }
}

function addAccount(
  world: World,
  { login, kind = "organization", plan = "free", teams = {}, properties = [] }: AccountArgs,
): void {
  if (!(plansOf[kind] as readonly string[]).includes(plan))
    throw new Error(`${kind} ${login} cannot have the plan ${plan}`);
  if (kind === "user") {
    world.addUser(login, plan).plan = plan;
    return;
  }
  const members = new Map(
    Object.keys(people).flatMap((name) =>
      name === "stranger" ? [] : [[name, name === "admin" ? "admin" : "member"] as const],
    ),
  );
  const roles = new Map(Object.entries(people));
  const account: Account = {
    kind,
    id: world.nextId(),
    login,
    plan,
    members,
    teams: [],
    roles,
    properties: [...properties],
    customRoles: [],
    rulesets: [],
  };
  for (const [name, logins] of Object.entries(teams)) {
    const given = new Map(logins.map((member) => [world.addUser(member).login, "member" as const]));
    for (const member of given.keys()) if (!members.has(member)) members.set(member, "member");
    account.teams.push({ id: world.nextId(), slug: name, name, description: "", privacy: "closed", members: given });
  }
  world.accounts.push(account);
}
