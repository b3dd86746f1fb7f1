import { copyFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectFolder, toolchainCommand } from "../lib/folders.ts";
import { isMade, pulumi } from "./stack.ts";
import { say } from "./step.ts";

/** A look at a stack leaves nothing behind: no selected stack, no state, no line in the stack's file. */

/** What the engine is to look with. */
export interface Look {
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Looks with a copy of the stack's file, because the engine writes there what it is told of the configuration, and the next update would
 * release that version. A stack that was never made is made in a state of its own, which is thrown away.
 *
 * @param version empty: the stack's own
 * @param look gets what the engine needs to look, and ends with its exit code
 * @param folder that of Pulumi.yaml
 */
export async function lookAt(
  stack: string,
  version: string,
  env: NodeJS.ProcessEnv,
  look: (means: Look) => Promise<number>,
  folder = projectFolder,
): Promise<number> {
  const beside = await mkdtemp(join(tmpdir(), "slipway-look-"));
  try {
    const copy = join(beside, `Pulumi.${stack}.yaml`);
    await copyFile(join(folder, `Pulumi.${stack}.yaml`), copy);
    const config = version === "" ? [] : ["--config", `slipway:version=${version}`];
    const args = ["--stack", stack, "--config-file", copy, ...config];
    if (await isMade(stack, env, folder)) return await look({ args, env });
    say(
      `• stack ${stack} was never made here: this is what the first ${toolchainCommand("up")} would make, and nothing of it is kept`,
    );
    return await look({ args, env: { ...env, ...(await makeBeside(stack, env, folder, beside)) } });
  } finally {
    await rm(beside, { recursive: true });
  }
}

/** @returns variables that name the state */
async function makeBeside(stack: string, env: NodeJS.ProcessEnv, folder: string, beside: string) {
  const state = join(beside, "state");
  await mkdir(state);
  // The engine writes the stack's salt into the folder of the project that it is in.
  await copyFile(join(folder, "Pulumi.yaml"), join(beside, "Pulumi.yaml"));
  const own = { PULUMI_BACKEND_URL: `file://${state}` };
  await pulumi(["stack", "init", "--no-select", "--non-interactive", stack], { ...env, ...own }, { folder: beside });
  return own;
}
