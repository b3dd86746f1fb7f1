import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

/** Who may speak to the bucket. */
export interface S3Keys {
  readonly accessKey: string;
  readonly secretKey: string;
}

/** A refusal as S3 words it. */
class Refused extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/**
 * One bucket of an S3-compatible store over HTTP, in memory, for clients that address it by path. Strict: each request has to be signed
 * (Signature Version 4) with the right keys, its body has to be what was signed, and what it does not know it refuses.
 */
export class S3Bucket {
  /** Contents by key. Tests read and break them. */
  readonly objects = new Map<string, Buffer>();
  /** `false`: the bucket is gone, and nobody may make it anew. */
  isThere = true;
  readonly #server = createServer((request, response) => {
    this.#answer(request, response).catch((error: unknown) => {
      const { status, code, message } =
        error instanceof Refused ? error : new Refused(500, "InternalError", String(error));
      response.writeHead(status, { "content-type": "application/xml" });
      const said = `<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
      response.end(request.method === "HEAD" ? undefined : said);
    });
  });

  readonly name: string;
  keys: S3Keys;

  constructor(name: string, keys: S3Keys) {
    this.name = name;
    this.keys = keys;
  }

  /** Answers at `host` until {@link close}. @returns its address */
  async listen(host: string, port = 0): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject).listen(port, host, resolve);
    });
    return `http://${host}:${String((this.#server.address() as AddressInfo).port)}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://bucket");
    const body = await this.#authenticated(request, url);
    const [, bucket, ...rest] = decodeURIComponent(url.pathname).split("/");
    if (bucket !== this.name || !this.isThere)
      throw new Refused(404, "NoSuchBucket", "The specified bucket does not exist");
    const key = rest.join("/");
    const kind = `${request.method ?? ""} ${key === "" ? "bucket" : "object"}`;
    const asks = [...url.searchParams.keys()];
    if (kind === "HEAD bucket") response.end();
    else if (kind === "GET bucket" && asks.includes("location"))
      this.#xml(response, "<LocationConstraint>us-east-1</LocationConstraint>");
    else if (kind === "GET bucket" && url.searchParams.get("list-type") === "2") this.#list(url, response);
    else if (asks.some((each) => each !== "x-id"))
      throw new Refused(501, "NotImplemented", `${kind}?${asks.join("&")}`);
    else if (kind === "PUT object") {
      this.objects.set(key, body);
      response.writeHead(200, { etag: etag(body) }).end();
    } else if (kind === "GET object" || kind === "HEAD object") this.#get(key, request, response);
    else if (kind === "DELETE object") {
      this.objects.delete(key);
      response.writeHead(204).end();
    } else throw new Refused(403, "AccessDenied", "Access Denied");
  }

  #get(key: string, { headers, method }: IncomingMessage, response: ServerResponse): void {
    const found = this.objects.get(key);
    if (found === undefined) throw new Refused(404, "NoSuchKey", "The specified key does not exist.");
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? "") ?? [];
    const first = Number(from ?? 0);
    if (from !== undefined && first >= found.length)
      throw new Refused(416, "InvalidRange", "The range is not satisfiable");
    const end = to === undefined || to === "" ? found.length : Math.min(Number(to) + 1, found.length);
    const part = found.subarray(first, end);
    response.writeHead(from === undefined ? 200 : 206, {
      "content-length": part.length,
      "last-modified": new Date(0).toUTCString(),
      etag: etag(found),
      ...(from === undefined
        ? {}
        : { "content-range": `bytes ${String(first)}-${String(end - 1)}/${String(found.length)}` }),
    });
    response.end(method === "HEAD" ? undefined : part);
  }

  #list(url: URL, response: ServerResponse): void {
    const prefix = url.searchParams.get("prefix") ?? "";
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(prefix)).sort();
    const contents = keys.map((key) => {
      const found = this.objects.get(key) ?? Buffer.alloc(0);
      return `<Contents><Key>${key}</Key><Size>${String(found.length)}</Size><ETag>${etag(found)}</ETag><LastModified>1970-01-01T00:00:00.000Z</LastModified></Contents>`;
    });
    const head = `<Name>${this.name}</Name><Prefix>${prefix}</Prefix><KeyCount>${String(keys.length)}</KeyCount><IsTruncated>false</IsTruncated>`;
    this.#xml(response, `<ListBucketResult>${head}${contents.join("")}</ListBucketResult>`);
  }

  #xml(response: ServerResponse, content: string): void {
    response.writeHead(200, { "content-type": "application/xml" }).end(`<?xml version="1.0"?>${content}`);
  }

  /** @returns the body, which was signed with the right keys */
  async #authenticated(request: IncomingMessage, url: URL): Promise<Buffer> {
    const { headers } = request;
    const [, accessKey = "", scope = "", signed = "", given = ""] =
      /^AWS4-HMAC-SHA256 Credential=([^/]+)\/([^,]+),\s*SignedHeaders=([^,]+),\s*Signature=([0-9a-f]{64})$/.exec(
        headers.authorization ?? "",
      ) ?? [];
    if (given === "") throw new Refused(403, "AccessDenied", "Access Denied.");
    if (accessKey !== this.keys.accessKey)
      throw new Refused(403, "InvalidAccessKeyId", "The Access Key Id you provided does not exist in our records.");
    const digest = String(headers["x-amz-content-sha256"]);
    const query = [...url.searchParams].map(([name, value]) => `${encoded(name)}=${encoded(value)}`).sort();
    const canonical = [
      request.method,
      url.pathname,
      query.join("&"),
      ...signed.split(";").map((name) => `${name}:${String(headers[name]).trim()}`),
      "",
      signed,
      digest,
    ].join("\n");
    const words = ["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, sha256(canonical)].join("\n");
    const key = scope
      .split("/")
      .reduce((before: string | Buffer, part) => hmac(before, part), `AWS4${this.keys.secretKey}`);
    if (!timingSafeEqual(hmac(key, words), Buffer.from(given, "hex")))
      throw new Refused(
        403,
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the one you provided.",
      );
    const sent = await buffer(request);
    if (digest === "STREAMING-AWS4-HMAC-SHA256-PAYLOAD") return unchunked(sent);
    if (digest !== "UNSIGNED-PAYLOAD" && digest !== sha256(sent))
      throw new Refused(400, "XAmzContentSHA256Mismatch", "The body is not what was signed");
    return sent;
  }
}

/** Chunks as `STREAMING-AWS4-HMAC-SHA256-PAYLOAD` sends them: `<hex size>;chunk-signature=…\r\n<bytes>\r\n`. */
function unchunked(sent: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < sent.length;) {
    const end = sent.indexOf("\r\n", at);
    const size = Number.parseInt(sent.subarray(at, end).toString().split(";")[0] ?? "", 16);
    parts.push(sent.subarray(end + 2, end + 2 + size));
    at = end + 4 + size;
  }
  return Buffer.concat(parts);
}

const sha256 = (content: string | Buffer) => createHash("sha256").update(content).digest("hex");
const hmac = (key: string | Buffer, content: string) => createHmac("sha256", key).update(content).digest();
const etag = (content: Buffer) => `"${createHash("md5").update(content).digest("hex")}"`;
const encoded = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`);
