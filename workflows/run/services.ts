import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { split } from "shlex";

const run = promisify(execFile);

/** A service as the file says it, evaluated. */
export interface ServiceText {
  readonly image: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly options?: string;
}

/** Services that run beside a job. */
export interface RunningServices {
  /** `job.services`: by name, the port on this machine of each port in the container. */
  readonly context: Readonly<Record<string, { readonly id: string; readonly ports: Readonly<Record<string, string>> }>>;
  stop(): Promise<void>;
}

const docker = async (...args: string[]): Promise<string> =>
  (await run("docker", args, { timeout: 300_000 })).stdout.trim();

/**
 * Starts a job's services on ports that Docker chooses, reachable from this machine only, and waits until each is healthy.
 *
 * @throws Error saying which service did not start or did not become healthy, with its last lines; nothing is left running then
 */
export async function startServices(
  services: Readonly<Record<string, ServiceText>>,
  healthMs = 120_000,
): Promise<RunningServices> {
  const started: string[] = [];
  const stop = async () => {
    if (started.length > 0) await docker("rm", "--force", "--volumes", ...started);
  };
  try {
    const context: Record<string, { id: string; ports: Record<string, string> }> = {};
    for (const [name, { image, env = {}, ports = [], options = "" }] of Object.entries(services)) {
      const inner = ports.map((port) => port.split(":").at(-1) ?? port);
      const id = await docker(
        "run",
        "--detach",
        "--label=slipway.run=service",
        ...inner.map((port) => `--publish=127.0.0.1::${port}`),
        ...Object.entries(env).map(([key, value]) => `--env=${key}=${value}`),
        ...split(options),
        image,
      );
      started.push(id);
      const published = await Promise.all(
        inner.map(async (port) => [port, (await docker("port", id, port)).split(":").at(-1) ?? ""] as const),
      );
      context[name] = { id, ports: Object.fromEntries(published) };
    }
    await Promise.all(Object.entries(context).map(([name, { id }]) => untilHealthy(name, id, healthMs)));
    return { context, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function untilHealthy(name: string, id: string, limitMs: number): Promise<void> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const format = "{{if .State.Health}}{{.State.Health.Status}}{{else}}{{.State.Status}}{{end}}";
    const status = await docker("inspect", "--format", format, id);
    if (status === "healthy" || status === "running") return;
    if (status !== "starting" || performance.now() > deadline) {
      const { stdout, stderr } = await run("docker", ["logs", "--tail", "5", id]);
      throw new Error(`the service ${name} is ${status}: ${`${stdout}${stderr}`.trim()}`);
    }
    await sleep(250);
  }
}
