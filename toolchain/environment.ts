import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { link, mkdir, rm, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { quote } from "shlex";
import type { Origin } from "./engine.ts";
import { binaries, commands, compileCache, configHome, policyPack, pulumiHome } from "./paths.ts";
import { enginePrograms } from "./versions.ts";

/** What `make env` prints, and what the toolchain itself runs the engine with. */
export type Environment = Record<string, string>;

/** @param inherited the caller's own environment: a passphrase that is set there is kept. */
export async function environment(origin: Origin, inherited: NodeJS.ProcessEnv = process.env): Promise<Environment> {
  const own = [enginePrograms, binaries, commands];
  const path = (inherited.PATH ?? "").split(delimiter).filter((folder) => folder !== "" && !own.includes(folder));
  return {
    PATH: [...own, ...path].join(delimiter),
    PULUMI_HOME: pulumiHome,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // They are twenty lines; a refusal would end with all of them in red, as if the stack were gone. `pulumi stack output` shows them.
    PULUMI_OPTION_SUPPRESS_OUTPUTS: "true",
    // `--policy-pack` for every command that has it; the others ignore it.
    PULUMI_OPTION_POLICY_PACK: listOf(policyPack),
    // A checkout of Pulumi.<stack>.yaml may lose the salt that the engine writes there: the state has it too.
    PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER: "true",
    // Half of a small program's time is reading the SDK; Node keeps what it has compiled.
    NODE_COMPILE_CACHE: compileCache,
    ...(origin === "built" && { PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" }),
    ...(await passphrase(inherited)),
  };
}

/** A list of one, as the engine reads lists from its environment: comma-separated values. */
export const listOf = (value: string): string => `"${value.replaceAll('"', '""')}"`;

/** Lines for `eval` in any POSIX shell. */
export function exports(variables: Environment): string {
  return Object.entries(variables)
    .map(([name, value]) => `export ${name}=${quote(value)}`)
    .join("\n");
}

/** The key that the stack's secrets are encrypted with: made once for this user, unless they have one. */
async function passphrase(inherited: NodeJS.ProcessEnv): Promise<Environment> {
  if (inherited.PULUMI_CONFIG_PASSPHRASE !== undefined || inherited.PULUMI_CONFIG_PASSPHRASE_FILE !== undefined) {
    return {};
  }
  const file = join(configHome, "passphrase");
  if (!existsSync(file)) {
    await mkdir(configHome, { recursive: true, mode: 0o700 });
    await writeOnce(file, randomBytes(32).toString("base64url"));
  }
  return { PULUMI_CONFIG_PASSPHRASE_FILE: file };
}

/** The first of two at once wins, and the second sees the whole of it: both must end up with the same passphrase. */
async function writeOnce(file: string, text: string): Promise<void> {
  const beside = `${file}.${process.pid}`;
  await writeFile(beside, text, { mode: 0o600 });
  await link(beside, file).catch((error: unknown) => {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  });
  await rm(beside);
}
