// Which engine goes with the installed npm packages: the engine and its SDK pair by version.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "./paths.ts";

const manifest = readFileSync(join(repository, "node_modules", "pulumi", "package.json"), "utf8");

export const engineVersion = (JSON.parse(manifest) as { version: string }).version;
