import { spawn } from "node:child_process";
import type { HoldRequest } from "../../router/wire.ts";
import type { HostAnswer } from "./ask-host.ts";
import { childEnvironment } from "./child-environment.ts";
import { interpreter, type HostConnection } from "./host-connection.ts";

/** The host gives its hold back when it has heard nothing for so long, in ms: this machine may lose its power or its network. */
const silenceMs = 3_000;
/** Longest that an update may take, in seconds. */
const longestSeconds = 86_400;

/** Exit code of `slipway-router hold` when another update has the host. */
export const isHeldCode = 4;

/**
 * Asks a host for its ledger, and holds the host against other updates for as long as this process lives, however it ends: what holds
 * is an open connection. Does not keep the process alive.
 *
 * @param by who holds it, as the other update is told
 * @returns code 0 with the ledger as soon as it is held; else how the attempt ended
 */
export function holdHost(
  connection: HostConnection,
  { controller, by, asRoot }: { readonly controller: string; readonly by: string; readonly asRoot: boolean },
): Promise<HostAnswer> {
  const text = `exec docker exec -i ${controller} slipway-router hold`;
  const command = connection.command({ text, timeoutSeconds: longestSeconds, asRoot });
  const [program, ...args] = interpreter(command.limitSeconds);
  return new Promise((resolve) => {
    const child = spawn(program, [...args, command.text], { env: childEnvironment(command.environment) });
    const said = { stdout: "", stderr: "" };
    const beat = setInterval(() => child.stdin.write("\n"), silenceMs / 3);
    const end = (code: number, stderr: string) => {
      clearInterval(beat);
      resolve({ code, stdout: said.stdout, stderr });
    };
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => (said.stderr += chunk));
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      said.stdout += chunk;
      // Docker says on the same output why it could not ask.
      if (!said.stdout.startsWith("{") || !said.stdout.endsWith("\n")) return;
      resolve({ code: 0, ...said });
      // From here on nothing of it keeps this process alive.
      for (const part of [child, beat, child.stdin, child.stdout, child.stderr] as { unref(): void }[]) part.unref();
    });
    child.stdin.on("error", () => undefined);
    child.stdin.write(`${JSON.stringify({ by, silenceMs } satisfies HoldRequest)}\n`);
    child.on("error", (error) => {
      end(255, error.message);
    });
    child.on("close", (code) => {
      end(code ?? 255, said.stderr.trim() || said.stdout.trim());
    });
  });
}
