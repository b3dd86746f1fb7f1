import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { debianBase } from "../../../toolchain/offline/debian-base.ts";
import { tag } from "../../../toolchain/stock-images.ts";
import { label, runId } from "../run/id.ts";
import { docker } from "./docker.ts";
import { Machine } from "./machine.ts";

/** Longest wait for the registry, in ms. */
const limit = 60_000;
const mark = ["--label", `${label}=${runId()}`];

/** A network of its own with bare servers and a real registry that asks for a login. */
export class Lab {
  readonly login = { username: "puller", password: randomBytes(16).toString("hex") };
  readonly folder = mkdtempSync(join(tmpdir(), "slipway-lab-"));
  /** Private key that opens every machine. */
  readonly identityFile = join(this.folder, "id");
  /** What a process has to trust (NODE_EXTRA_CA_CERTS) to ask the registry. */
  readonly certificates = join(this.folder, "certificates.pem");
  private machineImage = "";
  private readonly name: string;
  private readonly subnet: string;

  /** @param subnet first three numbers of a /24 */
  constructor(name: string, subnet: string) {
    this.name = name;
    this.subnet = subnet;
  }

  /** The registry's address, as image names begin. */
  get registry(): string {
    return `${this.subnet}.2:5000`;
  }

  /** This machine, as the servers reach it. */
  get gateway(): string {
    return `${this.subnet}.1`;
  }

  /** The same registry as this machine's own Docker reaches it, which does without the authority on the loopback only. */
  get loopback(): string {
    const port = docker(["port", this.part("registry"), "5000"])
      .split(":")
      .at(-1);
    return `127.0.0.1:${port ?? ""}`;
  }

  async start(): Promise<void> {
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", this.identityFile]);
    await debianBase();
    const base = ["--build-arg", `BASE=${tag("debian")}`];
    // The id is this clone's own; the name only keeps the image from being pruned.
    const build = (image: string) =>
      docker(["build", "--quiet", ...base, "--tag", `slipway-test/${image}`, join(import.meta.dirname, image)]);
    const registry = build("registry");
    this.machineImage = build("machine");
    docker(["network", "create", ...mark, "--subnet", `${this.subnet}.0/24`, this.name]);
    const address = `${this.subnet}.2`;
    const at = ["--network", this.name, "--ip", address, "--publish", "127.0.0.1::5000", "--env", `ADDRESS=${address}`];
    docker(["run", "--detach", "--name", this.part("registry"), ...mark, ...at, registry]);
    const { username, password } = this.login;
    docker(
      ["exec", "--interactive", this.part("registry"), "sh", "-euc", `htpasswd -inB ${username} > /certs/htpasswd`],
      password,
    );
    await this.served();
    const inherited = process.env.NODE_EXTRA_CA_CERTS;
    const known = inherited === undefined ? "" : readFileSync(inherited, "utf8");
    writeFileSync(this.certificates, `${known}\n${this.authority()}`);
  }

  /** A new machine; the last number of its address follows from its own. */
  machine(number: number): Promise<Machine> {
    return new Machine({
      name: this.part(`host-${String(number)}`),
      network: this.name,
      image: this.machineImage,
      address: `${this.subnet}.${String(10 + number)}`,
      publicKey: readFileSync(`${this.identityFile}.pub`, "utf8"),
      authority: this.authority(),
    }).start();
  }

  /** Puts an image of this machine into the registry, where hosts find it as `<registry>/<name>`. */
  push(image: string, name: string): void {
    const server = this.loopback;
    const config = ["--config", join(this.folder, "docker")];
    docker([...config, "login", "--username", this.login.username, "--password-stdin", server], this.login.password);
    docker(["tag", image, `${server}/${name}`]);
    docker([...config, "push", "--quiet", `${server}/${name}`]);
    docker(["rmi", `${server}/${name}`]);
  }

  /** PostgreSQL and Redis beside the machines, for a service on several of them. @returns their addresses, passwords included */
  databases(password: string): { postgres: string; redis: string } {
    const [forPostgres, forRedis] = [join(this.folder, "postgres-password"), join(this.folder, "redis.conf")];
    writeFileSync(forPostgres, password);
    writeFileSync(forRedis, `requirepass ${password}\nbind 0.0.0.0\n`);
    const start = (kind: string, number: number, options: string[], ...command: string[]) =>
      docker([
        ...["run", "--detach", "--name", this.part(kind), ...mark, "--network", this.name],
        ...["--ip", `${this.subnet}.${String(number)}`, ...options, tag(kind), ...command],
      ]);
    const variables = ["PASSWORD_FILE=/run/password", "USER=ape", "DB=ape"].flatMap((value) => [
      "--env",
      `POSTGRES_${value}`,
    ]);
    start("postgres", 3, [...variables, "--volume", `${forPostgres}:/run/password:ro`]);
    start("redis", 4, ["--volume", `${forRedis}:/etc/redis.conf:ro`], "redis-server", "/etc/redis.conf");
    return {
      postgres: `postgresql://ape:${password}@${this.subnet}.3:5432/ape`,
      redis: `redis://:${password}@${this.subnet}.4:6379/0`,
    };
  }

  remove(): void {
    this.removeAll();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private removeAll(): void {
    for (const kind of ["container", "volume", "network"] as const) {
      const all = kind === "container" ? ["--all"] : [];
      const filter = ["--filter", `name=${this.name}`];
      const ids = docker([kind, "ls", ...all, "--quiet", ...filter])
        .split("\n")
        .filter(Boolean);
      if (ids.length > 0) docker([kind, "rm", ...(kind === "container" ? ["--force", "--volumes"] : []), ...ids]);
    }
  }

  private part(part: string): string {
    return `${this.name}-${part}`;
  }

  private authority(): string {
    return docker(["exec", this.part("registry"), "cat", "/certs/ca.crt"]);
  }

  private async served(): Promise<void> {
    const deadline = Date.now() + limit;
    while (!(await listens(`${this.subnet}.2`, 5000))) {
      if (Date.now() > deadline) throw new Error(`no registry: ${docker(["logs", this.part("registry")])}`);
      await pause(100);
    }
  }
}

function listens(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 1_000 });
    const answer = (yes: boolean) => () => {
      socket.destroy();
      resolve(yes);
    };
    socket.once("connect", answer(true)).once("error", answer(false)).once("timeout", answer(false));
  });
}
