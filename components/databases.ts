import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../settings/settings.ts";
import { passwordMark } from "../lib/databases/password-scripts.ts";
import { dataOf, entryPointRights } from "../lib/databases/public-images.ts";
import type { DatabaseKind } from "../lib/databases/schema.ts";
import { limitProcesses, unprivileged } from "./hardening.ts";
import { lastBackup } from "./last-backup.ts";
import { mendable } from "./mend.ts";
import { keptPassword, keptVolume, storedData, type StoredDataArgs } from "./stored-data.ts";

/** Databases that run beside the service, and what the service keeps itself. */
export interface DatabasesArgs extends StoredDataArgs {
  /** Which ones, and their names. */
  readonly databases: Settings["databases"];
  /** Where the last backup of those goes. */
  readonly backups: Settings["backups"];
  /** Folders of the service that outlive its releases. */
  readonly volumes: Settings["volumes"];
}

/**
 * PostgreSQL, Redis and Neo4j beside the service, each with its volume and a password; and the volumes that the service keeps.
 *
 * Passwords are made on the host and kept there beside the data, in files that only the database's user can read (invariant I6). So a stack
 * that has lost its state, or has declared the database anew, takes the data up again.
 *
 * What must never happen here: data go by a change of configuration that does not name them (invariant I14).
 */
export class Databases extends pulumi.ComponentResource {
  /** Files for the service by name (`database-url`, `redis-url`, `neo4j-url`), with a mark for the password that the host keeps. */
  readonly urls: Readonly<Record<string, string>>;
  /** Containers to back up by kind of database, and when they are there. */
  readonly containers: Readonly<Partial<Record<DatabaseKind, docker.Container>>>;

  constructor(name: string, args: DatabasesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:database:Databases", name, {}, opts);
    const { host, databases, volumes } = args;
    for (const volume of Object.keys(volumes))
      keptVolume(`${name}-volume-${volume}`, host.names.volume(volume), host, this);
    const urls: Record<string, string> = {};
    const containers: Partial<Record<DatabaseKind, docker.Container>> = {};

    if (databases.postgres) {
      const { name: database, user } = databases.postgres;
      const address = `${host.names.address("postgres")}:5432/${database}`;
      urls["database-url"] = `postgresql://${user}:${passwordMark("postgres")}@${address}`;
      containers.postgres = this.database(`${name}-postgres`, "postgres", args, {
        envs: [
          `POSTGRES_DB=${database}`,
          `POSTGRES_USER=${user}`,
          // Another text at each start; only the first is read, until the kept password takes its place.
          "POSTGRES_PASSWORD_FILE=/proc/sys/kernel/random/uuid",
        ],
        // Docker's 64 MB of shared memory is too little for parallel queries.
        shmSize: 256,
        stopSignal: "SIGINT",
      });
    }
    if (databases.redis) {
      urls["redis-url"] = `redis://:${passwordMark("redis")}@${host.names.address("redis")}:6379/0`;
      containers.redis = this.database(`${name}-redis`, "redis", args, {
        command: ["redis-server", "/data/.slipway.conf"],
      });
    }
    if (databases.neo4j) {
      urls["neo4j-url"] = `bolt://neo4j:${passwordMark("neo4j")}@${host.names.address("neo4j")}:7687`;
      containers.neo4j = this.database(`${name}-neo4j`, "neo4j", args, {
        envs: [
          // Part of the image; backups are its work.
          'NEO4J_PLUGINS=["apoc"]',
          "NEO4J_apoc_export_file_enabled=true",
          "NEO4J_server_directories_import=/var/lib/neo4j/import",
          "NEO4J_dbms_usage__report_enabled=false",
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
    stack: DatabasesArgs,
    args: Partial<docker.ContainerArgs>,
  ): docker.Container {
    const { host, databases, deleteData, backups } = stack;
    const { image, volume } = storedData(name, kind, stack, this);
    const opened = (...after: pulumi.Resource[]) => keptPassword(name, kind, stack, this, after);
    const before = kind === "postgres" ? [] : [opened(image, volume)];
    const mend = mendable("container", host.names.part(kind), host.mending, host.labels);
    const isMadeAnew = host.mending.recreate.container.has(host.names.part(kind));
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
        volumes: [{ volumeName: volume.name, containerPath: dataOf[kind].folder }],
        logDriver: "local",
      },
      {
        parent: this,
        provider: host.provider,
        deleteBeforeReplace: true,
        ...host.afterImages(host.names.part(kind), before),
        ignoreChanges: [...mend.ignoreChanges, ...(isMadeAnew ? [] : notWorthAnOutage)],
      },
    );
    if (kind === "postgres") opened(container);
    if (deleteData.includes(kind)) {
      const last = { host, kind, settings: { databases, backups } };
      lastBackup(`${name}-last-backup`, last, { parent: this, dependsOn: container });
    }
    return container;
  }
}

/**
 * What a database that runs is not replaced for: fewer rights, and, where an earlier Slipway made it, a password that its container got from
 * the state. Made anew it is as declared.
 */
const notWorthAnOutage = ["capabilities", "securityOpts", "uploads", "envs", "command"];
