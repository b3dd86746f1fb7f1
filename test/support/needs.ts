import { spawnSync } from "node:child_process";

/**
 * Fails a suite whose tool is missing: one that is skipped instead looks like one that passes.
 *
 * @param tool a command
 * @param debian package that has it
 * @returns where it is
 * @throws if it can't be run
 */
export function needs(tool: string, debian: string): string {
  const { status, stdout } = spawnSync("which", [tool], { encoding: "utf8" });
  if (status === 0) return stdout.trim();
  throw new Error(`${tool}: not found. Fix: run make test, which installs it, or apt-get install ${debian}`);
}
