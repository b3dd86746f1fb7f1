import { z } from "zod";
import { secretNames, text, whole, type SettingsOf } from "../schema-parts.ts";

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
    every: text("a time such as 30m, 6h or 1d", /^[1-9]\d{0,2}[mhd]$/).optional(),
    copyTo: z
      .strictObject({
        repository: text(
          "an address such as s3:https://s3.eu-central-1.amazonaws.com/bucket/folder",
          /^s3:https?:\/\/[\w.-]+(:\d{1,5})?\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[\w.-]+)*$/,
        ),
        keep: whole(1, 1_000).default(30),
      })
      .optional(),
  }),
  backupSecrets: secretNames,
};
export type DatabasesSettings = SettingsOf<typeof databasesShape>;

/** Secrets that copies of backups need. */
export const backupSecretNames = ["password", "access-key", "secret-key"] as const;
