import { connect } from "node:net";
import { otherPlace, type Place } from "./ledger.ts";
import { placeSocket } from "./paths.ts";
import { parseState, type ProxyState, type ServerState } from "./proxy-state.ts";
import { RequestLog, type Answer } from "./request-log.ts";
import { mapKey, mapPath } from "./steering.ts";
import { backend, frontend, sparePrefix, type ServerWish } from "./traffic.ts";

/** The proxy can't be asked, or it did not do what it was told. */
export class ProxyProblem extends Error {}

/** Whether the error only says that the proxy is away or late: `Switchboard.reconcile` mends that. */
export const isProxyProblem = (error: unknown): error is ProxyProblem => error instanceof ProxyProblem;

/** For `catch`: who can go on without an answer of the proxy gets null where it is away. */
export function nullIfAway(error: unknown): null {
  if (isProxyProblem(error)) return null;
  throw error;
}

const timeLimitMs = 2000;

/**
 * HAProxy's sockets on the shared volume: of the place that serves and, while it gives way or takes over, of the other one, which is
 * kept the same so that it does not matter who answers.
 */
export class Proxy {
  readonly #runFolder: string;
  readonly #serving: () => Place;

  constructor(runFolder: string, serving: () => Place = () => 1) {
    this.#runFolder = runFolder;
    this.#serving = serving;
  }

  /** The place that serves. */
  get serving(): Place {
    return this.#serving();
  }

  /** Follows the log of requests until it is stopped. */
  requests(onAnswer: (answer: Answer) => void): RequestLog {
    return new RequestLog(() => this.#socket(this.serving, "admin"), onAnswer);
  }

  /** @throws ProxyProblem */
  async state(place = this.serving): Promise<ProxyState> {
    const commands = `show info;show stat ${backend} 4 -1;show stat ${frontend} 1 -1;show map ${mapPath(this.#runFolder)}`;
    const state = parseState(await ask(this.#socket(place, "admin"), commands));
    // Each container counts its processes alike.
    return { ...state, pid: `${place}/${state.pid}` };
  }

  /**
   * Every exchange that the proxy is working on, as `show sess` tells them.
   *
   * @throws ProxyProblem
   */
  sessions(): Promise<string> {
    return ask(this.#socket(this.serving, "admin"), "show sess");
  }

  /**
   * Requests and streams that servers are working on, those of processes that a reload or an upgrade left behind included.
   *
   * @param whose a slot, or one server by its name
   * @throws ProxyProblem
   */
  async openSessions(whose: string): Promise<number> {
    const { serving } = this;
    const other = otherPlace(serving);
    const gone = await this.state(other).catch(() => null);
    const old = [...(await this.#oldStates(serving)), ...(await this.#oldStates(other))];
    return [await this.state(), ...(gone ? [gone] : []), ...old]
      .flatMap(({ servers }) => [...servers.values()])
      .filter(({ name }) => name === whose || name.startsWith(`${whose}-`))
      .reduce((sum, { openSessions }) => sum + openSessions, 0);
  }

  async #oldStates(place: Place): Promise<ProxyState[]> {
    const master = this.#socket(place, "master");
    const processes = await ask(master, "show proc").catch(() => "");
    const old = processes.split("# old workers")[1]?.split("# programs")[0] ?? "";
    const pids = [...old.matchAll(/^(\d+)\s/gm)].map(([, pid]) => pid ?? "");
    const answers = pids.map((pid) => ask(master, `@!${pid} show stat ${backend} 4 -1`).catch(() => ""));
    // One that ends meanwhile has no sessions.
    return (await Promise.all(answers)).map(parseState);
  }

  /**
   * Makes the proxy's weights and states equal to the wishes and reads them back; the other place's too if a proxy runs there.
   *
   * @returns how many servers differed before
   * @throws ProxyProblem if it can't be reached or what is read back differs
   */
  async apply(wishes: readonly ServerWish[], map: ReadonlyMap<string, string>): Promise<number> {
    const other = this.applyTo(otherPlace(this.serving), wishes, map).catch(() => 0);
    const changed = await this.applyTo(this.serving, wishes, map);
    await other;
    return changed;
  }

  /** The same for the proxy in one place. */
  async applyTo(place: Place, wishes: readonly ServerWish[], map: ReadonlyMap<string, string>): Promise<number> {
    const before = await this.state(place);
    const differing = wishes.filter((wish) => !fulfils(before.servers.get(wish.name), wish));
    // A configuration that is too old for it shows no map at all.
    const untold = [...map].filter(([key, value]) => before.map.size > 0 && before.map.get(key) !== value);
    // Somebody closed it by hand.
    const closed = place === this.serving && !before.isOpen ? [`enable frontend ${frontend}`] : [];
    if (differing.length === 0 && untold.length === 0 && closed.length === 0) return 0;
    const tell = (entries: typeof untold) =>
      entries.map(
        ([key, value]) => `${before.map.has(key) ? "set" : "add"} map ${mapPath(this.#runFolder)} ${key} ${value}`,
      );
    // A server that is let in is asked at the right path from the first check on; users are steered once everything else is as it has to be.
    const paths = tell(untold.filter(([key]) => key !== mapKey));
    const steer = tell(untold.filter(([key]) => key === mapKey));
    await ask(this.#socket(place, "admin"), [...paths, ...commands(before, differing), ...steer, ...closed].join(";"));
    const after = await this.state(place);
    const wrong = wishes.find((wish) => !fulfils(after.servers.get(wish.name), wish));
    if (wrong) {
      const unknown = { status: "unknown", weight: "no weight", address: "" };
      const { status, weight, address } = after.servers.get(wrong.name) ?? unknown;
      const at = (where: string) => (isAt(address, wrong) ? "" : ` at ${where}`);
      throw new ProxyProblem(
        `proxy: server ${wrong.name} was not changed, got ${status} with ${weight}${at(address)}; ` +
          `allowed ${wrong.admitted ? "up" : "maintenance"} with ${wrong.weight}${at(wrong.address)}`,
      );
    }
    return differing.length + closed.length;
  }

  /** Starts the configuration on disk beside the running one and hands over the listening sockets. */
  async reload(): Promise<void> {
    await ask(this.#socket(this.serving, "master"), "reload");
  }

  /**
   * Whether the proxy in the other place takes new connections.
   *
   * @throws ProxyProblem if none runs there
   */
  async othersDoorIsOpen(): Promise<boolean> {
    return (await this.state(otherPlace(this.serving))).isOpen;
  }

  /**
   * The proxy in the other place takes no new connection any more, and ends each that it has after the next answer. The listening
   * socket lives on in the one that took it over.
   *
   * @throws ProxyProblem if none runs there
   */
  async shutOther(): Promise<void> {
    await ask(this.#socket(otherPlace(this.serving), "admin"), `shutdown frontend ${frontend}`);
  }

  #socket(place: Place, kind: "admin" | "master"): string {
    return placeSocket(this.#runFolder, place, kind);
  }
}

function fulfils(state: ServerState | undefined, wish: ServerWish): boolean {
  return (
    state?.weight === wish.weight && (state.status === "maintenance") !== wish.admitted && isAt(state.address, wish)
  );
}

const isAt = (address: string, wish: ServerWish): boolean => address === "" || address === wish.address;

/**
 * Weights rise before others fall, so that there is no instant at which nobody has a weight. Before anything else each server is where
 * its release listens: only one that the journal takes out of traffic ever moves.
 */
function commands({ servers }: ProxyState, wishes: readonly ServerWish[]): string[] {
  const set = ({ name }: ServerWish, change: string) => `set server ${backend}/${name} ${change}`;
  const moved = wishes.filter((wish) => !isAt(servers.get(wish.name)?.address ?? "", wish));
  // What it has goes on where it is; nobody may be sent to an address at which nothing listens yet.
  const moving = moved.filter((wish) => !wish.admitted);
  const ready = wishes.filter((wish) => wish.admitted && servers.get(wish.name)?.status === "maintenance");
  const rises = wishes.filter((wish) => wish.weight > (servers.get(wish.name)?.weight ?? 0));
  const falls = wishes.filter((wish) => wish.weight < (servers.get(wish.name)?.weight ?? 0));
  const leaving = wishes.filter((wish) => !wish.admitted);
  return [
    ...moving.map((wish) => set(wish, "state maint")),
    ...moved.flatMap(({ name, address }) => {
      const change = address.replace(/^(.*):(\d+)$/, "addr $1 port $2");
      return [name, `${sparePrefix}${name}`].map((server) => `set server ${backend}/${server} ${change}`);
    }),
    ...ready.map((wish) => set(wish, "state ready")),
    ...rises.map((wish) => set(wish, `weight ${wish.weight}`)),
    ...falls.map((wish) => set(wish, `weight ${wish.weight}`)),
    ...leaving.map((wish) => set(wish, "state maint")),
  ];
}

/** Sends one line to a socket of HAProxy and reads until it hangs up. */
/**
 * One exchange with one of HAProxy's sockets.
 *
 * @throws ProxyProblem
 */
export function ask(socketPath: string, line: string): Promise<string> {
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
