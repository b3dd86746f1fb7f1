import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { constants } from "node:os";
import type { LocalInputs } from "./inputs.ts";

/** What a command printed. */
export interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

/** From SIGTERM to SIGKILL, in milliseconds. */
const graceMs = 3_000;

/** Process groups that run now. */
const groups = new Set<number>();

/**
 * Runs one command in its own process group, so that ending it ends everything that it started.
 *
 * @param previous what the last run printed; handed to the command unless its inputs say no.
 * @param line called for every line as it is printed, unless `logging` says no.
 * @param limit in seconds; 0 means none.
 * @throws with the exit status, the command line and its output, worded as the vendor's plugin does.
 */
export function runCommand(
  command: string,
  inputs: LocalInputs,
  previous: Output | undefined,
  line: (text: string) => void,
  limit: number,
  cancelled: AbortSignal,
): Promise<Output> {
  const [program = "/bin/sh", ...args] = inputs.interpreter?.length ? inputs.interpreter : ["/bin/sh", "-c"];
  const { logging = "stdoutAndStderr" } = inputs;
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args, command], {
      cwd: inputs.dir,
      env: { ...process.env, ...inputs.environment, ...previousOutput(inputs, previous) },
      stdio: "pipe",
      detached: true,
    });
    const group = child.pid;
    if (group !== undefined) groups.add(group);

    const printed: Record<"stdout" | "stderr" | "both", Buffer[]> = { stdout: [], stderr: [], both: [] };
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream].on("data", (chunk: Buffer) => {
        printed[stream].push(chunk);
        printed.both.push(chunk);
      });
      if (logging === stream || logging === "stdoutAndStderr") {
        createInterface({ input: child[stream] }).on("line", line);
      }
    }
    // A command that does not read its stdin is no failure.
    child.stdin.on("error", () => undefined);
    child.stdin.end(inputs.stdin ?? "");

    let stopped: string | undefined;
    const stop = (why: string) => () => {
      stopped ??= why;
      if (group !== undefined) endGroup(group);
    };
    const timer = limit > 0 ? setTimeout(stop(`timed out after ${limit} s`), limit * 1000) : undefined;
    const onCancel = stop("cancelled");
    cancelled.addEventListener("abort", onCancel);

    const fail = (problem: string): void => {
      reject(new Error(`${problem}: running ${JSON.stringify(command)}:\n${Buffer.concat(printed.both).toString()}`));
    };
    const settled = (): void => {
      clearTimeout(timer);
      cancelled.removeEventListener("abort", onCancel);
      if (group !== undefined) groups.delete(group);
    };
    child.once("error", (error) => {
      settled();
      fail(error.message);
    });
    child.once("close", (code, signal) => {
      settled();
      if (stopped !== undefined) fail(stopped);
      else if (signal !== null) fail(`signal: ${signal} (${constants.signals[signal]})`);
      else if (code !== 0) fail(`exit status ${code ?? "unknown"}`);
      else resolve({ stdout: withoutLastNewline(printed.stdout), stderr: withoutLastNewline(printed.stderr) });
    });
  });
}

/** Ends everything that runs and resolves when it is gone. */
export async function stopAll(): Promise<void> {
  for (const group of groups) endGroup(group);
  while (groups.size > 0) await new Promise((resolve) => setTimeout(resolve, 20));
}

function endGroup(group: number): void {
  signalGroup(group, "SIGTERM");
  setTimeout(() => {
    signalGroup(group, "SIGKILL");
  }, graceMs).unref();
}

function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch {
    // Already gone.
  }
}

function previousOutput(inputs: LocalInputs, previous: Output | undefined): NodeJS.ProcessEnv {
  if (inputs.addPreviousOutputInEnv === false || previous === undefined) return {};
  return {
    ...(previous.stdout !== "" && { PULUMI_COMMAND_STDOUT: previous.stdout }),
    ...(previous.stderr !== "" && { PULUMI_COMMAND_STDERR: previous.stderr }),
  };
}

function withoutLastNewline(chunks: Buffer[]): string {
  return Buffer.concat(chunks).toString().replace(/\n$/, "");
}
