import { backupScript } from "../databases/backup-scripts.ts";
import type { DatabasesSettings } from "../databases/schema.ts";
import type { HostNames } from "../hosts/naming.ts";
import { backupsOf } from "./declared-on-host.ts";

/** What `eval "$SCRIPT"` needs to back up those databases, but the backup's own name. */
export function backupVariables(
  { databases, backups }: Pick<DatabasesSettings, "databases" | "backups">,
  names: HostNames,
): Record<string, string> {
  const { postgres, redis, neo4j } = databases;
  return {
    SCRIPT: backupScript,
    BACKUPS: backupsOf(backups.directory, names),
    KEEP: String(backups.keep),
    ...(postgres ? { POSTGRES: names.part("postgres"), PGUSER: postgres.user, PGDATABASE: postgres.name } : {}),
    ...(redis ? { REDIS: names.part("redis") } : {}),
    ...(neo4j ? { NEO4J: names.part("neo4j") } : {}),
  };
}
