import { spawn } from "node:child_process";
import { childEnvironment } from "./child-environment.ts";
import { interpreter, type HostConnection, type HostScript, type LocalCommand } from "./host-connection.ts";

/** What a script on a host answered. */
export interface HostAnswer {
  /** Exit code; 124 when the time was over, 255 when the host could not be reached. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a script on a host and collects what it says. The script only asks, so it may run twice.
 *
 * @param input its standard input, the only way for a secret. @default nothing
 */
export async function askHost(connection: HostConnection, script: HostScript, input = ""): Promise<HostAnswer> {
  const ask = () => run(connection.command(script), script.timeoutSeconds, input);
  const answer = await ask();
  return isLostInSilence(answer) ? ask() : answer;
}

/** Another process ended the connection that all share. One that can't even be made says why. */
const isLostInSilence = ({ code, stdout, stderr }: HostAnswer) => code === 255 && stdout + stderr === "";

/**
 * Runs what a host is reached with, and collects what it says.
 *
 * @param timeoutSeconds as an answer that does not come is told
 */
export function run(
  { text, environment, limitSeconds }: LocalCommand,
  timeoutSeconds = limitSeconds,
  input = "",
): Promise<HostAnswer> {
  const [program, ...args] = interpreter(limitSeconds);
  return new Promise((resolve) => {
    const child = spawn(program, [...args, text], { env: childEnvironment(environment) });
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
      const late = code === 124 ? `no answer within ${String(timeoutSeconds)} s` : "";
      resolve({ code: code ?? 255, stdout: said.stdout, stderr: said.stderr.trim() || late });
    });
  });
}
