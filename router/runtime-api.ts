import { connect } from "node:net";
import { join } from "node:path";
import type { Slot } from "./ledger.ts";
import { parseState, type ProxyState, type ServerState } from "./proxy-state.ts";
import { RequestLog, type Answer } from "./request-log.ts";
import { mapKey, mapPath } from "./steering.ts";
import { backend, type ServerWish } from "./traffic.ts";

/** The proxy can't be asked, or it did not do what it was told. */
export class ProxyProblem extends Error {}

/** Whether the error only says that the proxy is away or late: `Switchboard.reconcile` mends that. */
export const isProxyProblem = (error: unknown): error is ProxyProblem => error instanceof ProxyProblem;

const timeLimitMs = 2000;

/** HAProxy's sockets on the shared volume. */
export class Proxy {
  readonly #adminSocket: string;
  readonly #masterSocket: string;
  readonly #runFolder: string;

  constructor(runFolder: string) {
    this.#runFolder = runFolder;
    this.#adminSocket = join(runFolder, "admin.sock");
    this.#masterSocket = join(runFolder, "master.sock");
  }

  /** Follows the log of requests until it is stopped. */
  requests(onAnswer: (answer: Answer) => void): RequestLog {
    return new RequestLog(this.#runFolder, onAnswer);
  }

  /** @throws ProxyProblem */
  async state(): Promise<ProxyState> {
    return parseState(
      await ask(this.#adminSocket, `show info;show stat ${backend} 4 -1;show map ${mapPath(this.#runFolder)}`),
    );
  }

  /**
   * Every exchange that the proxy is working on, as `show sess` tells them.
   *
   * @throws ProxyProblem
   */
  sessions(): Promise<string> {
    return ask(this.#adminSocket, "show sess");
  }

  /**
   * Requests and streams that a slot is working on, those of processes that a reload left behind included.
   *
   * @throws ProxyProblem
   */
  async openSessions(slot: Slot): Promise<number> {
    const old = await this.#oldStates();
    return [await this.state(), ...old]
      .flatMap(({ servers }) => [...servers.values()])
      .filter(({ name }) => name.startsWith(`${slot}-`))
      .reduce((sum, { openSessions }) => sum + openSessions, 0);
  }

  async #oldStates(): Promise<ProxyState[]> {
    const processes = await ask(this.#masterSocket, "show proc").catch(() => "");
    const old = processes.split("# old workers")[1]?.split("# programs")[0] ?? "";
    const pids = [...old.matchAll(/^(\d+)\s/gm)].map(([, pid]) => pid ?? "");
    const answers = pids.map((pid) => ask(this.#masterSocket, `@!${pid} show stat ${backend} 4 -1`).catch(() => ""));
    // One that ends meanwhile has no sessions.
    return (await Promise.all(answers)).map(parseState);
  }

  /**
   * Makes the proxy's weights and states equal to the wishes and reads them back.
   *
   * @returns how many servers differed before
   * @throws ProxyProblem if it can't be reached or what is read back differs
   */
  async apply(wishes: readonly ServerWish[], steering: string): Promise<number> {
    const before = await this.state();
    const differing = wishes.filter((wish) => !fulfils(before.servers.get(wish.name), wish));
    const isSteered = before.steering === null || before.steering === steering;
    if (differing.length === 0 && isSteered) return 0;
    const steer = isSteered ? [] : [`set map ${mapPath(this.#runFolder)} ${mapKey} ${steering}`];
    await ask(this.#adminSocket, [...commands(before, differing), ...steer].join(";"));
    const after = await this.state();
    const wrong = wishes.find((wish) => !fulfils(after.servers.get(wish.name), wish));
    if (wrong) {
      const { status, weight } = after.servers.get(wrong.name) ?? { status: "unknown", weight: "no weight" };
      throw new ProxyProblem(
        `proxy: server ${wrong.name} was not changed, got ${status} with ${weight}; allowed ${wrong.admitted ? "up" : "maintenance"} with ${wrong.weight}`,
      );
    }
    return differing.length;
  }

  /** Starts the configuration on disk beside the running one and hands over the listening sockets. */
  async reload(): Promise<void> {
    await ask(this.#masterSocket, "reload");
  }
}

function fulfils(state: ServerState | undefined, wish: ServerWish): boolean {
  return state?.weight === wish.weight && (state.status === "maintenance") !== wish.admitted;
}

/** Weights rise before others fall, so that there is no instant at which nobody has a weight. */
function commands({ servers }: ProxyState, wishes: readonly ServerWish[]): string[] {
  const set = ({ name }: ServerWish, change: string) => `set server ${backend}/${name} ${change}`;
  const ready = wishes.filter((wish) => wish.admitted && servers.get(wish.name)?.status === "maintenance");
  const rises = wishes.filter((wish) => wish.weight > (servers.get(wish.name)?.weight ?? 0));
  const falls = wishes.filter((wish) => wish.weight < (servers.get(wish.name)?.weight ?? 0));
  const leaving = wishes.filter((wish) => !wish.admitted);
  return [
    ...ready.map((wish) => set(wish, "state ready")),
    ...rises.map((wish) => set(wish, `weight ${wish.weight}`)),
    ...falls.map((wish) => set(wish, `weight ${wish.weight}`)),
    ...leaving.map((wish) => set(wish, "state maint")),
  ];
}

/** Sends one line to a socket of HAProxy and reads until it hangs up. */
function ask(socketPath: string, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => {
      reject(
        new ProxyProblem(`proxy: does not answer on ${socketPath}, got ${why}. Fix: docker logs of the proxy says why`),
      );
      socket.destroy();
    };
    const socket = connect(socketPath);
    const parts: string[] = [];
    const limit = setTimeout(() => {
      fail(`nothing within ${timeLimitMs} ms`);
    }, timeLimitMs);
    socket.setEncoding("utf8");
    // The master's socket hangs up only on those who have hung up themselves.
    socket.on("connect", () => socket.end(`${line}\n`));
    socket.on("data", (part: string) => parts.push(part));
    socket.on("error", (error: NodeJS.ErrnoException) => {
      fail(error.code ?? error.message);
    });
    socket.on("close", () => {
      clearTimeout(limit);
      resolve(parts.join(""));
    });
  });
}
