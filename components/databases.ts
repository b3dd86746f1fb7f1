import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../settings/settings.ts";
import { dataOf, entryPointRights, neo4jUser, redisUser } from "../lib/databases/public-images.ts";
import { keepPasswordScript } from "../lib/databases/password-scripts.ts";
import type { DatabaseKind } from "../lib/databases/schema.ts";
import { neo4jCredential } from "../lib/databases/neo4j-credential.ts";
import { limitProcesses, unprivileged } from "./hardening.ts";
import { HostCommand } from "./host-command.ts";
import { lastBackup } from "./last-backup.ts";
import { mendable } from "./mend.ts";
import { storedData, type StoredData, type StoredDataArgs } from "./stored-data.ts";

/** Databases that run beside the service. */
export interface DatabasesArgs extends StoredDataArgs {
  /** Which ones, and their names. */
  readonly databases: Settings["databases"];
  /** Where the last backup of those goes. */
  readonly backups: Settings["backups"];
}

/**
 * PostgreSQL, Redis and Neo4j beside the service, each with its volume and a password that is made on the spot.
 *
 * Passwords reach the containers as files that only the database's user can read; in the state they are encrypted (invariant I6). Each is kept
 * beside the data too, so that these can be taken up again by a stack that has lost its state, or has declared the database anew.
 *
 * What must never happen here: data go by a change of configuration that does not name them (invariant I14).
 */
export class Databases extends pulumi.ComponentResource {
  /** Secret files for the service by name: `database-url`, `redis-url`, `neo4j-url`. */
  readonly urls: Readonly<Record<string, pulumi.Output<string>>>;
  /** Containers to back up by kind of database, and when they are there. */
  readonly containers: Readonly<Partial<Record<DatabaseKind, docker.Container>>>;

  constructor(name: string, args: DatabasesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:database:Databases", name, {}, opts);
    const { host, databases } = args;
    const urls: Record<string, pulumi.Output<string>> = {};
    const containers: Partial<Record<DatabaseKind, docker.Container>> = {};

    if (databases.postgres) {
      const { name: database, user } = databases.postgres;
      const stored = storedData(`${name}-postgres`, "postgres", args, this);
      const { password } = stored;
      urls["database-url"] = pulumi.secret(
        pulumi.interpolate`postgresql://${user}:${password}@${host.names.address("postgres")}:5432/${database}`,
      );
      containers.postgres = this.database(`${name}-postgres`, "postgres", args, stored, {
        envs: [
          `POSTGRES_DB=${database}`,
          `POSTGRES_USER=${user}`,
          `POSTGRES_PASSWORD_FILE=${dataOf.postgres.password}`,
        ],
        uploads: [{ file: dataOf.postgres.password, content: password, permissions: "0400" }],
        // Docker's 64 MB of shared memory is too little for parallel queries.
        shmSize: 256,
        stopSignal: "SIGINT",
      });
    }
    if (databases.redis) {
      const stored = storedData(`${name}-redis`, "redis", args, this);
      const { password } = stored;
      urls["redis-url"] = pulumi.secret(pulumi.interpolate`redis://:${password}@${host.names.address("redis")}:6379/0`);
      containers.redis = this.database(`${name}-redis`, "redis", args, stored, {
        command: ["redis-server", dataOf.redis.password],
        uploads: [
          {
            file: dataOf.redis.password,
            content: pulumi.interpolate`requirepass ${password}\ndir /data\nappendonly yes\nprotected-mode yes\nbind 0.0.0.0\nrepl-diskless-sync-delay 0\n`,
            permissions: "0400",
            owner: redisUser,
            group: redisUser,
          },
        ],
      });
    }
    if (databases.neo4j) {
      const stored = storedData(`${name}-neo4j`, "neo4j", args, this);
      const { password } = stored;
      urls["neo4j-url"] = pulumi.secret(
        pulumi.interpolate`bolt://neo4j:${password}@${host.names.address("neo4j")}:7687`,
      );
      containers.neo4j = this.database(`${name}-neo4j`, "neo4j", args, stored, {
        envs: [
          // Part of the image; backups are its work.
          'NEO4J_PLUGINS=["apoc"]',
          "NEO4J_apoc_export_file_enabled=true",
          "NEO4J_server_directories_import=/var/lib/neo4j/import",
          "NEO4J_dbms_usage__report_enabled=false",
        ],
        uploads: [
          // NEO4J_AUTH would show in `docker inspect`, and the image hands it on as an argument. Read at the first start only.
          {
            file: "/data/dbms/auth.ini",
            content: password.apply(neo4jCredential),
            permissions: "0400",
            owner: neo4jUser,
            group: neo4jUser,
          },
          { file: dataOf.neo4j.password, content: password, permissions: "0400" },
        ],
        destroyGraceSeconds: 60,
      });
    }
    this.urls = urls;
    this.containers = containers;
    const all = Object.values(containers);
    if (all.length > 0) limitProcesses(`${name}-limits`, host, all, this);
    this.registerOutputs({});
  }

  private database(
    name: string,
    kind: DatabaseKind,
    { host, databases, deleteData, backups }: DatabasesArgs,
    { image, volume, password }: StoredData,
    args: Partial<docker.ContainerArgs>,
  ): docker.Container {
    const { folder, ready } = dataOf[kind];
    const mend = mendable("container", host.names.part(kind), host.mending, host.labels);
    const container = new docker.Container(
      name,
      {
        ...args,
        name: host.names.part(kind),
        image: image.imageId,
        restart: "unless-stopped",
        // Its entry point is root, gives itself the data folder and then becomes the database's user.
        capabilities: { ...unprivileged.capabilities, adds: entryPointRights },
        securityOpts: unprivileged.securityOpts,
        labels: mend.labels,
        networksAdvanced: [{ name: host.network, ipv4Address: host.names.address(kind) }],
        volumes: [{ volumeName: volume.name, containerPath: folder }],
        logDriver: "local",
      },
      {
        parent: this,
        provider: host.provider,
        deleteBeforeReplace: true,
        // A database that runs is not replaced to get fewer rights.
        ignoreChanges: [...mend.ignoreChanges, "capabilities", "securityOpts"],
      },
    );
    new HostCommand(
      `${name}-kept`,
      {
        host,
        run: keepPasswordScript,
        env: { CONTAINER: host.names.part(kind), FOLDER: folder, READY: ready },
        stdin: password,
        timeoutSeconds: 120,
      },
      { parent: this, dependsOn: container },
    );
    if (deleteData.includes(kind)) {
      const last = { host, kind, settings: { databases, backups } };
      lastBackup(`${name}-last-backup`, last, { parent: this, dependsOn: container });
    }
    return container;
  }
}
