import { existsSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { aptInstall, hasApt } from "./apt.ts";
import { ask, CommandFailed, run, startService } from "./command.ts";
import { withLock } from "./lock.ts";
import { cacheHome } from "./paths.ts";
import { SetupFailed } from "./setup-failed.ts";
import type { Task } from "./step.ts";
import { step } from "./step.ts";

/** How long a started engine may take to answer, in milliseconds. */
const startMs = 60_000;
const log = join(cacheHome, "dockerd.log");

/** What setting an engine up needs of a machine. */
export interface Machine {
  /** What answers is what the `docker` command line uses: DOCKER_HOST, else its current context. */
  readonly answers: () => Promise<boolean>;
  /** One is there, and this user may not use it. */
  readonly refuses: () => Promise<boolean>;
  /** An engine that the user chose: DOCKER_HOST or DOCKER_CONTEXT. */
  readonly chosen: string | undefined;
  /** May install packages and start services. */
  readonly administrator: boolean;
  readonly installed: () => Promise<boolean>;
  readonly install: (task: Task) => Promise<void>;
  readonly start: () => Promise<void>;
  /** What the started engine said last, and where the rest is. */
  readonly lastWords: () => string;
  readonly log: string;
}

/**
 * Finds a Docker engine that answers, or starts Debian's where this user may.
 *
 * @throws SetupFailed
 */
export function dockerEngine(): Promise<void> {
  return step("Docker engine", async (task) => {
    if (await thisMachine.answers()) return;
    await mayStart(thisMachine);
    await withLock(
      join(cacheHome, "docker-engine.lock"),
      () => undefined,
      () => startEngine(thisMachine, task),
    );
  });
}

/** @throws SetupFailed that says what the user can do, when we can do nothing. */
export async function mayStart({ refuses, chosen, administrator }: Machine): Promise<void> {
  if (await refuses()) {
    throw new SetupFailed(
      "Docker engine: it runs, but this user may not use it",
      "`sudo usermod -aG docker $USER`, which makes the user as mighty as root; then log in again, or `newgrp docker` in this terminal",
    );
  }
  if (chosen !== undefined) {
    throw new SetupFailed(
      `Docker engine at ${chosen}: does not answer`,
      "start it, or unset DOCKER_HOST and DOCKER_CONTEXT",
    );
  }
  if (!administrator) {
    throw new SetupFailed(
      "Docker engine: none answers, and only root on Debian or Ubuntu can have one installed here",
      "start Docker (Docker Desktop, or `sudo systemctl start docker`) and make sure that `docker version` works",
    );
  }
}

/** Installs the engine when it is missing and starts it. Another run may have done so meanwhile. */
export async function startEngine(machine: Machine, task: Task, limit = startMs): Promise<void> {
  if (await machine.answers()) return;
  if (!(await machine.installed())) {
    task.begin("installing Debian's docker.io", "1 min");
    await machine.install(task);
    if (await machine.answers()) return;
  }
  task.begin("starting", "5 s");
  await machine.start();
  const deadline = Date.now() + limit;
  while (!(await machine.answers())) {
    if (Date.now() > deadline) {
      throw new SetupFailed(
        `dockerd: started, but does not answer after ${limit / 1000} s: ${machine.lastWords()}`,
        `look at ${machine.log}`,
      );
    }
    await pause(Math.min(500, limit / 10));
  }
}

/**
 * Without live-restore a dockerd that is started again ends every container first: the service would be away for seconds after each
 * crash or upgrade of Docker. Settings that somebody made stay as they are.
 *
 * @param folder /etc/docker, where it reads them
 */
export async function keepContainersAlive(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const settings = `${JSON.stringify({ "live-restore": true }, null, 2)}\n`;
  await writeFile(join(folder, "daemon.json"), settings, { flag: "wx" }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  });
}

const systemd = existsSync("/run/systemd/system");

const thisMachine: Machine = {
  answers: async () => (await ask("docker", ["version", "--format", "{{.Server.Version}}"])) !== undefined,
  refuses: () =>
    run("docker", ["version", "--format", "{{.Server.Version}}"], { limit: startMs }).then(
      () => false,
      (error: unknown) => error instanceof CommandFailed && /permission denied/i.test(error.message),
    ),
  chosen: process.env.DOCKER_HOST ?? process.env.DOCKER_CONTEXT,
  administrator: process.getuid?.() === 0 && hasApt(),
  installed: async () => existsSync("/usr/sbin/dockerd") || (await ask("which", ["dockerd"])) !== undefined,
  install: async (task) => {
    await keepContainersAlive("/etc/docker");
    await aptInstall(["docker.io", "iptables"], task, ["docker-cli"]);
  },
  start: async () => {
    if (systemd) {
      await run("systemctl", ["start", "docker"], { limit: startMs });
      return;
    }
    await mkdir(cacheHome, { recursive: true });
    startService("dockerd", [], log);
  },
  lastWords: () => (systemd ? "" : (readFileSync(log, "utf8").trimEnd().split("\n").at(-1) ?? "")),
  log: systemd ? "journalctl -u docker" : log,
};
