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

/** Removes it all, containers first: they hold the rest. */
export function removeEverything(stack: string, host?: string): void {
  for (const kind of kinds) {
    const ids = made(stack, kind, host);
    if (ids.length > 0) docker(host, kind, "rm", ...(kind === "container" ? ["--force"] : []), ...ids);
  }
}
