import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { run } from "./command.ts";

/** A process of this machine, from /proc where there is one, else from ps(1). */
export interface RunningProcess {
  readonly pid: number;
  /** In milliseconds since the epoch; exact to about a second. */
  readonly startedAt: number;
  readonly args: string[];
}

/** Those that are alive: one that has ended and only waits for its parent to take note is not. */
export async function runningProcesses(): Promise<RunningProcess[]> {
  return existsSync("/proc/self/stat") ? fromProc() : fromPs();
}

/** The kernel counts a process's start in these, whatever its own clock rate is. */
const ticksPerSecond = 100;

async function fromProc(): Promise<RunningProcess[]> {
  const boot = Number(/^btime (\d+)$/m.exec(await readFile("/proc/stat", "utf8"))?.[1]) * 1000;
  const pids = (await readdir("/proc")).map(Number).filter((pid) => pid > 0);
  const found = await Promise.all(
    pids.map(async (pid): Promise<RunningProcess[]> => {
      try {
        const [stat, command] = await Promise.all([
          readFile(`/proc/${pid}/stat`, "utf8"),
          readFile(`/proc/${pid}/cmdline`, "utf8"),
        ]);
        // The second field is the program's name in brackets and may hold blanks.
        const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        if (fields[0] === "Z") return [];
        const startedAt = boot + (Number(fields[19]) / ticksPerSecond) * 1000;
        return [{ pid, startedAt, args: command.split("\0").slice(0, -1) }];
      } catch {
        return []; // Ended while we looked.
      }
    }),
  );
  return found.flat();
}

async function fromPs(): Promise<RunningProcess[]> {
  const listing = await run("ps", ["-axo", "pid=,stat=,lstart=,args="], { limit: 10_000, env: { LC_ALL: "C" } });
  return listing.split("\n").flatMap((line) => {
    const [pid, state = "", ...words] = line.trim().split(/\s+/);
    if (state.startsWith("Z")) return [];
    return [{ pid: Number(pid), startedAt: Date.parse(words.slice(0, 5).join(" ")), args: words.slice(5) }];
  });
}
