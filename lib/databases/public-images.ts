import type { DatabaseKind } from "./schema.ts";

/** What the public images of the databases expect. */

/**
 * Where each has its data, what is there once it has filled an empty folder, which PostgreSQL wants to be empty, and the file that its
 * container has its password in.
 */
export const dataOf = {
  postgres: { folder: "/var/lib/postgresql/data", ready: "PG_VERSION", password: "/run/secrets/postgres-password" },
  redis: { folder: "/data", ready: ".", password: "/etc/redis/slipway.conf" },
  neo4j: { folder: "/data", ready: ".", password: "/run/secrets/neo4j-password" },
} as const satisfies Record<DatabaseKind, object>;

/** What the public images' entry points do before they give up being root. */
export const entryPointRights = ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_SETGID", "CAP_SETUID"];

/** The user `redis` of the public image; its entry point starts as root and gives that up. */
export const redisUser = "999";

/** The user `neo4j` of the public image. */
export const neo4jUser = "7474";
