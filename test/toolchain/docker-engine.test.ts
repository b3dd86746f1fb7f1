import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { keepContainersAlive, mayStart, startEngine, type Machine } from "../../toolchain/docker-engine.ts";

/** A machine without an engine, on which everything works. */
function machine(changes: Partial<Machine> = {}): Machine & { done: string[] } {
  const done: string[] = [];
  let running = false;
  let installed = false;
  return {
    done,
    answers: () => Promise.resolve(running),
    refuses: () => Promise.resolve(false),
    chosen: undefined,
    administrator: true,
    installed: () => Promise.resolve(installed),
    install: () => {
      done.push("install");
      installed = true;
      return Promise.resolve();
    },
    start: () => {
      done.push("start");
      running = true;
      return Promise.resolve();
    },
    lastWords: () => "failed to start daemon: no space left on device",
    log: "/var/log/dockerd.log",
    ...changes,
  };
}

const silent = { begin: () => undefined, note: () => undefined };

describe("a machine whose Docker engine does not answer", () => {
  test("gets it installed and started", async () => {
    const bare = machine();
    await mayStart(bare);
    await startEngine(bare, silent);
    expect(bare.done).toEqual(["install", "start"]);
  });

  test("gets it started when it is installed", async () => {
    const stopped = machine({ installed: () => Promise.resolve(true) });
    await startEngine(stopped, silent);
    expect(stopped.done).toEqual(["start"]);
  });

  test("gets nothing when another run has started it meanwhile", async () => {
    const ready = machine({ answers: () => Promise.resolve(true) });
    await startEngine(ready, silent);
    expect(ready.done).toEqual([]);
  });

  test("is left alone when the user chose an engine", async () => {
    await expect(mayStart(machine({ chosen: "ssh://ci@build-1" }))).rejects.toThrow(
      "Docker engine at ssh://ci@build-1: does not answer. Fix: start it, or unset DOCKER_HOST and DOCKER_CONTEXT",
    );
  });

  test("names the group that a user is not in", async () => {
    const closed = machine({ administrator: false, refuses: () => Promise.resolve(true) });
    await expect(mayStart(closed)).rejects.toThrow(/this user may not use it\. Fix: `sudo usermod -aG docker \$USER`/);
  });

  test("is told what to do when we may not: no root, or no apt", async () => {
    await expect(mayStart(machine({ administrator: false }))).rejects.toThrow(
      /only root on Debian.*Fix: start Docker.*`docker version` works/,
    );
  });

  test("is told the engine's last words when it does not come up in time", async () => {
    const broken = machine({ start: () => Promise.resolve() });
    await expect(startEngine(broken, silent, 50)).rejects.toThrow(
      "dockerd: started, but does not answer after 0.05 s: failed to start daemon: no space left on device. Fix: look at /var/log/dockerd.log",
    );
  });
});

test("an engine that is installed leaves containers running when it ends, unless somebody has set it up already", async () => {
  const folder = mkdtempSync(join(tmpdir(), "slipway-docker-"));
  const [etc, file] = [join(folder, "docker"), join(folder, "docker", "daemon.json")];
  try {
    await keepContainersAlive(etc);
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({ "live-restore": true });
    writeFileSync(file, "{}");
    await keepContainersAlive(etc);
    expect(readFileSync(file, "utf8")).toBe("{}");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
