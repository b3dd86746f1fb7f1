// The HTTP side: who is calling, REST by description, GraphQL, git; headers and errors as GitHub's.
import { createHash, randomUUID } from "node:crypto";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Actor } from "./accounts.ts";
import { Call } from "./call.ts";
import type { OperationId, Reply } from "./call.ts";
import type { Match } from "./description.ts";
import { Description } from "./description.ts";
import { notFound, Refusal, unprocessable } from "./errors.ts";
import { GitHttp } from "./git-http.ts";
import { GraphQL } from "./graphql.ts";
import { operations } from "./operations.ts";
import { fullName } from "./repository.ts";
import { snapshot } from "./snapshot.ts";
import { Traffic } from "./traffic.ts";
import type { World } from "./world.ts";

/** Largest request body taken, in bytes. */
const largestBody = 50 * 1024 * 1024;

// Reading the description takes half a second: once in a process, however many emulators it starts.
let description: Description | undefined;

export class GitHubServer {
  readonly traffic = new Traffic();
  private readonly world: World;
  private readonly description = (description ??= new Description());
  private readonly graphql: GraphQL;
  private readonly git: GitHttp;
  private readonly server: Server;

  constructor(world: World) {
    this.world = world;
    this.graphql = new GraphQL(world);
    this.git = new GitHttp(world);
    this.server = createServer((request, response) => {
      this.answer(request, response).catch((error: unknown) => {
        this.traffic.violations.push(
          `${request.method ?? ""} ${request.url ?? ""}: the emulator failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
        );
        if (!response.headersSent) response.writeHead(500);
        response.end();
      });
    });
  }

  /** @param port 0 for any free one. */
  async listen(port = 0): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.server.once("error", reject);
      this.server.listen(port, "127.0.0.1", resolve);
    });
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? "/", this.world.url);
    if (this.git.serves(pathname)) {
      const writes = pathname.endsWith("git-receive-pack") || searchParams.get("service") === "git-receive-pack";
      if (!this.world.scopedTokens.allowsGit(tokenOf(request), writes)) {
        response.writeHead(403).end("Write access to repository not granted.\n");
        this.record(request, pathname, 403, "git");
        return;
      }
      const status = await this.git.answer(request, response, pathname, searchParams, this.caller(request));
      if (status !== undefined) this.record(request, pathname, status, "git");
      return;
    }
    const body = await read(request);
    if (pathname.replace(/\/$/, "") === "/api/graphql") {
      const actor = this.caller(request);
      const {
        status,
        body: answer,
        problems,
      } = actor === undefined
        ? unauthenticated
        : await this.graphql.answer(actor, parse(body), (path) =>
            this.world.scopedTokens.allows(tokenOf(request), `/repos/{owner}/{repo}${path}`, "get"),
          );
      this.traffic.violations.push(...problems);
      this.send(request, response, pathname, { status, body: answer }, "graphql");
      return;
    }
    const identity = this.world.oidc.answer(pathname, searchParams, request.headers.authorization);
    if (identity !== undefined) {
      this.send(request, response, pathname, identity, undefined);
      return;
    }
    if (!pathname.startsWith("/api/v3")) {
      this.send(request, response, pathname, { status: 404, body: notFound().body }, undefined);
      return;
    }
    const path = this.currentPath(pathname.slice("/api/v3".length).replace(/\/$/, "") || "/");
    const match = this.description.match(request.method ?? "GET", path);
    const reply = await this.rest(request, match, path, searchParams, body);
    if (match !== undefined && reply.bytes === undefined) {
      const where = `${request.method ?? ""} ${path}: response: `;
      this.traffic.violations.push(
        ...this.description.responseProblems(match, reply.status, reply.body).map((problem) => where + problem),
      );
    }
    this.send(request, response, pathname, reply, match?.operationId);
  }

  private async rest(
    request: IncomingMessage,
    match: Match | undefined,
    path: string,
    query: URLSearchParams,
    raw: Buffer,
  ): Promise<Reply> {
    try {
      if (match === undefined) {
        this.traffic.unexpected.push(`${request.method ?? ""} ${path}`);
        throw notFound();
      }
      const handler = operations[match.operationId as keyof typeof operations] as
        ((call: Call) => Reply | Promise<Reply>) | undefined;
      if (handler === undefined) {
        this.traffic.unexpected.push(`${match.operationId}: ${request.method ?? ""} ${path}`);
        throw new Refusal(501, `${match.operationId} is not emulated`);
      }
      if (this.world.requests.left === 0 && match.operationId !== "rate-limit/get")
        throw new Refusal(403, "API rate limit exceeded for user.");
      const actor = path.startsWith("/app/") ? this.callingApp(request) : this.caller(request);
      if (actor === undefined && request.headers.authorization !== undefined) throw new Refusal(401, "Bad credentials");
      if (!this.world.scopedTokens.allows(tokenOf(request), match.template, match.method))
        throw new Refusal(403, "Resource not accessible by integration");
      const contentType = request.headers["content-type"] ?? "application/json";
      const isFile = match.operationId === "repos/upload-release-asset";
      const body = raw.length === 0 || isFile ? undefined : parse(raw);
      const values = Object.fromEntries(query);
      const problems = this.description.requestProblems(match, values, body);
      if (problems.length > 0) {
        this.traffic.violations.push(
          ...problems.map((problem) => `${request.method ?? ""} ${path}: request: ${problem}`),
        );
        throw unprocessable(`Invalid request.\n\n${problems.join("\n")}`);
      }
      if (!this.world.scopedTokens.allowsTree(tokenOf(request), match.operationId, body))
        throw new Refusal(403, "Resource not accessible by integration");
      const url = `${this.world.url}/api/v3${path}`;
      const call = new Call({
        world: this.world,
        actor,
        method: match.method.toUpperCase(),
        params: match.params,
        query: values,
        body,
        url,
        accept: request.headers.accept,
        bytes: raw,
        contentType,
      });
      const repository = this.world.repository(match.params.owner ?? "", match.params.repo ?? "");
      const isIgnored = this.world.ignored.has(match.operationId as OperationId);
      const restore = isIgnored && repository ? snapshot(repository) : undefined;
      const reply = await handler(call);
      restore?.();
      return reply;
    } catch (error) {
      if (error instanceof Refusal) return { status: error.status, body: error.body };
      throw error;
    }
  }

  /** Old addresses by number, which clients still use, in today's words. */
  private currentPath(path: string): string {
    const byId = /^\/repositories\/(\d+)(\/.*)?$/.exec(path);
    if (byId !== null) {
      const repository = this.world.repositories.find(({ id }) => String(id) === byId[1]);
      return repository === undefined ? path : `/repos/${fullName(repository)}${byId[2] ?? ""}`;
    }
    const team = /^\/organizations\/(\d+)\/team\/(\d+)(\/.*)?$/.exec(path);
    const organization = team === null ? undefined : this.world.accounts.find(({ id }) => String(id) === team[1]);
    if (team !== null && organization?.kind === "organization") {
      const slug = organization.teams.find(({ id }) => String(id) === team[2])?.slug ?? team[2] ?? "";
      return `/orgs/${organization.login}/teams/${slug}${team[3] ?? ""}`;
    }
    return path;
  }

  /** Below /app an app speaks for itself, and only there. */
  private callingApp(request: IncomingMessage): Actor | undefined {
    return this.world.appOfJwt((request.headers.authorization ?? "").replace(/^bearer /i, ""));
  }

  private caller(request: IncomingMessage): Actor | undefined {
    const token = tokenOf(request);
    return token === "" ? undefined : this.world.actor(token);
  }

  private send(
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
    reply: Reply,
    operation: string | undefined,
  ): void {
    const isGraph = operation === "graphql";
    const requests = isGraph ? this.world.points : this.world.requests;
    if (operation !== "rate-limit/get" && !isGraph) requests.used += 1;
    const text = reply.body === undefined ? "" : JSON.stringify(reply.body);
    const etag = `"${createHash("sha256").update(text).digest("hex")}"`;
    const unchanged =
      request.method === "GET" && reply.status === 200 && matches(request.headers["if-none-match"], etag);
    const status = unchanged ? 304 : reply.status;
    if (reply.bytes !== undefined) {
      response.writeHead(status, { "Content-Type": "application/octet-stream" }).end(reply.bytes);
      this.record(request, path, status, operation);
      return;
    }
    const bare = unchanged || text === "";
    response.writeHead(status, {
      ...(!bare && { "Content-Type": "application/json; charset=utf-8" }),
      ...(request.method === "GET" &&
        reply.status === 200 && { ETag: etag, "Cache-Control": "private, max-age=60, s-maxage=60" }),
      "X-GitHub-Request-Id": randomUUID(),
      "X-GitHub-Media-Type": "github.v3; format=json",
      "X-RateLimit-Limit": String(requests.limit),
      "X-RateLimit-Remaining": String(requests.left),
      "X-RateLimit-Used": String(requests.used),
      "X-RateLimit-Reset": String(requests.reset),
      "X-RateLimit-Resource": isGraph ? "graphql" : "core",
      ...reply.headers,
    });
    response.end(bare ? undefined : text);
    this.record(request, path, status, operation);
  }

  private record(request: IncomingMessage, path: string, status: number, operation: string | undefined): void {
    this.traffic.exchanges.push({
      method: request.method ?? "",
      path: path.replace(/^\/api\/v3/, ""),
      status,
      operation,
    });
  }
}

/** What the request shows, as a bearer or as the password that git sends. */
function tokenOf(request: IncomingMessage): string {
  const [scheme = "", value = ""] = (request.headers.authorization ?? "").split(" ");
  return scheme.toLowerCase() === "basic" ? (Buffer.from(value, "base64").toString().split(":").at(-1) ?? "") : value;
}

const unauthenticated = {
  status: 401,
  body: { message: "This endpoint requires you to be authenticated." },
  problems: [],
};

/** Weak and strong tags alike. */
function matches(header: string | undefined, etag: string): boolean {
  return (header ?? "").split(",").some((given) => given.trim().replace(/^W\//, "") === etag);
}

function parse(raw: Buffer): unknown {
  try {
    return JSON.parse(raw.toString());
  } catch {
    throw new Refusal(400, "Problems parsing JSON");
  }
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    parts.push(part);
    size += part.length;
    if (size > largestBody) throw new Error("request body is too large");
  }
  return Buffer.concat(parts);
}
