import { once } from "node:events";
import { readFile } from "node:fs/promises";
import type { Ledger, Slot } from "../../router/ledger.ts";
import type { RolloutRecord } from "../../router/telling/record.ts";
import type { Status } from "../../router/telling/report.ts";
import { readLocks } from "../../toolchain/heal/checkpoint.ts";
import type { TraceEntry } from "../router/support/replay.ts";
import { own } from "../support/run/id.ts";
import { leasePorts } from "../support/run/lease.ts";
import { PulumiStack, type Ended } from "../support/pulumi-stack.ts";
import { TestMachine } from "../support/hosts/killable-machine.ts";
import { Witness } from "./witness.ts";

const stackName = own("faults");
const prefix = `ape-2026-${stackName}`;
const subnet = "10.213.94";
const port = await leasePorts();
/** Shares of a release, in percent. */
export const steps = [10, 50, 100];

/** A real stack on a machine of its own to kill things in, that machine included. Needs root, and an engine on this one. */
export class Stage {
  readonly url = `http://127.0.0.1:${port}`;
  readonly machine: TestMachine;
  readonly #stack: PulumiStack;
  #journal = "";
  #witness: Witness | null = null;

  private constructor(machine: TestMachine) {
    this.machine = machine;
    this.#stack = new PulumiStack(stackName, { env: { DOCKER_HOST: machine.dockerHost } });
  }

  /** @param liveRestore whether containers are to outlive their engine */
  static async open(liveRestore: boolean): Promise<Stage> {
    return new Stage(await TestMachine.start({ ports: [port], liveRestore }));
  }

  /** The first release is live afterwards. */
  async setUp(version: string): Promise<void> {
    await this.#stack.init({
      version,
      subnet: `${subnet}.0/24`,
      listenAddress: "0.0.0.0",
      listenPort: String(port),
      "backups.directory": `${this.#stack.folder}/backups`,
      "health.gateSeconds": "20",
      ...Object.fromEntries(steps.map((percent, index) => [`profile.steps[${index}]`, String(percent)])),
      "profile.pauseSeconds": "1",
      "profile.watchSeconds": "2",
    });
    const { code, output } = await this.up();
    if (code !== 0) throw new Error(`the first release failed:\n${output}`);
    const volume = this.container("controller");
    const folder = await this.machine.docker("volume", "inspect", "--format", "{{.Mountpoint}}", volume);
    this.#journal = this.machine.path(`${folder}/journal.json`);
    this.#witness = new Witness(this.machine.path(folder), this.#journal);
  }

  async tearDown(): Promise<void> {
    this.#witness?.stop();
    await this.machine.stop();
    this.#stack.remove();
  }

  container(part: string): string {
    return `${prefix}-${part}`;
  }

  want(version: string): Promise<void> {
    return this.#stack.set({ version });
  }

  up(...args: string[]): Promise<Ended> {
    return this.#stack.up(...args);
  }

  /** An update in a process group of its own; a code of -1 says that it was killed. */
  startUp(): { group: number | null; code: Promise<number>; isOver: () => boolean } {
    const child = this.#stack.startUp();
    const code = once(child, "exit").then(([exit]) => (typeof exit === "number" ? exit : -1));
    return { group: child.pid ?? null, code, isOver: () => child.exitCode !== null || child.signalCode !== null };
  }

  heal(): Promise<string[]> {
    return this.#stack.heal();
  }

  async locks(): Promise<number> {
    return (await readLocks(this.#stack.files)).length;
  }

  /** The journal as it is on the disk, without disturbing anybody. */
  async journal(): Promise<Ledger> {
    return JSON.parse(await readFile(this.#journal, "utf8")) as Ledger;
  }

  async status(): Promise<Status> {
    const status = JSON.parse(await this.#router("status", "--json")) as Status;
    this.#witness?.saw(status);
    return status;
  }

  /** What journal and proxy went through since the first release. */
  get trace(): readonly TraceEntry[] {
    return this.#witness?.trace ?? [];
  }

  /** Of the rollouts so far, oldest first. */
  async records(): Promise<RolloutRecord[]> {
    return (JSON.parse(await this.#router("rollouts", "--json")) as RolloutRecord[]).toReversed();
  }

  /** Whether a slot's replica itself answers well, asked past the proxy. */
  async isHealthy(slot: Slot): Promise<boolean> {
    const address = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
    const at = await this.machine.docker("inspect", "--format", address, this.container(`${slot}-1`)).catch(() => "");
    const ask = `exec 3<> /dev/tcp/${at.trim()}/8000; printf "GET /health HTTP/1.0\\r\\n\\r\\n" >&3; head -n 1 <&3`;
    const answer = await this.machine.shell(`timeout 2 bash -c '${ask}'`).catch(() => "");
    return answer.includes(" 200");
  }

  async answeringVersion(): Promise<string | null> {
    const answer = await fetch(this.url, { signal: AbortSignal.timeout(5_000) });
    return answer.ok ? answer.headers.get("x-slipway-version") : null;
  }

  /** Process of a container as its machine numbers it, 0 if it does not run. */
  async pidOf(part: string): Promise<number> {
    const found = this.machine.docker("inspect", "--format", "{{.State.Pid}}", this.container(part));
    return Number(await found.catch(() => "0"));
  }

  #router(...args: string[]): Promise<string> {
    return this.machine.docker("exec", this.container("controller"), "slipway-router", ...args);
  }
}

/** Waits for a condition and tells how long it took in ms; an error counts as not yet. */
export async function until(what: string, isSo: () => Promise<boolean>, withinMs: number): Promise<number> {
  const began = performance.now();
  let last = "";
  for (;;) {
    try {
      if (await isSo()) return performance.now() - began;
    } catch (error) {
      last = `: ${error instanceof Error ? error.message : "an error"}`;
    }
    if (performance.now() - began > withinMs) {
      throw new Error(`waited ${Math.round(withinMs)} ms in vain for ${what}${last}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
