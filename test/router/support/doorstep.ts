import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import type { ControllerConfig } from "../../../router/controller-config.ts";
import { serverAddress } from "../../../router/traffic.ts";
import { TestHost } from "./host.ts";
import { release } from "./samples.ts";

/** What a test sends, and from where. */
export interface Call {
  readonly from?: string;
  /** Sent before the request. */
  readonly first?: string;
  readonly body?: string;
}

/** A released service behind the proxy that keeps what it hears, and connections to it as they are written. */
export class Doorstep {
  readonly host: TestHost;
  heard: IncomingHttpHeaders = {};
  /** How long an answer takes, by its path. */
  takesMs: (path: string) => number = () => 0;
  readonly #service: Server;
  readonly #sockets: Socket[] = [];

  private constructor(host: TestHost) {
    this.host = host;
    this.#service = createServer((request, response) => {
      const { url = "" } = request;
      if (url !== "/health") this.heard = request.headers;
      request.resume().on("end", () => setTimeout(respond, this.takesMs(url), response));
    });
  }

  /** @param secrets the controller's, by file name */
  static async open(
    change: Partial<ControllerConfig> = {},
    secrets: Readonly<Record<string, string>> = {},
  ): Promise<Doorstep> {
    const host = await TestHost.start(change, secrets);
    const step = new Doorstep(host);
    await host.guard("blue", release("1.0.0"));
    const [address, port] = serverAddress(host.config, "blue", 1).split(":");
    step.#service.listen(Number(port), address);
    await once(step.#service, "listening");
    const { code, stderr } = await host.promote("blue", release("1.0.0"));
    if (code !== 0) throw new Error(stderr);
    return step;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets.splice(0)) socket.destroy();
    this.#service.closeAllConnections();
    this.#service.close();
    await this.host.stop();
  }

  /** A connection of its own from an address. */
  async connect(from = "127.0.0.1"): Promise<Socket> {
    const host = from.includes(":") ? "::1" : "127.0.0.1";
    const socket = connect({ port: this.host.config.listen.port, host, localAddress: from });
    socket.on("error", () => undefined);
    this.#sockets.push(socket);
    // One that is turned away is closed at once.
    await new Promise((resolve) => socket.once("connect", resolve).once("close", resolve));
    return socket;
  }

  /** @returns the status of the answer to a request, as it is written; 0 where the connection ends without one */
  async ask(lines: readonly string[], { from, first = "", body = "" }: Call = {}): Promise<number> {
    const socket = await this.connect(from);
    socket.write(`${first}${lines.join("\r\n")}\r\n\r\n${body}`);
    return statusOf(socket);
  }

  /** Connections that the proxy has at this moment. */
  async connections(): Promise<number> {
    const [heads = "", values = ""] = (await this.host.tamper("show stat public 1 -1")).split("\n");
    return Number(values.split(",")[heads.replace("# ", "").split(",").indexOf("scur")]);
  }
}

/** @returns that of the next answer, 0 where none comes */
export async function statusOf(socket: Socket): Promise<number> {
  if (socket.closed) return 0;
  const head = await new Promise<string>((resolve) => {
    socket
      .once("data", (part: Buffer) => {
        resolve(part.toString());
      })
      .once("close", () => {
        resolve("");
      });
  });
  return Number(head.split(" ")[1] ?? 0);
}

function respond(response: ServerResponse): void {
  response.end(JSON.stringify({ status: "healthy", version: "1.0.0" }));
}
