import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { createInterface } from "node:readline";

/** How to run a command. */
export interface CommandOptions {
  /** Longest time, in milliseconds; the command is killed then. */
  readonly limit: number;
  /** @default this process's own folder */
  readonly cwd?: string;
  /** Added to our own environment; undefined takes a name away. */
  readonly env?: NodeJS.ProcessEnv;
  /** Standard input. @default nothing */
  readonly input?: string;
  /** Kills the command. */
  readonly signal?: AbortSignal;
  /** Called for every line as it is printed. */
  readonly line?: (text: string, stream: "stdout" | "stderr") => void;
}

/** How many of the last lines a failure shows. */
const linesShown = 30;

/** A command failed, was ended or could not be started; the message ends with what it printed last. */
export class CommandFailed extends Error {
  /** Exit code; null for a command that has none. */
  readonly code: number | null;
  constructor(command: string, why: string, code: number | null, tail: readonly string[]) {
    super([`${command}: ${why}`, ...tail.map((line) => `    ${line}`)].join("\n"));
    this.name = "CommandFailed";
    this.code = code;
  }
}

/**
 * Runs a command to its end.
 *
 * @returns what it printed on stdout, without the end of the last line
 * @throws CommandFailed
 */
export async function run(program: string, args: readonly string[], options: CommandOptions): Promise<string> {
  const { limit, cwd, env, input, signal, line } = options;
  const name = [program, ...args.slice(0, 2)].join(" ");
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: "pipe",
    signal,
    killSignal: "SIGKILL",
  });
  const stdout: string[] = [];
  const tail: string[] = [];
  for (const stream of ["stdout", "stderr"] as const) {
    createInterface({ input: child[stream] }).on("line", (text) => {
      if (stream === "stdout") stdout.push(text);
      tail.push(text);
      if (tail.length > linesShown) tail.shift();
      line?.(text, stream);
    });
  }
  child.stdin.on("error", () => undefined);
  child.stdin.end(input ?? "");
  return new Promise((resolve, reject) => {
    const fail = (why: string, code: number | null = null): void => {
      reject(new CommandFailed(name, why, code, tail));
    };
    const timer = setTimeout(() => {
      fail(`not done after ${limit / 1000} s`);
      child.kill("SIGKILL");
      // What the command has started itself may live on and must not keep us waiting.
      child.stdout.destroy();
      child.stderr.destroy();
    }, limit);
    child.once("error", (error) => {
      clearTimeout(timer);
      fail(error.message);
    });
    child.once("close", (code, ending) => {
      clearTimeout(timer);
      if (code === 0) resolve(stdout.join("\n"));
      else fail(code === null ? `ended by ${ending ?? "a signal"}` : `exit code ${code}`, code);
    });
  });
}

/** @returns what the command prints, or undefined when it is missing or fails */
export async function ask(
  program: string,
  args: readonly string[],
  options: Partial<CommandOptions> = {},
): Promise<string | undefined> {
  try {
    return await run(program, args, { limit: 15_000, ...options });
  } catch {
    return undefined;
  }
}

/**
 * Runs a command for the person at the terminal: its output is theirs, and it takes as long as it takes.
 *
 * @returns its exit code
 */
export function show(program: string, args: readonly string[], env: NodeJS.ProcessEnv, cwd: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: "inherit" });
    // The child gets the same Ctrl-C from the terminal; wait for it, so that it can end properly.
    const wait = (): void => undefined;
    process.on("SIGINT", wait);
    child.once("error", reject);
    child.once("close", (code) => {
      process.off("SIGINT", wait);
      resolve(code ?? 1);
    });
  });
}

/**
 * Starts a program that outlives this run, as a service would.
 *
 * @param log file that gets what it prints, after what is there
 */
export function startService(program: string, args: readonly string[], log: string): void {
  const output = openSync(log, "a");
  spawn(program, args, { detached: true, stdio: ["ignore", output, output] }).unref();
  closeSync(output);
}
