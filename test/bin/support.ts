import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Programs in place of those that `slipway` would start: each notes that it was. */
export class Stubs {
  readonly folder = mkdtempSync(join(tmpdir(), "slipway-stubs-"));
  readonly #record = join(this.folder, "started");
  /** Only the stubs, and what a shell needs. */
  readonly path = `${this.folder}:/usr/bin:/bin`;

  constructor(scripts: Readonly<Record<string, string>> = {}) {
    for (const name of ["docker", "pulumi", "ssh", "timeout", "git", "gh"]) this.write(name, scripts[name] ?? "");
  }

  write(name: string, script: string): void {
    const file = join(this.folder, name);
    writeFileSync(file, `#!/bin/sh\necho "${name} $*" >> "${this.#record}"\n${script}\n`);
    chmodSync(file, 0o755);
  }

  /** What was started, a line each, and forgets it. */
  started(): string[] {
    if (!existsSync(this.#record)) return [];
    const lines = readFileSync(this.#record, "utf8").trim().split("\n");
    rmSync(this.#record);
    return lines;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** How a process ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end; at most a minute. */
export function run(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
  input = "",
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, timeout: 60_000 });
    const said = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream].setEncoding("utf8").on("data", (part: string) => (said[stream] += part));
    }
    child.stdin.end(input);
    child.once("error", reject).once("close", (code) => {
      resolve({ code, ...said });
    });
  });
}
