import { once } from "node:events";
import { rm } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { placeSocket } from "../../../router/paths.ts";

interface FakeServer {
  weight: number;
  isUp: boolean;
}

/** As much of HAProxy's runtime API as the controller uses, and disobedient on demand. */
export class FakeProxy {
  readonly servers = new Map<string, FakeServer>();
  /** Every `set server` in order, without the prefix. */
  readonly commands: string[] = [];
  /** Hears commands but does not act. */
  isDeaf = false;
  readonly #server: Server;
  readonly #path: string;

  private constructor(path: string, names: readonly string[]) {
    this.#path = path;
    for (const name of names) this.servers.set(name, { weight: 0, isUp: false });
    this.#server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.once("data", (line) => {
        const commands = line.toString().trim().split(";");
        for (const command of commands) this.#obey(command);
        socket.end(commands.some((command) => command.startsWith("show")) ? this.#state() : "\n");
      });
    });
  }

  static async start(runFolder: string, names: readonly string[]): Promise<FakeProxy> {
    const proxy = new FakeProxy(placeSocket(runFolder, 1, "admin"), names);
    proxy.#server.listen(proxy.#path);
    await once(proxy.#server, "listening");
    return proxy;
  }

  async stop(): Promise<void> {
    this.#server.close();
    await rm(this.#path, { force: true });
  }

  get weights(): string {
    return [...this.servers].map(([name, { weight, isUp }]) => `${name} ${isUp ? weight : "-"}`).join(", ");
  }

  #obey(command: string): void {
    const [, name = "", change = "", value = ""] = /^set server service\/(\S+) (\w+) (\w+)$/.exec(command) ?? [];
    const server = this.servers.get(name);
    if (!server) return;
    this.commands.push(`${name} ${change} ${value}`);
    if (this.isDeaf) return;
    if (change === "weight") server.weight = Number(value);
    else server.isUp = value === "ready";
  }

  #state(): string {
    const rows = [...this.servers].map(
      ([name, { weight, isUp }]) =>
        `service,${name},0,${isUp ? "UP" : "MAINT"},${weight},${isUp ? "L7OK" : ""},7,1,2,3,4,55`,
    );
    const head = "# pxname,svname,scur,status,weight,check_status,req_tot,hrsp_5xx,econ,eresp,wredis,rtime";
    return `Name: HAProxy\ndescription: slipway-0123456789abcdef\n\n${[head, ...rows].join("\n")}\n\n`;
  }
}
