import { readFileSync } from "node:fs";

const script = (name: string) => readFileSync(new URL(`${name}.sh`, import.meta.url), "utf8");

/** Shell text that says a database's password: the kept one, else a new one. Variables are described in the file. */
export const passwordScript = script("password");

/** Shell text that keeps it beside the data. */
export const keepPasswordScript = script("keep-password");
