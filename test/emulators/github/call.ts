// One REST call as a handler sees it. Paths, queries and bodies have the types of GitHub's published description.
import type { operations } from "@octokit/openapi-types";
import type { Actor, Account, Organization, Role, User } from "./accounts.ts";
import { atLeast, roleOf } from "./accounts.ts";
import { forbidden, notFound, Refusal } from "./errors.ts";
import type { Repository } from "./repository.ts";
import type { World } from "./world.ts";

export type OperationId = keyof operations;

/** The described body of an operation. */
export type BodyOf<Id extends OperationId> = operations[Id] extends { requestBody?: infer Given }
  ? NonNullable<Given> extends { content: { "application/json": infer Body } }
    ? NonNullable<Body>
    : Record<string, never>
  : Record<string, never>;

export interface Reply {
  status: number;
  body?: unknown;
  /** Instead of a body: a file. */
  bytes?: Buffer;
  headers?: Record<string, string>;
}

/** Replies are anything: the response's validation says whether they are right. */
export type Handlers = { [Id in OperationId]?: (call: Call<BodyOf<Id>>) => Reply | Promise<Reply> };
/** For handlers that serve several operations alike. */
export type AnyHandlers = Partial<Record<OperationId, (call: Call) => Reply | Promise<Reply>>>;

const perPage = 30;
const mostPerPage = 100;

export class Call<Body = unknown> {
  readonly world: World;
  readonly actor: Actor | undefined;
  private readonly params: Record<string, string>;
  readonly query: Record<string, string>;
  readonly body: Body;
  /** The request's address, without its query. */
  readonly url: string;
  /** The header `Accept`. */
  readonly accept: string | undefined;
  /** The body as it came, and what it says to be: for files. */
  readonly bytes: Buffer;
  readonly contentType: string;
  /** Whether the call may change anything. */
  private readonly changes: boolean;

  constructor(given: {
    world: World;
    actor: Actor | undefined;
    method: string;
    params: Record<string, string>;
    query: Record<string, string>;
    body: unknown;
    url: string;
    accept: string | undefined;
    bytes: Buffer;
    contentType: string;
  }) {
    this.world = given.world;
    this.actor = given.actor;
    this.params = given.params;
    this.query = given.query;
    this.body = (given.body ?? {}) as Body;
    this.url = given.url;
    this.accept = given.accept;
    this.bytes = given.bytes;
    this.contentType = given.contentType;
    this.changes = given.method !== "GET";
  }

  /** A parameter of the path. */
  param(name: string): string {
    return this.params[name] ?? "";
  }

  /**
   * The repository of the path.
   * @throws 404 for who cannot read it, 403 for who may read it but not do this, and for changes of an archived one.
   */
  repository(wanted: Role = "read", archived: "refused" | "taken" = "refused"): Repository {
    const repository = this.world.repository(this.param("owner"), this.param("repo"));
    if (repository === undefined || !this.mayRead(repository)) throw notFound();
    if (!atLeast(roleOf(this.actor, repository), wanted)) {
      throw forbidden(
        wanted === "admin"
          ? "Must have admin rights to Repository."
          : "Resource not accessible by personal access token",
      );
    }
    if (repository.archived && this.changes && archived === "refused")
      throw forbidden("Repository was archived so is read-only.");
    return repository;
  }

  mayRead(repository: Repository): boolean {
    return atLeast(roleOf(this.actor, repository), "read");
  }

  /** @throws 401 for anonymous callers. */
  user(): User {
    if (this.actor === undefined) throw new Refusal(401, "Requires authentication");
    if (this.actor.kind === "app") throw forbidden("Resource not accessible by integration");
    return this.actor;
  }

  organization(wanted?: "member" | "admin"): Organization {
    const account = this.world.account(this.param("org"));
    if (account?.kind !== "organization") throw notFound();
    const membership = this.actor?.kind === "user" ? account.members.get(this.actor.login) : undefined;
    // docs.github.com, "Permissions required for GitHub Apps", organisation permission "Members".
    if (this.actor?.kind === "app" && this.actor.readsMembers && wanted === "member") return account;
    if (wanted !== undefined && membership === undefined) throw notFound();
    if (wanted === "admin" && membership !== "admin") throw forbidden("Must be an organization owner.");
    return account;
  }

  account(login: string): Account {
    const account = this.world.account(login);
    if (account === undefined) throw notFound();
    return account;
  }

  /** The wanted page of a list and the `Link` header to its neighbours. */
  page<T>(items: readonly T[]): { items: T[]; headers: Record<string, string> } {
    const size = Math.min(Number(this.query.per_page ?? perPage), mostPerPage);
    const page = Number(this.query.page ?? 1);
    const last = Math.max(1, Math.ceil(items.length / size));
    const link = (to: number, rel: string): string => {
      const query = new URLSearchParams({ ...this.query, per_page: String(size), page: String(to) });
      return `<${this.url}?${query.toString()}>; rel="${rel}"`;
    };
    const links = [
      ...(page > 1 ? [link(page - 1, "prev")] : []),
      ...(page < last ? [link(page + 1, "next"), link(last, "last")] : []),
      ...(page > 1 ? [link(1, "first")] : []),
    ];
    const headers: Record<string, string> = links.length === 0 ? {} : { Link: links.join(", ") };
    return { items: items.slice((page - 1) * size, page * size), headers };
  }

  /** A list as GitHub answers it: bare, or under a name with its total. */
  list(items: readonly unknown[], name?: string): Reply {
    const page = this.page(items);
    const body = name === undefined ? page.items : { total_count: items.length, [name]: page.items };
    return { status: 200, body, headers: page.headers };
  }
}

export const noContent: Reply = { status: 204 };

export function ok(body: unknown): Reply {
  return { status: 200, body };
}

export function created(body: unknown): Reply {
  return { status: 201, body };
}
