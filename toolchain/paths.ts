import { homedir } from "node:os";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { projectFolder, slipwayFolder } from "../lib/folders.ts";

/** What says which engine goes with the installed npm packages. */
export const engineManifest = createRequire(import.meta.url).resolve("pulumi/package.json");
/** Programs of the npm packages. */
export const binaries = join(dirname(engineManifest), "..", ".bin");
/** Slipway's own commands. */
export const commands = join(slipwayFolder, "bin");
/** The rules that no update may break. */
export const policyPack = join(slipwayFolder, "policy");
/** The file back-end of Pulumi.yaml. */
export const stateDirectory = join(projectFolder, ".pulumi-state");

const cacheBase = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
const configBase = process.env.XDG_CONFIG_HOME ?? join(homedir(), ".config");

/** What the toolchain makes: outside the clone, so that every clone of this user shares it. */
export const cacheHome = join(cacheBase, "slipway");
/** What Node has compiled. */
export const compileCache = join(cacheHome, "node-compile-cache");
/** What must not be lost: the passphrase. */
export const configHome = join(configBase, "slipway");
/** The engine's home: our own, so that a user's ~/.pulumi stays as it is. */
export const pulumiHome = join(cacheHome, "pulumi-home");
