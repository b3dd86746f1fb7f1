import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../settings/settings.ts";
import { neo4jCredential } from "../lib/databases/neo4j-credential.ts";
import { limitProcesses, unprivileged } from "./hardening.ts";
import { HostCommand } from "./host-command.ts";
import type { Host } from "./host.ts";
import { mendable } from "./mend.ts";
import { pullImage } from "./pull-image.ts";

type Kind = "postgres" | "redis" | "neo4j";

/** Databases that run beside the service. */
export interface DatabasesArgs {
  readonly host: Host;
  /** Which ones, and their names. */
  readonly databases: Settings["databases"];
  readonly stockImages: Pick<Settings["stockImages"], "postgres" | "redis" | "neo4j">;
}

/**
 * PostgreSQL, Redis and Neo4j beside the service, each with its volume and a password that is made on the spot.
 *
 * Passwords reach the containers as files that only the database's user can read; in the state they are encrypted (invariant I6).
 */
export class Databases extends pulumi.ComponentResource {
  /** Secret files for the service by name: `database-url`, `redis-url`, `neo4j-url`. */
  readonly urls: Readonly<Record<string, pulumi.Output<string>>>;
  /** Containers to back up by kind of database, and when they are there. */
  readonly containers: Readonly<Partial<Record<Kind, docker.Container>>>;

  constructor(name: string, args: DatabasesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:database:Databases", name, {}, opts);
    const { host, databases } = args;
    const urls: Record<string, pulumi.Output<string>> = {};
    const containers: Partial<Record<Kind, docker.Container>> = {};

    if (databases.postgres) {
      const { name: database, user } = databases.postgres;
      const password = this.password(`${name}-postgres-password`, host, "postgres", passwordFiles.postgres);
      urls["database-url"] = pulumi.secret(
        pulumi.interpolate`postgresql://${user}:${password}@${host.names.address("postgres")}:5432/${database}`,
      );
      containers.postgres = this.database(`${name}-postgres`, "postgres", "/var/lib/postgresql/data", args, {
        envs: [`POSTGRES_DB=${database}`, `POSTGRES_USER=${user}`, `POSTGRES_PASSWORD_FILE=${passwordFiles.postgres}`],
        uploads: [{ file: passwordFiles.postgres, content: password, permissions: "0400" }],
        // Docker's 64 MB of shared memory is too little for parallel queries.
        shmSize: 256,
        stopSignal: "SIGINT",
      });
    }
    if (databases.redis) {
      const password = this.password(`${name}-redis-password`, host, "redis", passwordFiles.redis);
      urls["redis-url"] = pulumi.secret(pulumi.interpolate`redis://:${password}@${host.names.address("redis")}:6379/0`);
      containers.redis = this.database(`${name}-redis`, "redis", "/data", args, {
        command: ["redis-server", passwordFiles.redis],
        uploads: [
          {
            file: passwordFiles.redis,
            content: pulumi.interpolate`requirepass ${password}\ndir /data\nappendonly yes\nprotected-mode yes\nbind 0.0.0.0\nrepl-diskless-sync-delay 0\n`,
            permissions: "0400",
            owner: redisUser,
            group: redisUser,
          },
        ],
      });
    }
    if (databases.neo4j) {
      const password = this.password(`${name}-neo4j-password`, host, "neo4j", passwordFiles.neo4j);
      urls["neo4j-url"] = pulumi.secret(
        pulumi.interpolate`bolt://neo4j:${password}@${host.names.address("neo4j")}:7687`,
      );
      containers.neo4j = this.database(`${name}-neo4j`, "neo4j", "/data", args, {
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
          { file: passwordFiles.neo4j, content: password, permissions: "0400" },
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

  /** Another password would lock everybody out of the data that is there: one that the host has already is taken. */
  private password(name: string, host: Host, kind: Kind, file: string): pulumi.Output<string> {
    const env = { CONTAINER: host.names.part(kind), FILE: file };
    const args = { host, run: passwordScript, env, timeoutSeconds: 30, once: true, secretOutput: true };
    return new HostCommand(name, args, { parent: this }).stdout;
  }

  private database(
    name: string,
    kind: Kind,
    dataFolder: string,
    { host, stockImages }: DatabasesArgs,
    args: Partial<docker.ContainerArgs>,
  ): docker.Container {
    const child = { parent: this, provider: host.provider };
    const image = new docker.RemoteImage(
      `${name}-image`,
      { name: stockImages[kind], keepLocally: true },
      { ...child, dependsOn: pullImage(`${name}-pull`, host, stockImages[kind], { parent: this }) },
    );
    const volume = new docker.Volume(
      `${name}-volume`,
      { name: host.names.part(kind), labels: [...host.labels] },
      child,
    );
    const mend = mendable("container", host.names.part(kind), host.mending, host.labels);
    return new docker.Container(
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
        volumes: [{ volumeName: volume.name, containerPath: dataFolder }],
        logDriver: "local",
      },
      // A database that runs is not replaced to get fewer rights.
      { ...child, deleteBeforeReplace: true, ignoreChanges: [...mend.ignoreChanges, "capabilities", "securityOpts"] },
    );
  }
}

/** Where each database's container has its password. */
const passwordFiles = {
  postgres: "/run/secrets/postgres-password",
  redis: "/etc/redis/slipway.conf",
  neo4j: "/run/secrets/neo4j-password",
} as const;

const passwordScript = `
kept=$(docker cp "$CONTAINER:$FILE" - 2> /dev/null | tar -xO 2> /dev/null | sed -n '1 { s/^requirepass //; p; }') || true
if [ -n "$kept" ]; then printf %s "$kept"; else od -An -N24 -tx1 /dev/urandom | tr -d ' \\n'; fi
`;

/** What the public images' entry points do before they give up being root. */
const entryPointRights = ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_SETGID", "CAP_SETUID"];

/** The user `redis` of the public image; its entry point starts as root and gives that up. */
const redisUser = "999";

/** The user `neo4j` of the public image. */
const neo4jUser = "7474";
