import { backupScript } from "../databases/backup-scripts.ts";
import { databaseKinds, type DatabaseKind, type DatabasesSettings } from "../databases/schema.ts";
import { hostSuffix, type HostNames } from "../hosts/naming.ts";
import type { ImagesSettings } from "../images/schema.ts";
import { backupsOf } from "./declared-on-host.ts";
import type { ReleasesSettings } from "./schema.ts";
import { backedUpVolumes } from "./volumes.ts";

/** How the name of a database's file ends. */
const fileEnds: Readonly<Record<DatabaseKind, string>> = {
  postgres: "postgres.dump",
  redis: "redis.rdb",
  neo4j: "neo4j.cypher",
};
const volumeEnd = "volume.tar";

/** Ends of the names of a backup's files. @param volumes names of the service's volumes that are backed up */
export const backupParts = (kinds: readonly DatabaseKind[], volumes: readonly string[]): string[] => [
  ...databaseKinds.filter((kind) => kinds.includes(kind)).map((kind) => fileEnds[kind]),
  ...volumes.map((volume) => `${volume}.${volumeEnd}`),
];

/** Whether a name is that of one file, and not of a whole backup. */
export const isBackupFile = (name: string): boolean =>
  [...Object.values(fileEnds), volumeEnd].some((end) => name.endsWith(`.${end}`));

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
    ...(volumes.length > 0 ? { VOLUMES: volumes.join(" ") } : {}),
    CONTROLLER: names.part("controller"),
  };
}

/** Where copies of a host's backups go, and what makes them. */
export interface CopyPlace {
  /** What copies.sh and copy.sh say. */
  readonly variables: Readonly<
    Record<"BACKUPS" | "COPY" | "COPY_KEEP" | "OWNER" | "KEYS" | "RESTIC" | "LABELS" | "CONTROLLER", string>
  >;
}

/**
 * What the scripts of copies need; undefined where the stack copies none.
 *
 * @param of whose backups they are
 * @param host its name under `slipway:hosts`. @default the first one
 */
export function copyPlace(
  { backups, stockImages }: Pick<DatabasesSettings, "backups"> & Pick<ImagesSettings, "stockImages">,
  { names, service, stack }: { readonly names: HostNames; readonly service: string; readonly stack: string },
  host?: string,
): CopyPlace | undefined {
  const { copyTo, directory } = backups;
  if (copyTo === undefined) return undefined;
  const owner = `${names.prefix}${hostSuffix(host)}`;
  const variables = {
    BACKUPS: backupsOf(directory, names),
    COPY: `${copyTo.repository}/${owner}`,
    COPY_KEEP: String(copyTo.keep),
    OWNER: owner,
    KEYS: names.part("backup-keys"),
    RESTIC: stockImages.restic,
    CONTROLLER: names.part("controller"),
    LABELS: `--label slipway.service=${service} --label slipway.stack=${stack}`,
  };
  return { variables };
}

/** Files with what opens the copies, by name, as restic reads them. @param secrets values of `slipway:backupSecrets` */
export const copyKeys = (secrets: Readonly<Record<string, string>>): Record<string, string> => ({
  password: secrets.password ?? "",
  credentials: `[default]\naws_access_key_id = ${secrets["access-key"] ?? ""}\naws_secret_access_key = ${secrets["secret-key"] ?? ""}\n`,
});

/** What the settings say of backups on one host, for commands there. */
export interface BackupsOnHost {
  /** What {@link backupVariables} says. */
  readonly variables: Readonly<Record<string, string>>;
  /** What {@link backupParts} says. */
  readonly parts: readonly string[];
  /** @default none are copied */
  readonly copies: CopyPlace | undefined;
}

/** @param host its name under `slipway:hosts`. @default the first one */
export function backupsOnHost(
  settings: Pick<DatabasesSettings, "databases" | "backups"> &
    Pick<ReleasesSettings, "volumes"> &
    Pick<ImagesSettings, "stockImages">,
  of: Parameters<typeof copyPlace>[1],
  host?: string,
): BackupsOnHost {
  const volumes = backedUpVolumes(settings.volumes);
  const kinds = databaseKinds.filter((kind) => settings.databases[kind] !== undefined);
  return {
    variables: backupVariables(settings, of.names, [], volumes),
    parts: backupParts(kinds, volumes),
    copies: copyPlace(settings, of, host),
  };
}
