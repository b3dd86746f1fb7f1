import { request } from "node:http";
import { request as secureRequest } from "node:https";
import type { Duplex } from "node:stream";
import type { SecureOptions } from "../../support/load/closed-loop.ts";

/** Any 16 bytes. */
const key = "dGhlIHNhbXBsZSBub25jZQ==";

/** A long-lived stream through the proxy. */
export class Stream {
  beats = 0;
  isCut = false;
  #socket: Duplex | null = null;
  readonly #call;

  /** @param tls whom to trust where the address is an https one */
  constructor(url: string, kind: "events" | "websocket", tls: SecureOptions = {}) {
    const headers =
      kind === "events"
        ? { accept: "text/event-stream" }
        : { connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13", "sec-websocket-key": key };
    this.#call = url.startsWith("https:")
      ? secureRequest(`${url}/events`, { ca: tls.ca, servername: tls.servername, headers, agent: false })
      : request(`${url}/events`, { headers, agent: false });
    const cut = () => (this.isCut = true);
    const beat = () => this.beats++;
    this.#call.on("response", (response) => response.on("data", beat).on("close", cut).on("error", cut));
    this.#call.on("upgrade", (_response, socket) => {
      this.#socket = socket.on("data", beat).on("close", cut).on("error", cut);
    });
    this.#call.on("error", cut);
    this.#call.end();
  }

  close(): void {
    // After an upgrade the socket is no longer the request's.
    this.#socket?.destroy();
    this.#call.destroy();
  }
}
