import * as pulumi from "@pulumi/pulumi";
import { readFileSync } from "node:fs";
import { clockProgram, everySeconds } from "../lib/databases/clock.ts";
import type { BackupsOnHost } from "../lib/releases/backup-variables.ts";
import { HostCommand } from "./host-command.ts";
import type { Host } from "./host.ts";

/** Backups by the clock of one host. */
export interface BackupClockArgs {
  readonly host: Host;
  readonly backups: BackupsOnHost;
  /** Time between two of them, such as `6h`. */
  readonly every: string;
}

const script = (file: string) => readFileSync(new URL(`../lib/hosts/preparation/${file}.sh`, import.meta.url), "utf8");

/**
 * Has the host back its data up by its own clock: a timer of systemd's, which runs the scripts of an update as the user who deploys.
 *
 * What must never happen here: that something which listens, or the rollout controller, gets at the engine or at the data.
 */
export class BackupClock extends pulumi.ComponentResource {
  constructor(name: string, { host, backups, every }: BackupClockArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:backup:Clock", name, {}, opts);
    const UNIT = `slipway-backup-${host.names.prefix}`;
    const common = { host, asRoot: true, timeoutSeconds: 60 } as const;
    const on = new HostCommand(
      `${name}-on`,
      {
        ...common,
        run: script("backup-clock"),
        env: {
          UNIT,
          DEPLOYER: host.connection.deployer ?? "root",
          SECONDS_BETWEEN: String(everySeconds(every)),
          PROGRAM: clockProgram({ every, variables: backups.variables, copies: backups.copies?.variables }),
        },
      },
      { parent: this, ...(opts?.dependsOn ? { dependsOn: opts.dependsOn } : {}) },
    );
    new HostCommand(
      `${name}-off`,
      { ...common, run: script("backup-clock-off"), env: { UNIT }, runsWhen: "deleted" },
      { parent: this, dependsOn: on },
    );
    this.registerOutputs({});
  }
}
