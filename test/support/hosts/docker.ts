import { spawnSync } from "node:child_process";

/** Output of a `docker` command on this machine. @throws with what it said */
export function docker(args: readonly string[], input: string | Buffer = ""): string {
  const ended = spawnSync("docker", args, { input, encoding: "utf8", maxBuffer: 64 << 20 });
  if (ended.status !== 0) throw new Error(`docker ${args.join(" ")}: ${ended.error?.message ?? ended.stderr}`);
  return ended.stdout.trim();
}
