import { readFileSync } from "node:fs";
import type { DatabaseKind } from "./schema.ts";

/** Passwords of databases: they are made on a host and never leave it, so nothing here holds one. */

/** Shell functions around a database's password. */
export const passwordFunctions = readFileSync(new URL("password.sh", import.meta.url), "utf8");

/**
 * Shell text after which the database is opened by the password that the host keeps; one is made where there is none. Says nothing.
 *
 * Variables: KIND, and those of the file.
 */
export const passwordScript = `${passwordFunctions}password_of "$KIND" > /dev/null\n`;

/** What stands for a password in an address until that is on its host. In JSON, no other text comes out the same. */
export const passwordMark = (kind: DatabaseKind): string => `\u0001${kind}\u0001`;

/**
 * Shell text that puts passwords for their marks in the JSON on standard input, and hands that on.
 *
 * Variables: KINDS, and those of the file.
 */
export const fillScript = `${passwordFunctions}
text=$(cat)
for kind in $KINDS; do
  mark="\\\\u0001$kind\\\\u0001"
  secret=$(password_of "$kind" < /dev/null)
  while [ "\${text#*"$mark"}" != "$text" ]; do text="\${text%%"$mark"*}$secret\${text#*"$mark"}"; done
done
printf %s "$text"`;
