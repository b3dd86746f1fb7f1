import { readFileSync } from "node:fs";
import { join } from "node:path";
import { slipwayFolder } from "../lib/folders.ts";

/** Slipway's own, as package.json has it. */
export const { version } = JSON.parse(readFileSync(join(slipwayFolder, "package.json"), "utf8")) as {
  readonly version: string;
};
