import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectFolder } from "./find-stack.ts";

/** Slipway's own, as package.json has it. */
export const { version } = JSON.parse(readFileSync(join(projectFolder, "package.json"), "utf8")) as {
  readonly version: string;
};
