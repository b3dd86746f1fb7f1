import { EventEmitter } from "node:events";
import type { ControllerConfig } from "../../../router/controller-config.ts";
import { Controller } from "../../../router/controller.ts";
import { slots, type Release, type Slot } from "../../../router/ledger.ts";
import { Switchboard } from "../../../router/switchboard.ts";
import { config as sample, release } from "./samples.ts";
import { SimulatedClock, type Owner } from "./simulated-clock.ts";
import { SimulatedDisk } from "./simulated-disk.ts";
import { SimulatedProxy, SimulatedSocket } from "./simulated-proxy.ts";

export const folders = { run: "/run/slipway", state: "/var/lib/slipway", secrets: "/run/secrets/notices" } as const;
export const configPath = `${folders.run}/haproxy.cfg`;
export const journalPath = `${folders.state}/journal.json`;

/** Quick, so that a rollout is some hundred events. */
export const config: ControllerConfig = {
  ...sample,
  maxReplicas: 1,
  health: { path: "/health", intervalMs: 100, timeoutMs: 500, gateSeconds: 0.5 },
  profile: { steps: [10, 50, 100], previewSeconds: 0, pauseSeconds: 0.2, watchSeconds: 0.2 },
  verdict: { maxErrorRatePercent: 10, maxResponseMs: 5000, minRequests: 20, sharedSeconds: 1 },
};

/** A slot's containers, which come and go together. */
export interface SimulatedReplica {
  release: Release | null;
  isRunning: boolean;
}

/** How a replica does at this moment. */
export type Condition = "well" | "failing" | "dead";
export type Behaviour = (host: SimulatedHost, slot: Slot, replica: number) => Condition;
/** Replicas by version; releases roll then. */
export type Widths = Readonly<Record<string, number>>;

/** Everything that outlives a crash. */
export interface HostState {
  readonly disk: SimulatedDisk;
  readonly proxy: SimulatedProxy;
  readonly replicas: Readonly<Record<Slot, SimulatedReplica>>;
}

export const keyOf = ({ disk, proxy, replicas }: HostState): string =>
  [disk.key, proxy.key, ...slots.map((slot) => `${replicas[slot].release?.id ?? ""} ${replicas[slot].isRunning}`)].join(
    "|",
  );

export function placeOf(server: string): [slot: Slot, replica: number] {
  const [slot, replica] = server.split("-");
  return [slot === "blue" ? "blue" : "green", Number(replica)];
}

/** How long a system call, a command of the proxy, and the proxy's restart take, in ms. */
export interface Pace {
  readonly disk: number;
  readonly proxy: number;
  readonly restart: number;
}
export const evenPace: Pace = { disk: 1, proxy: 1, restart: 30 };
const reconcileEveryMs = 500;

/** A machine with its disk, proxy and containers, on which the real controller runs. */
export class SimulatedHost {
  readonly clock = new SimulatedClock();
  readonly disk: SimulatedDisk;
  readonly proxy: SimulatedProxy;
  readonly replicas: Record<Slot, SimulatedReplica>;
  readonly pace: Pace;
  readonly behaviour: Behaviour;
  readonly config: ControllerConfig;
  readonly #widths: Widths;
  /** The living controller process, whose calls are answered. */
  owner: Owner | null = null;
  controller: Controller | null = null;
  /** Told after every change of anything that outlives a crash. */
  onChange: () => void = () => undefined;
  /** Why the controller ended by itself, if it did. */
  failure: string | null = null;
  changedAt = 0;
  /** Weights before falls: a planted fault. */
  fallsFirst = false;
  readonly #connections = new Map<SimulatedSocket, Owner>();
  #processes = 0;

  constructor(state: HostState, behaviour: Behaviour, pace: Pace = evenPace, widths?: Widths) {
    this.#widths = widths ?? {};
    const widest = Math.max(1, ...Object.values(this.#widths));
    this.config = widths ? { ...config, strategy: "rolling", maxReplicas: widest } : config;
    this.disk = state.disk.copy();
    this.proxy = state.proxy.copy();
    this.replicas = { blue: { ...state.replicas.blue }, green: { ...state.replicas.green } };
    this.behaviour = behaviour;
    this.pace = pace;
    if (this.proxy.isRunning) {
      this.#work(this.proxy.backlog.splice(0), () => undefined);
      this.#checkSoon();
    } else this.#startProxySoon();
  }

  static readonly blank: HostState = {
    disk: new SimulatedDisk(),
    proxy: new SimulatedProxy(),
    replicas: { blue: { release: null, isRunning: false }, green: { release: null, isRunning: false } },
  };

  get state(): HostState {
    const { blue, green } = this.replicas;
    return { disk: this.disk.copy(), proxy: this.proxy.copy(), replicas: { blue: { ...blue }, green: { ...green } } };
  }

  changed(): void {
    this.changedAt = this.clock.now;
    this.onChange();
  }

  /** The release that a plan puts into a slot. */
  wanted(version: string): Release {
    return release(version, this.#widths[version] ?? 1);
  }

  conditionOf(slot: Slot, replica = 1): Condition {
    const { release, isRunning } = this.replicas[slot];
    return release && isRunning && replica <= release.replicas ? this.behaviour(this, slot, replica) : "dead";
  }

  /** As `daemon.ts` does it. */
  async boot(): Promise<void> {
    this.owner = `controller ${++this.#processes}`;
    try {
      const board = await Switchboard.open(this.config, folders, () => undefined);
      const controller = new Controller(this.config, board, () => undefined);
      await board.reconcile().catch(() => undefined);
      this.controller = controller;
      controller.carryOn();
      for (;;) {
        await controller.tend().catch(() => undefined);
        await this.sleep(reconcileEveryMs);
      }
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
    }
  }

  crashProxy(): void {
    this.proxy.stop();
    this.clock.drop("proxy");
    for (const [socket, owner] of this.#connections) this.clock.after(1, owner, () => socket.destroy());
    this.#connections.clear();
    this.#startProxySoon();
  }

  // What the router's modules call in the place of Node's own.

  sleep(ms: number, signal?: AbortSignal, owner = this.owner): Promise<void> {
    return new Promise((resolve, reject) => {
      if (owner === null) return;
      const undo = this.clock.after(ms, owner, resolve);
      signal?.addEventListener("abort", () => {
        undo();
        reject(new Error("aborted"));
      });
    });
  }

  timer(work: () => void, ms: number): { unref: () => unknown; undo: () => void } {
    const undo = this.owner === null ? () => undefined : this.clock.after(ms, this.owner, work);
    const timer = { unref: () => timer, undo };
    return timer;
  }

  /** One system call on the disk. */
  call<T>(work: () => T, isChange = true): Promise<T> {
    const { owner } = this;
    return new Promise((resolve, reject) => {
      if (owner === null) return;
      this.clock.after(this.pace.disk, owner, () => {
        try {
          const value = work();
          if (isChange) this.changed();
          resolve(value);
        } catch (error) {
          reject(error instanceof Error ? error : new Error("not an error"));
        }
      });
    });
  }

  connect(path: string): SimulatedSocket {
    const { owner } = this;
    const socket = new SimulatedSocket((line) => {
      if (owner !== null && owner === this.owner) this.#send(socket, path, line, owner);
    });
    if (owner === null) return socket;
    socket.once("close", () => this.#connections.delete(socket));
    this.clock.after(this.pace.proxy, owner, () => {
      // There is one proxy here, in the first place.
      if (this.proxy.isRunning && path.includes("proxy-1.")) {
        this.#connections.set(socket, owner);
        socket.emit("connect");
        return;
      }
      socket.emit("error", Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" }));
      socket.destroy();
    });
    return socket;
  }

  /** A GET of the health page. */
  request(url: string): EventEmitter {
    const { owner } = this;
    const place = Number(/\.(\d+):/.exec(url)?.[1]);
    const [slot, replica] = place < 32 ? (["blue", place - 15] as const) : (["green", place - 31] as const);
    const call = Object.assign(new EventEmitter(), { end: () => undefined, destroy: () => undefined });
    if (owner === null) return call;
    this.clock.after(1, owner, () => {
      const condition = this.conditionOf(slot, replica);
      if (condition === "dead") {
        call.emit("error", Object.assign(new Error("ECONNREFUSED"), { code: "ECONNREFUSED" }));
        return;
      }
      const response = Object.assign(new EventEmitter(), { statusCode: 200, headers: {} });
      call.emit("response", response);
      const answer = { status: "healthy", version: this.replicas[slot].release?.version };
      response.emit("data", Buffer.from(JSON.stringify(answer)));
      response.emit("end");
    });
    return call;
  }

  #send(socket: SimulatedSocket, path: string, line: string, owner: Owner): void {
    if (line.startsWith("show events")) return;
    this.clock.after(this.pace.proxy, "proxy", () => {
      const reply = (text: string) =>
        this.clock.after(0, owner, () => {
          socket.emit("data", text);
          socket.destroy();
        });
      if (path.endsWith("master.sock")) {
        if (line === "reload" && this.proxy.start(this.disk.read(configPath))) this.changed();
        reply("\n");
      } else if (line.startsWith("show")) reply(this.proxy.answer());
      else this.#work(this.#ordered(line.split(";")), () => reply("\n"));
    });
  }

  #ordered(commands: string[]): string[] {
    return this.fallsFirst ? commands.toReversed() : commands;
  }

  /** A line that was read is carried out to its end, whatever becomes of the one who sent it. */
  #work(commands: readonly string[], done: () => void): void {
    const [command, ...rest] = commands;
    this.proxy.backlog = [...commands];
    if (command === undefined) {
      done();
      return;
    }
    this.clock.after(this.pace.proxy, "proxy", () => {
      this.proxy.obey(command);
      this.proxy.backlog = rest;
      this.changed();
      this.#work(rest, done);
    });
  }

  #startProxySoon(): void {
    this.clock.after(this.pace.restart, "proxy", () => {
      if (!this.proxy.start(this.disk.read(configPath))) {
        this.#startProxySoon();
        return;
      }
      this.changed();
      this.#checkSoon();
    });
  }

  /** Health checks, and some traffic for the counters. */
  #checkSoon(): void {
    this.clock.after(config.health.intervalMs, "proxy", () => {
      for (const server of this.proxy.servers.filter(({ admitted }) => admitted)) {
        const condition = this.conditionOf(...placeOf(server.name));
        Object.assign(server, { isUp: condition !== "dead", checked: true });
        if (server.weight === 0 || !server.isUp) continue;
        server.answers += 20;
        if (condition === "failing") server.errors += 20;
      }
      this.#checkSoon();
    });
  }
}
