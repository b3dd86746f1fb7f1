import type { DatabaseKind } from "./schema.ts";

/** What the public images of the databases expect. */

/** Where each has its data, and what is there once it has filled an empty folder, which PostgreSQL wants to be empty. */
export const dataOf = {
  postgres: { folder: "/var/lib/postgresql/data", ready: "PG_VERSION" },
  redis: { folder: "/data", ready: "." },
  neo4j: { folder: "/data", ready: "." },
} as const satisfies Record<DatabaseKind, object>;

/** What the public images' entry points do before they give up being root. */
export const entryPointRights = ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_SETGID", "CAP_SETUID"];
