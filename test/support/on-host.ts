import { execFileSync } from "node:child_process";

/** What a stack can have on a host. */
export const kinds = ["container", "network", "volume"] as const;

const docker = (...args: string[]) => execFileSync("docker", args, { encoding: "utf8" }).trim();

/** Ids of what carries a stack's label, stopped containers included. */
export function made(stack: string, kind: (typeof kinds)[number]): string[] {
  const all = kind === "container" ? ["--all"] : [];
  return docker(kind, "ls", ...all, "-q", "--filter", `label=slipway.stack=${stack}`)
    .split("\n")
    .filter(Boolean);
}

/** Removes it all, containers first: they hold the rest. */
export function removeEverything(stack: string): void {
  for (const kind of kinds) {
    const ids = made(stack, kind);
    if (ids.length > 0) docker(kind, "rm", ...(kind === "container" ? ["--force"] : []), ...ids);
  }
}
