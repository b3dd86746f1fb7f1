import * as pulumi from "@pulumi/pulumi";
import { quote } from "shlex";
import { expandHome } from "../lib/databases/backup-scripts.ts";
import { databaseKinds, type DatabaseKind } from "../lib/databases/schema.ts";
import type { Settings } from "../settings/settings.ts";
import { backupParts, backupVariables } from "../lib/releases/backup-variables.ts";
import { backedUpVolumes } from "../lib/releases/volumes.ts";
import { backupsOf } from "../lib/releases/declared-on-host.ts";
import type { BackupCopies } from "./backup-copy.ts";
import type { Databases } from "./databases.ts";
import { HostCommand } from "./host-command.ts";
import type { Host } from "./host.ts";

/** A backup before a release. */
export interface BackupArgs {
  readonly host: Host;
  readonly databases: Databases;
  readonly settings: Pick<Settings, "databases" | "backups" | "volumes">;
  /** Databases that are declared no longer and leave the host once traffic has moved. */
  readonly leaving: readonly DatabaseKind[];
  /** What copies it away from the host; nothing waits for that. @default nothing does */
  readonly copies?: BackupCopies | undefined;
  /** What the backup comes before: it is part of the files' names, and another one makes another backup. */
  readonly before: { readonly rollout: number; readonly release: string };
  /** `true` leaves the last backup as it is: no new release is coming. */
  readonly frozen: boolean;
}

/**
 * Dumps every database of the stack on the host and restores each dump beside the original; and saves the service's volumes. No traffic moves before that has worked.
 *
 * Files outlive the stack on purpose; `pulumi destroy` says where they are.
 */
export class Backup extends pulumi.ComponentResource {
  /** The files on the host. */
  readonly files: readonly string[];

  constructor(name: string, args: BackupArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:backup:Backup", name, {}, opts);
    const { host, settings, leaving, before } = args;
    const has = (kind: DatabaseKind) => settings.databases[kind] !== undefined || leaving.includes(kind);
    const volumes = backedUpVolumes(settings.volumes);
    const folder = backupsOf(settings.backups.directory, host.names);
    const file = `${String(before.rollout).padStart(6, "0")}-before-${before.release}`;
    this.files = backupParts(databaseKinds.filter(has), volumes).map((part) => `${folder}/${file}.${part}`);
    const dump = new HostCommand(
      `${name}-dump`,
      {
        host,
        env: { ...backupVariables(settings, host.names, leaving, volumes), NAME: file },
        // By name, so that an error does not begin with the whole text.
        run: 'eval "$SCRIPT"',
        runOnDelete:
          host.connection.kind === "local"
            ? `${expandHome}echo "Backups are kept in $BACKUPS"`
            : `echo ${quote(`Backups are kept in ${folder} on ${host.connection.name}`)}`,
        timeoutSeconds: 3_600,
      },
      {
        parent: this,
        // A component's dependsOn does not reach its children by itself.
        ...(opts?.dependsOn ? { dependsOn: opts.dependsOn } : {}),
        ...(args.frozen ? { ignoreChanges: ["*"] } : {}),
      },
    );
    if (this.files.length > 0) args.copies?.copy({ backup: file, after: dump, frozen: args.frozen });
    this.registerOutputs({});
  }
}
