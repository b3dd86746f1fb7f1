import { readFileSync } from "node:fs";

/** Shell texts that run where the backups lie. POSIX, each whole in itself; variables are described in the files. */
const read = (name: string) => readFileSync(new URL(`${name}.sh`, import.meta.url), "utf8");

/** For a folder that may begin with `~/`. */
export const expandHome = `case "$BACKUPS" in "~/"*) BACKUPS="$HOME/\${BACKUPS#??}";; esac\n`;

/** Names of files on standard input, without those that restores put aside or brought. */
const ofBackups = "of_backups() { grep -v -e '-replaced\\.' -e '^from-copy-'; }\n";

export const backupScript = expandHome + read("databases") + read("read-back") + read("tell") + read("backup");

/** The last backup of a database that goes with its data. Variables as for {@link backupScript}, but NAME; and CONTAINER. */
export const lastBackupScript = read("last-backup");

const changes = read("databases") + read("data-changes");

/** Says what changed in the databases if the last rollout went back. Ends with 0. */
export const changesScript = `${changes}say_changes\n`;

export const restoreScript = changes + read("restore");

const copies = expandHome + read("copies");

/** Copies a backup. Variables: those of `copyPlace`, and NAME. */
export const copyScript = copies + read("tell") + read("copy");

/** Lists the copies. Variables: those of `copyPlace`. */
export const listCopiesScript = `${copies}there=$(copies) || { explain; exit 1; }\nprintf '%s\\n' "$there"\n`;

/** Restores a copy, or only reads it back. Variables: those of `copyPlace`, CONTROLLER, and what bring-copy.sh says. */
export const restoreCopyScript =
  expandHome + changes + read("read-back") + read("copies") + read("bring-copy") + read("restore") + read("take-up");

/** Reads a backup on the host back. Variables: what the file says. */
export const verifyScript = expandHome + changes + read("read-back") + ofBackups + read("verify");

/** What the newest backups are. Variables: BACKUPS, EACH. */
export const newestBackupsScript = expandHome + ofBackups + read("newest-backups");

/** Longest that anybody waits for what changed, in seconds. */
export const changesSeconds = 20;
