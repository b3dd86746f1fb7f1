import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { HealthRequest } from "../../../router/health-request.ts";

/** What it answers well, and what else it refuses at the same path. */
type Asked = HealthRequest & { readonly path: string };

/** A status, a connection that is cut before or within the answer, no answer at all, or a process that ends. */
export type Fault = number | "reset" | "truncated" | "hang" | "die";

/** A small service that can be told to misbehave. */
export class Replica {
  /** Answers to everything but the health path. */
  status = 200;
  /** What becomes of a request that is not to be answered by `status`, by its method; null for the others. */
  fault: (method: string) => Fault | null = () => null;
  delayMs = 0;
  isHealthy = true;
  /** What it answers at its health path in place of JSON. */
  says: string | null = null;
  /** Requests answered, health checks not counted. */
  answered = 0;
  /** Streams that are open now. */
  streams = 0;
  readonly version: string;
  readonly slot: string;
  readonly #asked: Asked;
  readonly #server: Server;
  readonly #upgraded = new Set<Duplex>();

  private constructor(version: string, slot: string, asked: Asked) {
    this.version = version;
    this.slot = slot;
    this.#asked = asked;
    this.#server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
      request.resume();
      if (request.url === "/events") {
        response.writeHead(200, { "content-type": "text/event-stream" });
        this.#stream((text) => response.write(text), response);
        return;
      }
      request.on("end", () =>
        setTimeout(
          () => {
            this.#answer(request, response);
          },
          request.url === this.#asked.path ? 0 : (wantedMs(request) ?? this.delayMs),
        ),
      );
    });
  }

  /** Events, or bytes after an upgrade as a WebSocket does it, every 50 ms until either side hangs up. */
  #stream(write: (text: string) => void, closed: { once(event: "close", heard: () => void): unknown }): void {
    this.streams++;
    const beat = setInterval(() => {
      write("data: beat\n\n");
    }, 50);
    closed.once("close", () => {
      this.streams--;
      clearInterval(beat);
    });
  }

  static async start(
    address: string,
    version: string,
    slot: string,
    asked: Asked = { path: "/health" },
  ): Promise<Replica> {
    const replica = new Replica(version, slot, asked);
    replica.#server.on("upgrade", (request, socket: Duplex) => {
      replica.#upgrade(socket, String(request.headers["sec-websocket-key"]));
      replica.#upgraded.add(socket);
    });
    const [host, port] = address.split(":");
    replica.#server.listen(Number(port), host);
    await once(replica.#server, "listening");
    return replica;
  }

  #upgrade(socket: Duplex, key: string): void {
    // HAProxy checks it: RFC 6455, 4.2.2.
    const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
    socket.on("error", () => undefined);
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    this.#stream((text) => socket.write(text), socket);
  }

  /** Dies like a killed process: listener and connections at once. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    // No longer the server's once they were upgraded.
    for (const socket of this.#upgraded) socket.destroy();
    await closed;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    response.setHeader("x-slipway-version", this.version).setHeader("x-slipway-slot", this.slot);
    // Another release's path.
    if (/^\/(health|ready)\b/.test(request.url ?? "") && request.url !== this.#asked.path) {
      response.writeHead(404).end();
      return;
    }
    if (request.url === this.#asked.path) {
      const { host, headers = {}, statuses = [200] } = this.#asked;
      const wanted = { ...headers, ...(host === undefined ? {} : { host }) };
      const isRight = Object.entries(wanted).every(([name, value]) => request.headers[name.toLowerCase()] === value);
      response.statusCode = !isRight ? 400 : this.isHealthy ? (statuses.at(-1) ?? 200) : 503;
      response.end(
        this.says ?? JSON.stringify({ status: this.isHealthy ? "healthy" : "unhealthy", version: this.version }),
      );
      return;
    }
    this.answered++;
    const fault = this.fault(request.method ?? "");
    if (fault === "hang") return;
    if (fault === "die") {
      void this.stop();
      return;
    }
    if (fault === "reset") {
      request.socket.destroy();
      return;
    }
    response.statusCode = typeof fault === "number" ? fault : this.status;
    if (fault === "truncated") {
      response.setHeader("content-length", 200);
      response.write("x".repeat(100), () => request.socket.destroy());
      return;
    }
    response.end("x".repeat(200));
  }
}

/** `?ms=` of a request that says itself how long it is to take. */
function wantedMs({ url = "" }: IncomingMessage): number | null {
  const ms = /\?ms=(\d+)$/.exec(url)?.[1];
  return ms === undefined ? null : Number(ms);
}
