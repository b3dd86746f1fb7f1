import * as pulumi from "@pulumi/pulumi";
import { clockProgram, everySeconds } from "../lib/databases/clock.ts";
import type { BackupsOnHost } from "../lib/releases/backup-variables.ts";
import { declareClock } from "./clock.ts";
import type { Host } from "./host.ts";

/** Backups by the clock of one host. */
export interface BackupClockArgs {
  readonly host: Host;
  readonly backups: BackupsOnHost;
  /** Time between two of them, such as `6h`. */
  readonly every: string;
}

/** Has the host back its data up by its own clock, which runs the scripts of an update. */
export class BackupClock extends pulumi.ComponentResource {
  constructor(name: string, { host, backups, every }: BackupClockArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:backup:Clock", name, {}, opts);
    declareClock(
      name,
      {
        host,
        unit: `slipway-backup-${host.names.prefix}`,
        what: "a backup by the clock, and its copy",
        setting: "slipway:backups.every",
        byHand: "call slipway backup now by a timer of your own",
        // The first one soon after a boot: where the machine was off, one is due.
        timer: ["OnActiveSec=10s", `OnUnitActiveSec=${String(everySeconds(every))}s`],
        limit: "4h",
        program: clockProgram({ every, variables: backups.variables, copies: backups.copies?.variables }),
      },
      this,
      opts?.dependsOn,
    );
    this.registerOutputs({});
  }
}
