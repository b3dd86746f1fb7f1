import { execFileSync } from "node:child_process";

/** What a stack can have on a host. */
export const kinds = ["container", "network", "volume"] as const;

/** @param host Docker address, where it is not this machine's */
const docker = (host: string | undefined, ...args: string[]) =>
  execFileSync("docker", [...(host === undefined ? [] : ["--host", host]), ...args], { encoding: "utf8" }).trim();

/** Ids of what carries a stack's label, stopped containers included. */
export function made(stack: string, kind: (typeof kinds)[number] | "image", host?: string): string[] {
  const all = kind === "container" ? ["--all"] : [];
  return docker(host, kind, "ls", ...all, "-q", "--filter", `label=slipway.stack=${stack}`)
    .split("\n")
    .filter(Boolean);
}

/** Volumes of its names that somebody made by hand, without its label. */
const madeByHand = (stack: string, host?: string): string[] =>
  docker(host, "volume", "ls", "-q", "--filter", `name=^ape-2026-${stack}-`).split("\n").filter(Boolean);

/** Removes it all, containers first: they hold the rest. */
export function removeEverything(stack: string, host?: string): void {
  for (const kind of kinds) {
    for (let attempt = 1; ; attempt++) {
      const ids = [...new Set([...made(stack, kind, host), ...(kind === "volume" ? madeByHand(stack, host) : [])])];
      if (ids.length === 0) break;
      try {
        docker(host, kind, "rm", ...(kind === "container" ? ["--force", "--volumes"] : []), ...ids);
      } catch (error) {
        // A container that stepped aside may go by itself at the same moment.
        if (attempt === 20) throw error;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
      }
    }
  }
}
