import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What a registry says in trouble. */
export interface OddAnswer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** Stands in for ghcr.io, which cannot be had here: read-only, and strict about tokens, as that is. */
export class TokenRegistry {
  private readonly content = new Map<string, { type: string; body: string }>();
  private readonly server = createServer((request, response) => {
    this.answer(request, response);
  });
  private readonly credentials: string;
  /** What was asked for with which authorization. */
  readonly asked: string[] = [];
  /** Answers by path that come once each, before the usual ones; `*` is every path. */
  readonly odd = new Map<string, OddAnswer[]>();
  /** Whether manifests are named by their digest; ECR and Red Hat's registry don't. */
  namesDigest = true;

  constructor(login: { username: string; password: string }) {
    this.credentials = `Basic ${Buffer.from(`${login.username}:${login.password}`).toString("base64")}`;
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return `127.0.0.1:${String((this.server.address() as AddressInfo).port)}`;
  }

  stop(): void {
    this.server.close();
  }

  /** @returns the digest */
  put(kind: "manifests" | "blobs", content: unknown, tag?: string): string {
    const body = typeof content === "string" ? content : JSON.stringify(content);
    const digest = `sha256:${createHash("sha256").update(body).digest("hex")}`;
    const type = kind === "blobs" ? "application/octet-stream" : "application/vnd.oci.image.manifest.v1+json";
    for (const name of [digest, ...(tag === undefined ? [] : [tag])])
      this.content.set(`/v2/acme/api/${kind}/${name}`, { type, body });
    return digest;
  }

  private answer({ url = "", headers }: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(url, "http://registry");
    this.asked.push(pathname);
    const odd = (this.odd.get(pathname) ?? this.odd.get("*"))?.shift();
    if (odd) {
      response.writeHead(odd.status, odd.headers).end(odd.body);
      return;
    }
    if (pathname === "/token") {
      const isRight =
        headers.authorization === this.credentials && searchParams.get("scope") === "repository:acme/api:pull";
      response.writeHead(isRight ? 200 : 401).end(JSON.stringify({ token: "let-me-in" }));
      return;
    }
    if (headers.authorization !== "Bearer let-me-in") {
      const realm = `Bearer realm="http://${headers.host ?? ""}/token",service="test",scope="repository:acme/api:pull"`;
      response.writeHead(401, { "www-authenticate": realm }).end();
      return;
    }
    const found = this.content.get(pathname);
    if (!found) {
      response.writeHead(404).end("{}");
      return;
    }
    const digest = `sha256:${createHash("sha256").update(found.body).digest("hex")}`;
    const named = this.namesDigest ? { "docker-content-digest": digest } : {};
    response.writeHead(200, { "content-type": found.type, ...named }).end(found.body);
  }
}
