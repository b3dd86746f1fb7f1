import { askHost } from "./ask-host.ts";
import type { HostConnection } from "./host-connection.ts";
import type { Problem } from "../problem.ts";
import { toolchainCommand } from "../folders.ts";

/** Why the Docker engine of this machine can't be used; undefined if it can, or if the host is another machine. */
export async function engineProblem(connection: HostConnection, path: string): Promise<Problem | undefined> {
  if (connection.kind !== "local") return undefined;
  const text = "docker version --format '{{.Server.Version}}'";
  const { code, stderr } = await askHost(connection, { text, timeoutSeconds: 10 });
  if (code === 0) return undefined;
  return {
    path,
    problem: "has no Docker engine that this user may use",
    got: stderr.split("\n").at(-1) ?? "no answer",
    allowed: `an engine that answers at ${connection.name}`,
    fix: /permission denied/i.test(stderr)
      ? "`sudo usermod -aG docker $USER`, then log in again"
      : `start Docker, or have \`${toolchainCommand("up")}\` do it`,
  };
}
