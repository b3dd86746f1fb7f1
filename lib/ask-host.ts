import { spawn } from "node:child_process";
import { interpreter, type HostConnection, type HostScript } from "./host-connection.ts";

/** What a script on a host answered. */
export interface HostAnswer {
  /** Exit code; 124 when the time was over, 255 when the host could not be reached. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a script on a host and collects what it says.
 *
 * @param input its standard input, the only way for a secret. @default nothing
 */
export function askHost(connection: HostConnection, script: HostScript, input = ""): Promise<HostAnswer> {
  const { text, environment, limitSeconds } = connection.command(script);
  const [program, ...args] = interpreter(limitSeconds);
  return new Promise((resolve) => {
    const child = spawn(program, [...args, text], { env: { ...process.env, ...environment } });
    const said = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream].setEncoding("utf8").on("data", (chunk: string) => (said[stream] += chunk));
    }
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    child.on("error", (error) => {
      resolve({ code: 255, stdout: "", stderr: error.message });
    });
    child.on("close", (code) => {
      const late = code === 124 ? `no answer within ${String(script.timeoutSeconds)} s` : "";
      resolve({ code: code ?? 255, stdout: said.stdout, stderr: said.stderr.trim() || late });
    });
  });
}
