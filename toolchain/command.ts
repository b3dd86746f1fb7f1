// Runs other programs, always with a time limit.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

export interface CommandOptions {
  /** In milliseconds. */
  limit: number;
  cwd?: string;
  /** Added to our own environment; undefined takes a name away. */
  env?: NodeJS.ProcessEnv;
  input?: string;
  /** Called for every line as it is printed. */
  line?: (text: string) => void;
}

/** How many of the last lines a failure shows. */
const TAIL = 30;

export class CommandFailed extends Error {
  readonly code: number | null;
  constructor(command: string, why: string, code: number | null, tail: string[]) {
    super([`${command}: ${why}`, ...tail.map((line) => `    ${line}`)].join("\n"));
    this.name = "CommandFailed";
    this.code = code;
  }
}

/** Resolves with what the command printed on stdout. @throws CommandFailed with its last lines. */
export async function run(program: string, args: string[], options: CommandOptions): Promise<string> {
  const { limit, cwd, env, input, line } = options;
  const name = [program, ...args.slice(0, 2)].join(" ");
  const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: "pipe" });
  const stdout: string[] = [];
  const tail: string[] = [];
  const read = (text: string): void => {
    tail.push(text);
    if (tail.length > TAIL) tail.shift();
    line?.(text);
  };
  createInterface({ input: child.stdout }).on("line", (text) => {
    stdout.push(text);
    read(text);
  });
  createInterface({ input: child.stderr }).on("line", read);
  child.stdin.on("error", () => undefined);
  child.stdin.end(input ?? "");
  return new Promise((resolve, reject) => {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill("SIGKILL");
    }, limit);
    child.once("error", (error) => {
      clearTimeout(timer);
      reject(new CommandFailed(name, error.message, null, []));
    });
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      if (code === 0) resolve(stdout.join("\n"));
      else if (late) reject(new CommandFailed(name, `not done after ${limit / 1000} s`, null, tail));
      else
        reject(
          new CommandFailed(name, code === null ? `ended by ${signal ?? "a signal"}` : `exit code ${code}`, code, tail),
        );
    });
  });
}

/** Runs a command for the person at the terminal: its output is theirs. Resolves with its exit code. */
export function show(program: string, args: string[], env: NodeJS.ProcessEnv, cwd: string): Promise<number> {
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

/** What the command prints, or undefined when it is missing or fails. */
export async function ask(program: string, args: string[], limit = 15_000): Promise<string | undefined> {
  try {
    return await run(program, args, { limit });
  } catch {
    return undefined;
  }
}
