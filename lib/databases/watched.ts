import { readFileSync } from "node:fs";
import { passwordFunctions } from "./password-scripts.ts";

/** Who asks a database for its figures: its name there. In PostgreSQL a member of `pg_monitor`, in Redis one who may say PING, INFO and LATENCY LATEST. */
export const watcherUser = "slipway_watcher";
/** Its password, by file name, as each exporter reads it. */
export const watcherFile = { postgres: "password", redis: "passwords.json" } as const;

const functions = `${passwordFunctions}${readFileSync(new URL("watched.sh", import.meta.url), "utf8")}`;

/** Shell text that lets a database be watched. Safe to repeat: the password stays. Says nothing. */
export const openForWatcher = `${functions}secret=$(kept_for_watcher)\nopen_for_watcher "$secret"\n`;
/** Shell text that takes that away again, where the database runs still. */
export const closeToWatcher = `${functions}close_to_watcher\n`;
