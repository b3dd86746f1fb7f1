import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env } from "node:process";
import { makeCertificate } from "./certificates.ts";
import { needs } from "./needs.ts";

needs("pebble", "pebble");
needs("pebble-challtestsrv", "pebble");

/** How the server is made. */
export interface AcmeServerArgs {
  /** Address at which the host's containers reach it. */
  readonly address: string;
  /** First of four free ports. */
  readonly port: number;
  /** Port at which it looks for answers to challenges, of every name. */
  readonly httpPort: number;
  /** How long its certificates live, in seconds. */
  readonly lifeSeconds: number;
  /** A name that it refuses. */
  readonly refused: string;
}

/** pebble, Let's Encrypt's own server for tests, with a name server that knows this machine under every name. */
export class AcmeServer {
  /** PEM of the authority of its own address. */
  readonly authority: string;
  readonly directoryUrl: string;
  readonly #args: AcmeServerArgs;
  readonly #folder = mkdtempSync(join(tmpdir(), "slipway-acme-"));
  readonly #children: ChildProcess[] = [];

  constructor(args: AcmeServerArgs) {
    this.#args = args;
    const own = makeCertificate({ names: [args.address, "127.0.0.1"] });
    this.authority = own.certificate;
    this.directoryUrl = `https://${args.address}:${String(args.port)}/dir`;
    const file = (name: string, content: string) => {
      writeFileSync(join(this.#folder, name), content);
      return join(this.#folder, name);
    };
    const pebble = {
      listenAddress: `0.0.0.0:${String(args.port)}`,
      managementListenAddress: `127.0.0.1:${String(args.port + 1)}`,
      certificate: file("own.pem", own.certificate),
      privateKey: file("own-key.pem", own.key),
      httpPort: args.httpPort,
      tlsPort: args.port + 3,
      domainBlocklist: [args.refused],
      certificateValidityPeriod: args.lifeSeconds,
    };
    file("pebble.json", JSON.stringify({ pebble }));
  }

  async start(): Promise<void> {
    const names = `127.0.0.1:${String(this.#args.port + 2)}`;
    const off = ["-http01", "", "-https01", "", "-tlsalpn01", "", "-management", "", "-defaultIPv6", ""];
    this.#child("pebble-challtestsrv", ["-dns01", names, "-defaultIPv4", "127.0.0.1", ...off]);
    this.#child("pebble", ["-config", join(this.#folder, "pebble.json"), "-dnsserver", names]);
    for (const end = performance.now() + 10_000; ;) {
      try {
        await this.root();
        return;
      } catch (error) {
        if (performance.now() > end) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  /** PEM of the authority that signs what it gives out; another one at each start. */
  root(): Promise<string> {
    return new Promise((resolve, reject) => {
      const url = `https://127.0.0.1:${String(this.#args.port + 1)}/roots/0`;
      const call = request(url, { ca: this.authority, agent: false, timeout: 5_000 }, (answer) => {
        let text = "";
        answer.on("data", (part: Buffer) => (text += part.toString()));
        answer.on("end", () => {
          resolve(text);
        });
      });
      call.on("error", reject).end();
    });
  }

  async stop(): Promise<void> {
    for (const child of this.#children) {
      if (child.exitCode !== null) continue;
      const gone = once(child, "exit");
      child.kill();
      await gone;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #child(program: string, args: readonly string[]): void {
    // Without the pauses and failures that it makes up.
    const variables = { ...env, PEBBLE_VA_NOSLEEP: "1", PEBBLE_WFE_NONCEREJECT: "0" };
    this.#children.push(spawn(program, args, { env: variables, stdio: "ignore" }));
  }
}
