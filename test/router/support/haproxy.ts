import { spawnSync } from "node:child_process";
import { env } from "node:process";

/** Whether a real HAProxy is here; on a build machine it has to be. */
export const hasHaproxy = spawnSync("haproxy", ["-v"]).status === 0;
if (!hasHaproxy && env.CI) throw new Error("haproxy: not found. Fix: apt-get install --no-install-recommends haproxy");
