import * as pulumi from "@pulumi/pulumi";
import { readFileSync } from "node:fs";
import { HostCommand, type HostCommandArgs } from "./host-command.ts";

/** What a bare server is made into. */
export interface HostPreparationArgs {
  readonly host: HostCommandArgs["host"];
  /** Name of the service: its folder is /opt/<service>. */
  readonly service: string;
  /** The user who deploys. */
  readonly deployer: string;
  /** Folder of the backups. */
  readonly backups: string;
  /** Ports at which the proxy is reached. */
  readonly ports: readonly number[];
  /** When the host has to be prepared once more, as somebody undid a part of it. @default it has not */
  readonly again?: string | undefined;
}

/**
 * Makes a bare Debian or Ubuntu server into a host: Docker Engine, the user who deploys, folders, rotated logs, firewall, security updates.
 *
 * Each step looks first and changes only what is not right yet, so that it may run again at any time. Nothing is undone by
 * `pulumi destroy`: the server stays what it is.
 */
export class HostPreparation extends pulumi.ComponentResource {
  /** What has to be there before anything else is made on the host. */
  readonly steps: readonly HostCommand[];

  constructor(name: string, args: HostPreparationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:host:Preparation", name, {}, opts);
    const step = (file: string, timeoutSeconds: number, env: Record<string, string>, after: readonly HostCommand[]) =>
      new HostCommand(
        `${name}-${file}`,
        { host: args.host, asRoot: true, run: script(file), env, timeoutSeconds },
        { parent: this, dependsOn: [...after] },
      );
    // One after the other: each may need the package manager, of which there is one.
    const engine = step("engine", 900, { DATA: engineConfiguration }, []);
    const folders = { FOLDER: `/opt/${args.service}`, BACKUPS: args.backups };
    const account = step("account", 30, { DEPLOYER: args.deployer, ...folders }, [engine]);
    const firewall = step("firewall", 600, { PORTS: args.ports.join(" ") }, [account]);
    const updates = step("updates", 600, {}, [firewall]);
    const again = new HostCommand(
      `${name}-again`,
      {
        host: args.host,
        asRoot: true,
        run: `(${script("account")})\n(${script("firewall")})`,
        env: { DEPLOYER: args.deployer, ...folders, PORTS: args.ports.join(" "), AT: args.again ?? "" },
        timeoutSeconds: 600,
      },
      { parent: this, dependsOn: updates, ...(args.again === undefined ? { ignoreChanges: ["*"] } : {}) },
    );
    // Before much begins at once: everything else shares the connection that this one opens.
    const access = new HostCommand(
      `${name}-access`,
      { host: args.host, run: "docker version > /dev/null", timeoutSeconds: 20 },
      { parent: this, dependsOn: again },
    );
    this.steps = [engine, account, firewall, updates, again, access];
    this.registerOutputs({});
  }
}

/** Logs rotate (the driver `local` does), and containers outlive a restart of the engine. */
const engineConfiguration = JSON.stringify({ "log-driver": "local", "live-restore": true });

const script = (file: string) => readFileSync(new URL(`../lib/hosts/preparation/${file}.sh`, import.meta.url), "utf8");
