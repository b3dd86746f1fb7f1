import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, mkdir, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FrontConfig } from "../../../router/front.ts";
import { guardFront, keepFront, switchFront } from "../../../router/front-keeper.ts";
import { placeSocket } from "../../../router/paths.ts";
import { ask } from "../../../router/runtime-api.ts";
import type { Place } from "../../../router/ledger.ts";
import { leasePorts } from "../../support/run/lease.ts";

const proxyScript = new URL("../../../router/proxy.sh", import.meta.url).pathname;

/** A front without containers: real HAProxy in two places, and the commands that a stack gives it. */
export class TestFront {
  readonly doors: string;
  readonly config: FrontConfig;
  log = "";
  readonly #folder: string;
  readonly #run: string;
  readonly #places = new Map<Place, ChildProcess>();

  private constructor(folder: string, config: FrontConfig) {
    this.#folder = folder;
    this.#run = join(folder, "run");
    this.doors = join(folder, "doors");
    this.config = config;
  }

  static async start(change: Partial<FrontConfig> = {}): Promise<TestFront> {
    const port = await leasePorts();
    const config = { address: "127.0.0.1", port, httpPort: port + 1, names: {}, connections: 100, ofOneClient: 200 };
    const front = new TestFront(await mkdtemp(join(tmpdir(), "slipway-front-")), { ...config, user: null, ...change });
    await Promise.all([mkdir(front.#run), mkdir(front.doors)]);
    await front.keep({});
    front.place(1);
    await front.switch(1, "a");
    return front;
  }

  async stop(): Promise<void> {
    for (const place of this.#places.keys()) await this.kill(place);
    await rm(this.#folder, { recursive: true });
  }

  get #folders() {
    return { run: this.#run, doors: this.doors };
  }

  keep(names: Readonly<Record<string, string>>, change: Partial<FrontConfig> = {}): Promise<string> {
    return keepFront({ ...this.config, names, ...change }, this.#folders);
  }

  guard = (place: Place) => guardFront({ place, id: "b" }, this.#folders);
  switch = (place: Place, id: string) => switchFront({ place, id }, this.#folders);
  tamper = (command: string, place: Place = 1) => ask(placeSocket(this.#run, place, "admin"), command);

  /** Starts what the container of a place runs. */
  place(place: Place): void {
    const env = { ...process.env, SLIPWAY_RUN_FOLDER: this.#run, SLIPWAY_PROXY: String(place) };
    const child = spawn("sh", ["-eu", proxyScript], { env, detached: true });
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (part: Buffer) => (this.log += part.toString()));
    this.#places.set(place, child);
  }

  /** kill -9, children too. */
  async kill(place: Place): Promise<void> {
    const child = this.#places.get(place);
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    process.kill(-child.pid, "SIGKILL");
    await gone;
  }

  /** What comes back of some text sent to one of its ports, until the other side ends. */
  say(port: number, text: string | Buffer): Promise<string> {
    return new Promise((resolve) => {
      const socket = connect(port, "127.0.0.1");
      let heard = "";
      socket.on("data", (part: Buffer) => (heard += part.toString("latin1")));
      socket
        .on("error", () => undefined)
        .on("close", () => {
          resolve(heard);
        });
      socket.write(text);
    });
  }
}
