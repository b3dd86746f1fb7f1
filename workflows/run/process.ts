import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

export interface Started {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Called with each line of both streams. */
  readonly onLine: (line: string) => void;
  /** Ends it, as the runner ends a step: INT, after 7.5 s TERM, after 2.5 s more KILL. */
  readonly signal: AbortSignal;
  /** Milliseconds between those signals. @default [7500, 2500] */
  readonly graceMs?: readonly [number, number];
}

/**
 * Runs a step's process to its end. Only the process itself hears the signals, its children do not: that is why a step that must end well
 * says `exec`. What it leaves running ends with it.
 *
 * @returns its exit code; 128 and the signal's number for one that a signal ended
 */
export async function runProcess({
  program,
  args,
  cwd,
  env,
  onLine,
  signal,
  graceMs = [7500, 2500],
}: Started): Promise<number> {
  signal.throwIfAborted();
  // A group of its own, so that what it leaves running can be found.
  const child = spawn(program, args, { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const timers: NodeJS.Timeout[] = [];
  const end = () => {
    child.kill("SIGINT");
    timers.push(
      setTimeout(() => child.kill("SIGTERM"), graceMs[0]),
      setTimeout(() => child.kill("SIGKILL"), graceMs[0] + graceMs[1]),
    );
  };
  signal.addEventListener("abort", end, { once: true });
  const read = [child.stdout, child.stderr].map(async (input) => {
    for await (const line of createInterface({ input })) onLine(line);
  });
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (code, ended) => {
        killGroup(child.pid);
        void Promise.all(read).then(() => {
          resolve(code ?? 128 + (ended === "SIGINT" ? 2 : ended === "SIGTERM" ? 15 : 9));
        }, reject);
      });
    });
  } finally {
    timers.forEach(clearTimeout);
    signal.removeEventListener("abort", end);
  }
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Nothing was left.
  }
}
