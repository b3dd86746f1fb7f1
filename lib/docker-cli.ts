import { execFile, type ExecFileException } from "node:child_process";

/** What a `docker` command line answered. */
export interface DockerAnswer {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs Docker's command line against a host.
 *
 * @param dockerHost Docker address of the host
 * @param timeoutMs longest wait, in ms; then the answer is a failure that says so
 */
export function docker(dockerHost: string, args: readonly string[], timeoutMs: number): Promise<DockerAnswer> {
  return new Promise((resolve) => {
    execFile("docker", ["--host", dockerHost, ...args], { timeout: timeoutMs }, (error, stdout, stderr) => {
      if (error === null) resolve({ ok: true, stdout, stderr });
      else resolve({ ok: false, stdout, stderr: reason(error, stderr, timeoutMs) });
    });
  });
}

function reason(error: ExecFileException, stderr: string, timeoutMs: number): string {
  if (error.code === "ENOENT") return "the docker command is not installed";
  if (error.killed) return `no answer within ${String(timeoutMs / 1000)} s`;
  return stderr.trim() || error.message;
}
