import { z } from "zod";
import { text, whole, type SettingsOf } from "../schema-parts.ts";

const identifier = text("a lower-case SQL name such as ape", /^[a-z_][a-z0-9_]{0,62}$/);

/** Databases that Slipway runs. */
export const databaseKinds = ["postgres", "redis", "neo4j"] as const;
export type DatabaseKind = (typeof databaseKinds)[number];

/** Databases beside the service, and their backups. */
export const databasesShape = {
  databases: z.strictObject({
    postgres: z.strictObject({ name: identifier, user: identifier }).optional(),
    redis: z.strictObject({}).optional(),
    neo4j: z.strictObject({}).optional(),
  }),
  deleteData: z.array(z.enum(databaseKinds)).default([]),
  backups: z.strictObject({
    directory: text("an absolute path or one that starts with ~/", /^(~\/|\/)[\w./-]+$/).default(
      "/var/backups/slipway",
    ),
    keep: whole(1, 1_000).default(10),
  }),
};
export type DatabasesSettings = SettingsOf<typeof databasesShape>;
