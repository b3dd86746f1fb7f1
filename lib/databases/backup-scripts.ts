import { readFileSync } from "node:fs";

/** Shell texts that run where the backups lie. POSIX, each whole in itself; variables are described in the files. */
const read = (name: string) => readFileSync(new URL(`${name}.sh`, import.meta.url), "utf8");

/** For a folder that may begin with `~/`. */
export const expandHome = `case "$BACKUPS" in "~/"*) BACKUPS="$HOME/\${BACKUPS#??}";; esac\n`;

export const backupScript = expandHome + read("databases") + read("read-back") + read("backup");

/** The last backup of a database that goes with its data. Variables as for {@link backupScript}, but NAME; and CONTAINER. */
export const lastBackupScript = read("last-backup");

const changes = read("databases") + read("data-changes");

/** Says what changed in the databases if the last rollout went back. Ends with 0. */
export const changesScript = `${changes}say_changes\n`;

export const restoreScript = changes + read("restore");

/** What the newest backups are. Variables: BACKUPS, EACH. */
export const newestBackupsScript = expandHome + read("newest-backups");

/** Longest that anybody waits for what changed, in seconds. */
export const changesSeconds = 20;
