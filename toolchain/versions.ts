import { readFileSync } from "node:fs";
import { join } from "node:path";
import { engineManifest, pulumiHome } from "./paths.ts";

const manifest = readFileSync(engineManifest, "utf8");

/** Which engine goes with the installed npm packages: the engine and its SDK pair by version. */
export const engineVersion = (JSON.parse(manifest) as { version: string }).version;

/**
 * Folder of one version's programs. The `pulumi` npm package looks for them there before it downloads them.
 *
 * @param home as in `PULUMI_HOME`
 */
export const programsIn = (home: string): string => join(home, "versions", engineVersion, "bin");

/** The engine's own programs, without the npm launcher before them: Ctrl-C ends the launcher and leaves the engine at work. */
export const enginePrograms = programsIn(pulumiHome);
