import { existsSync } from "node:fs";
import { ask, run } from "./command.ts";
import type { Task } from "./step.ts";

/** Longest apt-get run, in milliseconds. */
const aptMs = 10 * 60_000;
/** Another apt may be running: wait for it, at most this many seconds. */
const waitForLock = ["-o", "DPkg::Lock::Timeout=300"];

/** Whether this is Debian or Ubuntu. */
export function hasApt(): boolean {
  return existsSync("/usr/bin/apt-get");
}

/**
 * Installs Debian packages; only root can.
 *
 * @param optional installed where the distribution has them under this name
 * @throws CommandFailed
 */
export async function aptInstall(packages: string[], task: Task, optional: string[] = []): Promise<void> {
  const options = {
    limit: aptMs,
    env: { DEBIAN_FRONTEND: "noninteractive" },
    line: (text: string) => {
      task.note(text);
    },
  };
  await run("apt-get", ["update", "-q"], options);
  const known = await Promise.all(
    optional.map(async (name) => ((await ask("apt-cache", ["show", name])) === undefined ? [] : [name])),
  );
  await run(
    "apt-get",
    ["install", "-qy", "--no-install-recommends", ...waitForLock, ...packages, ...known.flat()],
    options,
  );
}
