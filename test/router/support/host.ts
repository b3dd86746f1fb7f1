import { until } from "./until.ts";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ControllerConfig } from "../../../router/controller-config.ts";
import { tagOf } from "../../../router/haproxy-config.ts";
import type { Ledger, Place, Release, Slot } from "../../../router/ledger.ts";
import type { Status } from "../../../router/telling/report.ts";
import { placeSocket } from "../../../router/paths.ts";
import { ask } from "../../../router/runtime-api.ts";
import type { Promotion } from "../../../router/wire.ts";
import { certificatePath, type CertificateSource } from "../../../router/tls.ts";
import { healthPathOf, serverAddress, serverName } from "../../../router/traffic.ts";
import { leaseLoopback, leasePorts } from "../../support/run/lease.ts";
import { needs } from "../../support/needs.ts";
import { Replica } from "./replica.ts";
import { replay, type TraceEntry } from "./replay.ts";
import { config as sample } from "./samples.ts";

needs("haproxy", "haproxy");

const proxyScript = new URL("../../../router/proxy.sh", import.meta.url).pathname;
const cli = new URL("../../../router/cli.ts", import.meta.url).pathname;
const recorder = new URL("trace-recorder.ts", import.meta.url).pathname;

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A host without containers: real HAProxy, the real controller, and replicas at the addresses of the slots, on loopback.
 *
 * All that journal and proxy went through is replayed through the model when it stops, unless a test meddled with either.
 */
export class TestHost {
  readonly config: ControllerConfig;
  readonly #folder: string;
  readonly #replicas = new Map<string, Replica>();
  /** Those that stepped aside for another release in their slot. */
  readonly #aside: Replica[] = [];
  #daemon: ChildProcess | null = null;
  readonly #proxies = new Map<Place, ChildProcess>();
  #log = "";
  #isMeddledWith = false;
  /** What commands printed so far, those that are not over included. */
  readonly waits: string[] = [];

  private constructor(config: ControllerConfig, folder: string) {
    this.config = config;
    this.#folder = folder;
  }

  /**
   * @param change what differs from a quick configuration: checks every 100 ms, pauses and watch of 0.3 s
   * @param secrets the controller's, by file name
   */
  static async start(
    change: Partial<ControllerConfig> = {},
    secrets: Readonly<Record<string, string>> = {},
  ): Promise<TestHost> {
    const config: ControllerConfig = {
      ...sample,
      subnetPrefix: await leaseLoopback(),
      health: { path: "/health", intervalMs: 100, timeoutMs: 1000, gateSeconds: 1 },
      profile: { steps: [10, 50, 100], previewSeconds: 0, pauseSeconds: 0.3, watchSeconds: 0.3 },
      listen: { address: "127.0.0.1", port: await leasePorts() },
      ...change,
    };
    const host = new TestHost(config, await mkdtemp(join(tmpdir(), "slipway-host-")));
    await Promise.all(["run", "state", "secrets"].map((name) => mkdir(host.#path(name))));
    for (const [name, value] of Object.entries(secrets)) await writeFile(host.#path(`secrets/${name}`), value);
    await writeFile(host.#path("controller.json"), JSON.stringify(config));
    await host.startDaemon();
    await host.startProxy();
    return host;
  }

  async stop(): Promise<void> {
    await this.kill("daemon");
    for (const place of this.#proxies.keys()) await this.kill("proxy", place);
    await Promise.all([...this.#replicas.values(), ...this.#aside].map((replica) => replica.stop()));
    const problems = this.#isMeddledWith ? [] : replay(await this.trace(), { gaps: 0, steps: [] });
    await rm(this.#folder, { recursive: true });
    if (problems.length > 0) throw new Error(`the model can't have done what this host did:\n${problems.join("\n")}`);
  }

  /** What journal and proxy went through so far. */
  async trace(): Promise<TraceEntry[]> {
    const lines = (await readFile(this.#path("trace"), "utf8").catch(() => "")).split("\n").filter(Boolean);
    return lines.map((line) => JSON.parse(line) as TraceEntry);
  }

  /** Where the certificate lies. */
  certificateFile(source: CertificateSource): string {
    return certificatePath(this.#path("run"), source);
  }

  /** What controller and proxy share. */
  get runFolder(): string {
    return this.#path("run");
  }

  get url(): string {
    return `http://127.0.0.1:${this.config.listen.port}`;
  }

  /** What daemon and proxy wrote, for a failing test's message. */
  get log(): string {
    return this.#log;
  }

  async startDaemon(): Promise<void> {
    this.#daemon = this.#child(process.execPath, ["--import", recorder, cli, "daemon"]);
    await until("the daemon", async () => (await this.run(["ping"])).code !== 3);
  }

  /** Starts what the container of a place runs, and waits until its proxy answers. */
  async startProxy(place: Place = 1): Promise<void> {
    this.placeProxy(place);
    await until("the proxy", async () => (await this.tamper("show info", place)).includes("Pid:"));
  }

  /** Starts what the container of a place runs: its proxy comes when the controller lets it. */
  placeProxy(place: Place): void {
    this.#proxies.set(place, this.#child("sh", ["-eu", proxyScript], { SLIPWAY_PROXY: String(place) }));
  }

  /** Ends a proxy as Docker stops its container: softly. Resolves when it is gone. */
  async stopProxy(place: Place): Promise<void> {
    const child = this.#proxies.get(place);
    if (child?.pid === undefined) return;
    const gone = once(child, "exit");
    child.kill("SIGUSR1");
    await gone;
  }

  /** kill -9, children too. */
  async kill(what: "daemon" | "proxy", place: Place = 1): Promise<void> {
    const child = what === "daemon" ? this.#daemon : this.#proxies.get(place);
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    process.kill(-child.pid, "SIGKILL");
    await gone;
  }

  /** Speaks to the proxy behind the controller's back. */
  async tamper(command: string, place: Place = 1): Promise<string> {
    this.#isMeddledWith ||= !command.startsWith("show ");
    const socket = connect(placeSocket(this.#path("run"), place, "admin"));
    socket.write(`${command}\n`);
    let answer = "";
    for await (const part of socket.setEncoding("utf8")) answer += String(part);
    return answer;
  }

  /** The proxy starts its configuration anew in another process. */
  async reload(place: Place = 1): Promise<void> {
    await ask(placeSocket(this.#path("run"), place, "master"), "reload");
  }

  /** Changes what Pulumi uploads; takes effect when the daemon starts. */
  async configure(change: Partial<ControllerConfig>): Promise<void> {
    await writeFile(this.#path("controller.json"), JSON.stringify({ ...this.config, ...change }));
  }

  async damageJournal(): Promise<void> {
    this.#isMeddledWith = true;
    await writeFile(this.#path("state/journal.json"), '{"schema":1,');
  }

  async loseJournal(): Promise<void> {
    this.#isMeddledWith = true;
    await rm(this.#path("state/journal.json"));
  }

  /** Puts something in the way below the state folder that even root can't write to. */
  async blockState(names: readonly string[]): Promise<void> {
    for (const name of names) {
      await rm(this.#path(`state/${name}`), { recursive: true, force: true });
      await symlink("/proc/nowhere/at/all", this.#path(`state/${name}`));
    }
  }

  async tagOnDisk(): Promise<string> {
    return tagOf(await readFile(this.#path("run/haproxy.cfg"), "utf8"));
  }

  /** Puts a release into a slot's places, as Pulumi would between guard and promote. */
  async place(slot: Slot, release: Release): Promise<Replica[]> {
    const replicas = Array.from({ length: release.replicas }, (_, index) => index + 1);
    return Promise.all(
      replicas.map(async (replica) => {
        const name = serverName(slot, replica);
        const address = serverAddress(this.config, slot, replica, release);
        const held = this.#replicas.get(name);
        if (held && release.row !== undefined) this.#aside.push(held);
        else await held?.stop();
        const made = await Replica.start(address, release.version, slot, {
          path: healthPathOf(this.config, release),
          ...release.health,
        });
        this.#replicas.set(name, made);
        return made;
      }),
    );
  }

  async ledger(): Promise<Ledger> {
    return JSON.parse((await this.run(["ledger"])).stdout) as Ledger;
  }

  async weights(): Promise<Status["weights"]> {
    return (JSON.parse((await this.run(["status", "--json"])).stdout) as Status).weights;
  }

  /** Weights of the configuration that the proxy would come up with. */
  async weightsOnDisk(): Promise<Record<string, number>> {
    const written = await readFile(this.#path("run/haproxy.cfg"), "utf8");
    const lines = [...written.matchAll(/^ {2}server (\S+) \S+ weight (\d+)$/gm)];
    return Object.fromEntries(lines.map(([, name = "", weight]) => [name, Number(weight)] as const));
  }

  async guard(slot: Slot, release: Release, rollout?: number): Promise<Outcome> {
    return this.run(["guard"], { slot, release, rollout: rollout ?? (await this.ledger()).rollout + 1 });
  }

  async promote(slot: Slot, release: Release, rollout?: number, more: Partial<Promotion> = {}): Promise<Outcome> {
    const wish = { slot, release, rollout: rollout ?? (await this.ledger()).rollout + 1 };
    return this.run(["promote"], { ...wish, holds: { blue: release, green: release }, ...more });
  }

  /** Servers that the proxy gives traffic to: up, with a weight. */
  async serving(): Promise<string[]> {
    const rows = await this.#rows();
    return rows
      .filter((row) => /^(blue|green)-/.test(row[1] ?? "") && row[17]?.startsWith("UP") && Number(row[18]) > 0)
      .map(([, name = ""]) => name);
  }

  /** Requests that a replica answered. */
  answered(slot: Slot, replica: number): number {
    return this.#replicas.get(serverName(slot, replica))?.answered ?? 0;
  }

  async #rows(): Promise<string[][]> {
    return (await this.tamper("show stat service 4 -1")).split("\n").map((row) => row.split(","));
  }

  /** When the proxy gives a slot no more traffic, as `performance.now()` has it. */
  async withoutWeight(slot: Slot): Promise<number> {
    await until(`weight 0 of ${slot}`, async () => {
      const rows = await this.#rows();
      const weights = rows.filter(([, name]) => name?.startsWith(`${slot}-`)).map((row) => Number(row[18]));
      return weights.length > 0 && weights.every((weight) => weight === 0);
    });
    return performance.now();
  }

  async status(): Promise<Status> {
    return JSON.parse((await this.run(["status", "--json"])).stdout) as Status;
  }

  /** Kills what is in a slot's places. */
  async killSlot(slot: Slot): Promise<void> {
    const replicas = [...this.#replicas.values()].filter((replica) => replica.slot === slot);
    await Promise.all(replicas.map((replica) => replica.stop()));
  }

  /** Ends a replica softly, as Docker restarts its container, and starts it again. */
  async restart(slot: Slot, replica: number): Promise<Replica> {
    const name = serverName(slot, replica);
    const { release } = (await this.ledger()).slots[slot];
    const held = this.#replicas.get(name);
    if (!held || !release) throw new Error(`nothing is in ${name}`);
    await held.stop();
    const asked = { path: healthPathOf(this.config, release), ...release.health };
    const made = await Replica.start(serverAddress(this.config, slot, replica, release), release.version, slot, asked);
    this.#replicas.set(name, made);
    return made;
  }

  /** Guard, containers, promote: one release. */
  async release(slot: Slot, release: Release): Promise<Outcome> {
    const guarded = await this.guard(slot, release);
    if (guarded.code !== 0) return guarded;
    await this.place(slot, release);
    return this.promote(slot, release);
  }

  /** A command of `slipway-router` that goes on until it is ended. */
  spawn(args: readonly string[]): ChildProcess {
    return spawn(process.execPath, [cli, ...args], { env: this.#env });
  }

  /** Back to the standby, also where a person has withdrawn it. */
  async switchBack(): Promise<Outcome> {
    for (const { release } of (await this.ledger()).withdrawn) await this.run(["allow", release]);
    return this.run(["rollback"]);
  }

  /** One command of `slipway-router`. */
  async run(args: readonly string[], input: object | string = {}): Promise<Outcome> {
    const child = spawn(process.execPath, [cli, ...args], { env: this.#env, timeout: 30_000 });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (part: Buffer) => {
      stdout += part.toString();
      this.waits.push(part.toString());
    });
    child.stderr.on("data", (part: Buffer) => (stderr += part.toString()));
    child.stdin.on("error", () => undefined);
    child.stdin.end(typeof input === "string" ? input : JSON.stringify(input));
    const [code] = (await once(child, "close")) as [number | null];
    return { code, stdout, stderr };
  }

  get #env(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      SLIPWAY_RUN_FOLDER: this.#path("run"),
      SLIPWAY_STATE_FOLDER: this.#path("state"),
      SLIPWAY_NOTICES_FOLDER: process.env.SLIPWAY_NOTICES_FOLDER ?? this.#path("secrets"),
      SLIPWAY_CONTROLLER_CONFIG: this.#path("controller.json"),
      SLIPWAY_TRACE: this.#path("trace"),
    };
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }

  /** In a process group of its own, so that a kill takes HAProxy's worker along. */
  #child(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
    const child = spawn(command, args, {
      env: { ...this.#env, ...env },
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (part: Buffer) => (this.#log += part.toString()));
    return child;
  }
}
