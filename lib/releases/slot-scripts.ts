import { readFileSync } from "node:fs";

const read = (name: string) => readFileSync(new URL(`${name}.sh`, import.meta.url), "utf8");

/** A script of a command on a host that has to know which slot is meant. */
export const releaseScript = (name: "logs" | "by-hand" | "restart" | "ways-back" | "held-secrets"): string =>
  read("slot-meant") + read(name);
