// Where the toolchain keeps what it makes: outside the clone, so that every clone of this user shares it.
import { homedir } from "node:os";
import { join } from "node:path";

export const repository = join(import.meta.dirname, "..");
export const binaries = join(repository, "node_modules", ".bin");
/** Slipway's own commands. */
export const commands = join(repository, "bin");
export const policyPack = join(repository, "policy");
/** The file back-end of Pulumi.yaml. */
export const stateDirectory = join(repository, ".pulumi-state");

const cacheBase = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
const configBase = process.env.XDG_CONFIG_HOME ?? join(homedir(), ".config");

export const cacheHome = join(cacheBase, "slipway");
export const configHome = join(configBase, "slipway");
/** The engine's home: our own, so that a user's ~/.pulumi stays as it is. */
export const pulumiHome = join(cacheHome, "pulumi-home");
