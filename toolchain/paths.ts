import { homedir } from "node:os";
import { join } from "node:path";

/** This clone. */
export const repository = join(import.meta.dirname, "..");
/** Programs of the npm packages. */
export const binaries = join(repository, "node_modules", ".bin");
/** Slipway's own commands. */
export const commands = join(repository, "bin");
/** The rules that no update may break. */
export const policyPack = join(repository, "policy");
/** The file back-end of Pulumi.yaml. */
export const stateDirectory = join(repository, ".pulumi-state");

const cacheBase = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
const configBase = process.env.XDG_CONFIG_HOME ?? join(homedir(), ".config");

/** What the toolchain makes: outside the clone, so that every clone of this user shares it. */
export const cacheHome = join(cacheBase, "slipway");
/** What must not be lost: the passphrase. */
export const configHome = join(configBase, "slipway");
/** The engine's home: our own, so that a user's ~/.pulumi stays as it is. */
export const pulumiHome = join(cacheHome, "pulumi-home");
