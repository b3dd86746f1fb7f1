import { spawn } from "node:child_process";
import type { ChildProcess, StdioOptions } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";

/** How long a program may take to end after an interrupt, before it is killed, in milliseconds. */
const graceMs = 5_000;

const running = new Set<ChildProcess>();

/** How a process ended. */
export interface Ended {
  /** Exit code, or null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Starts node and resolves when it has ended and all of its output has been handed on. */
export function runNode(
  args: string[],
  options: {
    cwd?: string;
    env: NodeJS.ProcessEnv;
    stdio: StdioOptions;
    cancelled: AbortSignal;
    started?: (child: ChildProcess) => void;
  },
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const { cwd, env, stdio, cancelled, started } = options;
    const child = spawn(process.execPath, args, { cwd, env, stdio });
    running.add(child);
    const stop = (): void => {
      interrupt(child);
    };
    cancelled.addEventListener("abort", stop);
    const settled = (): void => {
      running.delete(child);
      cancelled.removeEventListener("abort", stop);
    };
    child.once("error", (error) => {
      settled();
      reject(new Error(`Problem executing program (could not run language executor): ${error.message}`));
    });
    child.once("close", (code, signal) => {
      settled();
      resolve({ code, signal });
    });
    started?.(child);
  });
}

/** Interrupts everything that runs and waits until it has ended. */
export async function stopAll(): Promise<void> {
  await Promise.all(
    [...running].map(async (child) => {
      const ended = new Promise((resolve) => child.once("close", resolve));
      interrupt(child);
      await ended;
    }),
  );
}

function interrupt(child: ChildProcess): void {
  child.kill("SIGINT");
  const kill = setTimeout(() => child.kill("SIGKILL"), graceMs);
  child.once("close", () => {
    clearTimeout(kill);
  });
}

/**
 * Finds a module of the SDK that the program itself has installed.
 * @throws when it is not installed; the message is the vendor's, which users may have searched for.
 */
export function locateModule(module: string, programDirectory: string): string {
  try {
    return createRequire(join(programDirectory, "package.json")).resolve(module);
  } catch {
    throw new Error(
      `It looks like the Pulumi SDK has not been installed. Have you run npm install or yarn install? (${module}, from ${programDirectory})`,
    );
  }
}
