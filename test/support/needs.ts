import { spawnSync } from "node:child_process";

/**
 * Fails a suite whose tool is missing: one that is skipped instead looks like one that passes.
 *
 * @param tool a command
 * @param debian package that has it
 * @throws if it can't be run
 */
export function needs(tool: string, debian: string): void {
  if (spawnSync("which", [tool]).status === 0) return;
  throw new Error(`${tool}: not found. Fix: run make test, which installs it, or apt-get install ${debian}`);
}
