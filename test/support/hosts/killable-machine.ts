import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { label, own, runId } from "../run/id.ts";
import { run } from "../../../toolchain/command.ts";
import { tag } from "../../../toolchain/stock-images.ts";

const limitMs = 60_000;
const buildLimitMs = 600_000;
/** What the stack `local` is made of. */
const images = ["node", "haproxy", "postgres", "redis", "python"].map(tag);
const folder = new URL("killable-machine", import.meta.url).pathname;
/** What an engine in a container needs. `--privileged` would ask for all there is, which an engine that is confined itself can't give. */
const rights = [
  ...["SYS_ADMIN", "NET_ADMIN", "SYS_PTRACE"].flatMap((capability) => ["--cap-add", capability]),
  ...["seccomp=unconfined", "apparmor=unconfined", "systempaths=unconfined"].flatMap((option) => [
    "--security-opt",
    option,
  ]),
  ...["--device-cgroup-rule", "a *:* rwm"],
];

export interface TestMachineArgs {
  /** Ports of the machine that this one reaches at 127.0.0.1, under the same number. */
  readonly ports: readonly number[];
  /** Whether containers outlive their engine (dockerd's `live-restore`). */
  readonly liveRestore: boolean;
}

/**
 * A machine whose Docker engine and whose power a test may cut: a container with containerd and dockerd of its own, started again as
 * systemd would, its disk in a volume, and the images of the stack `local` loaded. Needs root and an engine on this machine.
 */
export class TestMachine {
  /** For DOCKER_HOST. */
  readonly dockerHost: string;
  readonly #container = own("slipway-test-machine");
  readonly #sockets: string;
  #disk = "";

  private constructor(sockets: string) {
    this.#sockets = sockets;
    this.dockerHost = `unix://${join(sockets, "docker.sock")}`;
  }

  static async start({ ports, liveRestore }: TestMachineArgs): Promise<TestMachine> {
    const machine = new TestMachine(await mkdtemp(join(tmpdir(), "slipway-machine-")));
    try {
      await machine.#start(ports, liveRestore);
    } catch (error) {
      await machine.stop();
      throw error;
    }
    return machine;
  }

  async #start(ports: readonly number[], liveRestore: boolean): Promise<void> {
    const base = ["--build-arg", `BASE=${tag("node")}`];
    // The id is this clone's own; the name only keeps the image from being pruned.
    const image = await outer(
      ["build", "--quiet", ...base, "--tag", "slipway-test/killable-machine", folder],
      buildLimitMs,
    );
    const mark = ["--label", `${label}=${runId()}`];
    await outer(["volume", "create", ...mark, this.#container]);
    await outer([
      ...["run", "--detach", "--name", this.#container, ...mark, ...rights],
      // What a boot finds empty.
      ...["--tmpfs", "/run", "--tmpfs", "/tmp"],
      ...["--volume", `${this.#container}:/var/lib/docker`, "--volume", `${this.#sockets}:/sockets`],
      ...ports.flatMap((port) => ["--publish", `127.0.0.1:${port}:${port}`]),
      ...[image, "--host", "unix:///sockets/docker.sock", `--live-restore=${liveRestore}`, "--log-level", "warn"],
    ]);
    this.#disk = await outer(["volume", "inspect", "--format", "{{.Mountpoint}}", this.#container]);
    await this.untilDockerAnswers();
    await this.#loadImages();
  }

  async #loadImages(): Promise<void> {
    const save = spawn("docker", ["save", ...images], { stdio: ["ignore", "pipe", "inherit"], timeout: buildLimitMs });
    const load = spawn("docker", ["--host", this.dockerHost, "load", "--quiet"], {
      stdio: [save.stdout, "ignore", "inherit"],
      timeout: buildLimitMs,
    });
    const code = await new Promise((resolve, reject) => load.once("error", reject).once("exit", resolve));
    if (code !== 0) throw new Error(`docker load: exit code ${String(code)}`);
  }

  /** The machine's own `docker`. @returns stdout */
  docker(...args: string[]): Promise<string> {
    return run("docker", ["--host", this.dockerHost, ...args], { limit: limitMs }).then((text) => text.trim());
  }

  /** Shell text on the machine, as root. @returns stdout */
  shell(text: string): Promise<string> {
    return outer(["exec", this.#container, "sh", "-ec", text]);
  }

  /** Where a file below /var/lib/docker of the machine is on this one. */
  path(path: string): string {
    return join(this.#disk, path.replace("/var/lib/docker/", ""));
  }

  async untilDockerAnswers(): Promise<void> {
    const deadline = Date.now() + limitMs;
    for (;;) {
      const answer = await this.docker("version", "--format", "{{.Server.Version}}").catch(String);
      if (/^\d/.test(answer)) return;
      if (Date.now() > deadline) {
        const lines: string[] = [];
        const line = (text: string) => lines.push(text);
        await run("docker", ["logs", "--tail", "20", this.#container], { limit: limitMs, line }).catch(() => "");
        throw new Error(`${this.#container}: Docker does not answer, ${[answer, ...lines].join("\n")}`);
      }
      await pause(50);
    }
  }

  /** kill -9 of dockerd and of nothing else; it is started again 2 s later. */
  async killDocker(): Promise<void> {
    await this.shell("kill -9 $(pidof dockerd)");
  }

  /** Every process ends at once. What a real power cut also takes, writes that were not synced, stays. */
  async cutPower(): Promise<void> {
    await outer(["kill", this.#container]);
  }

  async boot(): Promise<void> {
    await outer(["start", this.#container]);
  }

  async stop(): Promise<void> {
    await outer(["rm", "--force", this.#container]).catch(() => undefined);
    await outer(["volume", "rm", "--force", this.#container]).catch(() => undefined);
    await rm(this.#sockets, { recursive: true, force: true });
  }
}

const outer = (args: string[], limit = limitMs): Promise<string> =>
  run("docker", args, { limit }).then((text) => text.trim());
