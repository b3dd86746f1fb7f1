import type * as pulumi from "@pulumi/pulumi";
import { lastBackupScript } from "../lib/databases/backup-scripts.ts";
import type { DatabaseKind } from "../lib/databases/schema.ts";
import { backupVariables } from "../lib/releases/backup-variables.ts";
import type { Settings } from "../settings/settings.ts";
import { HostCommand } from "./host-command.ts";
import type { Host } from "./host.ts";

/** A backup of a database whose data go with it. */
export interface LastBackupArgs {
  readonly host: Host;
  readonly kind: DatabaseKind;
  readonly settings: Pick<Settings, "databases" | "backups">;
}

/**
 * Runs nothing until it leaves the stack: then it backs up one database. What has to be there for that, its container, is its `dependsOn`,
 * so that Pulumi deletes the container and its volume afterwards, and neither of them if the backup fails.
 */
export const lastBackup = (
  name: string,
  { host, kind, settings: { databases, backups } }: LastBackupArgs,
  opts: pulumi.CustomResourceOptions,
): HostCommand =>
  new HostCommand(
    name,
    {
      host,
      run: lastBackupScript,
      env: {
        ...backupVariables({ databases: { [kind]: databases[kind] }, backups }, host.names),
        CONTAINER: host.names.part(kind),
      },
      runsWhen: "deleted",
      timeoutSeconds: 3_600,
    },
    opts,
  );
