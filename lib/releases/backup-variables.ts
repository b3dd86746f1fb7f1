import { backupScript } from "../databases/backup-scripts.ts";
import type { DatabaseKind, DatabasesSettings } from "../databases/schema.ts";
import type { HostNames } from "../hosts/naming.ts";
import { backupsOf } from "./declared-on-host.ts";
import type { ReleasesSettings } from "./schema.ts";
import { backedUpVolumes } from "./volumes.ts";

/** What is saved before each release. */
export const backedUp = ({
  databases,
  volumes,
}: Pick<DatabasesSettings, "databases"> & Pick<ReleasesSettings, "volumes">) => ({
  hasDatabases: Object.keys(databases).length > 0,
  hasVolumes: backedUpVolumes(volumes).length > 0,
});

/**
 * What `eval "$SCRIPT"` needs to back up those databases, but the backup's own name.
 *
 * @param leaving others that are still on the host
 * @param volumes names of the service's volumes that are backed up with them
 */
export function backupVariables(
  { databases, backups }: Pick<DatabasesSettings, "databases" | "backups">,
  names: HostNames,
  leaving: readonly DatabaseKind[] = [],
  volumes: readonly string[] = [],
): Record<string, string> {
  const { postgres } = databases;
  const has = (kind: DatabaseKind) => databases[kind] !== undefined || leaving.includes(kind);
  return {
    SCRIPT: backupScript,
    BACKUPS: backupsOf(backups.directory, names),
    KEEP: String(backups.keep),
    ...(has("postgres") ? { POSTGRES: names.part("postgres") } : {}),
    ...(postgres ? { PGUSER: postgres.user, PGDATABASE: postgres.name } : {}),
    ...(has("redis") ? { REDIS: names.part("redis") } : {}),
    ...(has("neo4j") ? { NEO4J: names.part("neo4j") } : {}),
    ...(volumes.length > 0 ? { VOLUMES: volumes.join(" "), CONTROLLER: names.part("controller") } : {}),
  };
}
