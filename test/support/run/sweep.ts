import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { isOf, label, variable } from "./id.ts";

const limitMs = 60_000;
/** Containers first: they hold the rest. */
const kinds = ["container", "network", "volume"] as const;
const ownerLabels = [label, "slipway.stack", "slipway.service"];

/**
 * Removes what a run left: processes, containers, networks and volumes of that run, never another one's.
 *
 * @returns what was found, in words; empty when the run left nothing
 */
export function sweep(run: string): string[] {
  return [...endProcesses(run), ...removeFromDocker(run)];
}

/** Ends every process that inherited the run's id, apart from this one and the test runner's own children. */
function endProcesses(run: string): string[] {
  const mark = `${variable}=${run}\0`;
  const found: string[] = [];
  for (const pid of readdirSync("/proc").map(Number)) {
    if (!(pid > 0) || pid === process.pid) continue;
    try {
      if (!`${readFileSync(`/proc/${pid}/environ`, "utf8")}\0`.includes(mark)) continue;
      const status = readFileSync(`/proc/${pid}/status`, "utf8");
      if (/^State:\s+Z/m.test(status) || Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]) === process.pid) continue;
      const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
      process.kill(pid, "SIGKILL");
      found.push(`process ${pid}: ${words.slice(0, 100)}`);
    } catch {
      // It has ended, or is another user's.
    }
  }
  return found;
}

function removeFromDocker(run: string): string[] {
  return kinds.flatMap((kind) => {
    const things = ofRun(kind, run);
    if (things.length === 0) return [];
    const force = kind === "container" ? ["--force", "--volumes"] : [];
    docker([kind, "rm", ...force, ...things.map(({ id }) => id)]);
    return things.map(({ name }) => `${kind} ${name}`);
  });
}

function ofRun(kind: (typeof kinds)[number], run: string): { id: string; name: string }[] {
  const [id, name] = { container: ["ID", "Names"], network: ["ID", "Name"], volume: ["Name", "Name"] }[kind];
  const columns = [`{{.${id}}}`, `{{.${name}}}`, ...ownerLabels.map((owner) => `{{.Label "${owner}"}}`)];
  const all = kind === "container" ? ["--all"] : [];
  return docker([kind, "ls", ...all, "--format", columns.join("\t")])
    .split("\n")
    .flatMap((line) => {
      const [id = "", name = "", ownLabel, ...owners] = line.split("\t");
      return ownLabel === run || owners.some((owner) => isOf(run, owner)) ? [{ id, name }] : [];
    });
}

/** Without Docker there is nothing of a run in it. @returns stdout, empty if it failed */
function docker(args: readonly string[]): string {
  const ended = spawnSync("docker", args, { encoding: "utf8", timeout: limitMs, maxBuffer: 64 << 20 });
  return ended.status === 0 ? ended.stdout : "";
}
