import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { hostname, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { heal } from "../../toolchain/heal.ts";
import { readLocks } from "../../toolchain/heal/checkpoint.ts";
import { halfMade, mayHaveTraffic, owners, type Found } from "../../toolchain/heal/leftovers.ts";
import { holder } from "../../toolchain/heal/locks.ts";
import { endOrphans } from "../../toolchain/heal/orphans.ts";
import { SetupFailed } from "../../toolchain/setup-failed.ts";
import { runningProcesses } from "../../toolchain/processes.ts";

const since = Date.parse("2026-01-01T12:00:00Z");

describe("a lock", () => {
  const lock = { file: "lock.json", pid: 4711, username: "me", hostname: "here", since };
  const process = (pid: number, startedAt: number) => ({ pid, startedAt, args: ["pulumi", "up"] });

  test.each([
    ["of a living process stays", [process(4711, since - 5_000)], "here", "living"],
    ["that was written in the second of the start stays", [process(4711, since + 900)], "here", "living"],
    ["of an ended process goes", [process(4712, since - 5_000)], "here", "dead"],
    ["whose number another process has now goes", [process(4711, since + 60_000)], "here", "dead"],
    ["of another machine stays, whatever runs here", [], "there", "elsewhere"],
  ])("%s", (_, processes, machine, expected) => {
    expect(holder({ ...lock, hostname: machine }, "here", processes)).toBe(expected);
  });
});

describe("half-made", () => {
  const container: Found = { kind: "container", id: "c1", name: "api-local-redis", labels: {}, createdAt: since + 1 };
  const pending = (type: string, name: string, operation = "creating") => ({
    type: operation,
    resource: { urn: `urn::${name}`, type, inputs: { name } },
  });
  const announced = pending("docker:index/container:Container", container.name);
  const state = { resources: [], pending: [announced], written: since };
  const recorded = { ...state, resources: [{ urn: "urn::redis", type: announced.resource.type, id: "c1" }] };
  const locked = { since, locked: true };
  const unlocked = { since, locked: false };

  test.each([
    ["is what was announced and is not in the state", [container], state, locked, ["c1"]],
    [
      "is also what was never announced, as long as the lock says since when",
      [container],
      { ...state, pending: [] },
      locked,
      ["c1"],
    ],
    ["without a lock is only what was announced", [container], { ...state, pending: [] }, unlocked, []],
    ["without a lock is what was announced", [container], state, unlocked, ["c1"]],
    [
      "is no command of a release, which the next update joins",
      [{ ...container, labels: { "slipway.command": "release" } }],
      state,
      locked,
      [],
    ],
    ["is nothing that the state knows", [container], recorded, locked, []],
    ["is nothing older than the killed run", [{ ...container, createdAt: since - 1 }], state, locked, []],
    ["is nothing older, lock or not", [{ ...container, createdAt: since - 1 }], state, unlocked, []],
    [
      "is no network because a container of that name was announced",
      [{ ...container, kind: "network" as const }],
      state,
      unlocked,
      [],
    ],
    [
      "is nothing that was being deleted",
      [container],
      { ...state, pending: [pending("docker:index/container:Container", container.name, "deleting")] },
      unlocked,
      [],
    ],
  ])("%s", (_, found, checkpoint, killed, expected) => {
    expect(halfMade(found, checkpoint, killed).map(({ id }) => id)).toEqual(expected);
  });

  test.each([
    ["blue", "blue", true],
    ["blue", "green", false],
    ["blue", "none", false],
    ["blue", "unknown", true],
    [undefined, "unknown", false],
    [undefined, "blue", false],
  ] as const)("a container of slot %s may have traffic when live is %s: %s", (slot, live, expected) => {
    const labels: Record<string, string> = slot === undefined ? {} : { "slipway.slot": slot };
    expect(mayHaveTraffic({ ...container, labels }, live)).toBe(expected);
  });
});

describe("the hosts to look at", () => {
  const provider = {
    urn: "urn:provider",
    type: "pulumi:providers:docker",
    id: "1",
    inputs: { host: "ssh://deploy@one" },
  };
  const network = {
    urn: "urn:network",
    type: "docker:index/network:Network",
    provider: "urn:provider::1",
    inputs: {
      labels: [
        { label: "slipway.service", value: "api" },
        { label: "slipway.stack", value: "local" },
      ],
    },
  };
  const owner = { service: "api", stack: "local", dockerHost: "ssh://deploy@one" };

  test.each([
    ["with the stack's network", [provider, { ...network, id: "n1" }], [], [owner]],
    ["with a network that was about to be made, once", [provider, network], [network], [owner]],
    ["with only an announced network", [provider], [network], [owner]],
    ["with nobody's network", [provider, { ...network, inputs: {} }], [], []],
    ["of an unknown engine", [network], [], []],
    [
      "reached as the provider reaches them",
      [{ ...provider, inputs: { ...provider.inputs, sshOpts: '["-o","Port=1"]' } }, network],
      [],
      [{ ...owner, sshOptions: ["-o", "Port=1"] }],
    ],
  ])("are those %s", (_, resources, announced, expected) => {
    const pending = announced.map((resource) => ({ type: "creating", resource }));
    expect(owners({ resources, pending, written: since })).toEqual(expected);
  });
});

describe("heal", () => {
  let backend: string;
  const lines: string[] = [];
  const calls: { args: string[]; input: string | undefined }[] = [];
  const lockFile = () => join(backend, ".pulumi/locks/organization/shop/local/1.json");

  beforeEach(() => {
    backend = mkdtempSync(join(tmpdir(), "slipway-heal-"));
    lines.length = 0;
    calls.length = 0;
  });
  afterEach(() => {
    rmSync(backend, { recursive: true });
  });

  function write(file: string, content: unknown): void {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify(content));
  }
  function writeLock(pid: number, machine = hostname()): void {
    write(lockFile(), { pid, username: "me", hostname: machine, timestamp: new Date().toISOString() });
  }
  function writeState(pending: object[]): object {
    const latest = { manifest: { time: new Date().toISOString() }, resources: [], pending_operations: pending };
    write(join(backend, ".pulumi/stacks/shop/local.json"), { version: 3, checkpoint: { latest } });
    return { version: 3, deployment: latest };
  }
  const healed = (exported: object = {}) =>
    heal({
      backend,
      project: "shop",
      stack: "local",
      report: (line) => lines.push(line),
      pulumi: (args, input) => {
        calls.push({ args, input });
        return Promise.resolve(JSON.stringify(exported));
      },
    });

  async function deadProcess(): Promise<number> {
    const child = spawn("true");
    await once(child, "exit");
    return child.pid ?? NaN;
  }

  test("says and does nothing when nothing is wrong", async () => {
    await healed();
    writeState([]);
    await healed();
    expect([lines, calls]).toEqual([[], []]);
  });

  test("removes the lock of a dead run", async () => {
    writeLock(await deadProcess());
    await healed();
    expect(existsSync(lockFile())).toBe(false);
    expect(lines).toEqual([
      expect.stringMatching(/^✓ mended: removed the lock of a run that was killed \(process \d+\)$/),
    ]);
  });

  test("removes a lock that a full disk left half-written, after waiting for one that may be being written", async () => {
    const file = (name: string) => join(dirname(lockFile()), name);
    const [half, empty, young] = [file("a.json.0f.tmp"), file("b.json"), file("c.json.0f.tmp")];
    write(half, {});
    for (const each of [half, empty, young]) writeFileSync(each, "");
    for (const each of [half, empty]) utimesSync(each, 0, 0);
    // Soon too old for a living run.
    utimesSync(young, Date.now() / 1000, Date.now() / 1000 - 9);
    await healed();
    expect([half, empty, young].filter((each) => existsSync(each))).toEqual([]);
    expect(lines).toEqual([
      "• a lock of the state is half-written: waiting whether its run goes on (at most 10 s) …",
      "✓ mended: removed 3 half-written lock(s) of the state (a full disk?)",
    ]);
  });

  test("says nothing more of a lock whose run went on meanwhile", async () => {
    const young = join(dirname(lockFile()), "c.json.0f.tmp");
    write(young, {});
    writeFileSync(young, "");
    const ended = healed();
    await expect.poll(() => lines.length).toBe(1);
    rmSync(young);
    await ended;
    expect(lines).toHaveLength(1);
  });

  test("removes attributes that a kill left half-written, which make the engine unable to read the state", async () => {
    writeState([]);
    writeLock(await deadProcess());
    const attributes = (file: string) => join(backend, ".pulumi", `${file}.attrs`);
    const half = ["stacks/shop/local.json", "stacks/shop/local.json.bak", "history/shop/local/local-1.history.json"];
    for (const file of half) {
      write(attributes(file), {});
      writeFileSync(attributes(file), file.endsWith(".bak") ? '{"user.content_type":"te' : "");
    }
    const whole = ["stacks/shop/local-2.json", "backups/shop/local/local.1.json"].map(attributes);
    for (const file of whole) write(file, { "user.content_type": "text/plain" });
    await healed();
    expect(half.map(attributes).filter((file) => existsSync(file))).toEqual([]);
    expect(whole.filter((file) => existsSync(file))).toEqual(whole);
    expect(lines).toContain("✓ mended: removed 3 half-written attribute file(s) of the state");
  });

  describe("after a full disk", () => {
    const state = () => join(backend, ".pulumi/stacks/shop/local.json");
    /** The state is cut in the middle; its copy is whole. */
    function cut(): string {
      writeState([]);
      const whole = readFileSync(state(), "utf8");
      writeFileSync(`${state()}.bak`, whole);
      writeFileSync(state(), whole.slice(0, whole.length / 2));
      return whole;
    }

    test("puts the engine's own copy in the place of a state that was cut, and keeps what was there", async () => {
      const whole = cut();
      await healed();
      expect(readFileSync(state(), "utf8")).toBe(whole);
      expect(existsSync(`${state()}.damaged`)).toBe(true);
      expect(lines).toEqual([
        `✓ mended: the state could not be read (a full disk?); its copy ${state()}.bak is back in its place`,
      ]);
      await healed();
      expect(lines).toHaveLength(1);
    });

    test("takes the newest whole one of the engine's backups where the copy was cut as well", async () => {
      const whole = cut();
      writeFileSync(`${state()}.bak`, whole.slice(0, 40));
      const folder = join(backend, ".pulumi/backups/shop/local");
      mkdirSync(folder, { recursive: true });
      writeFileSync(
        join(folder, "local.1700000000000000001.json"),
        whole.replace(/"time":\s*"[^"]*"/, '"time":"2020-01-01T00:00:00Z"'),
      );
      writeFileSync(join(folder, "local.1700000000000000002.json"), whole);
      writeFileSync(join(folder, "local.1700000000000000003.json"), whole.slice(0, 40));
      await healed();
      expect(readFileSync(state(), "utf8")).toBe(whole);
      expect(lines[0]).toMatch(
        /^✓ mended: the state could not be read .*local\.1700000000000000002\.json is back in its place$/,
      );
    });

    test("removes a lock that was cut too", async () => {
      cut();
      writeLock(1);
      writeFileSync(lockFile(), '{"pid":1');
      const [lock] = await readLocks({ backend, project: "shop", stack: "local" });
      expect(Date.now() - (lock?.since ?? 0)).toBeLessThan(60_000);
      utimesSync(lockFile(), 0, 0);
      await healed();
      expect(existsSync(lockFile())).toBe(false);
      expect(existsSync(`${state()}.damaged`)).toBe(true);
    });

    test("touches nothing while a run lives", async () => {
      cut();
      writeLock(process.pid);
      await expect(healed()).rejects.toThrow("which is at work");
      expect(existsSync(`${state()}.damaged`)).toBe(false);
    });

    test.each(["cut too", "gone"])("says what to do when the copy is %s", async (what) => {
      cut();
      if (what === "gone") rmSync(`${state()}.bak`);
      else writeFileSync(`${state()}.bak`, '{"version":3');
      await expect(healed()).rejects.toThrow(SetupFailed);
      await expect(healed()).rejects.toThrow(
        /there is no whole copy, .* Fix: put a backup of the folder in its place; .* slipway adopt/,
      );
    });
  });

  test("stops at a living run, and names it", async () => {
    writeLock(process.pid);
    await expect(healed()).rejects.toThrow(
      `stack local: locked by process ${process.pid} of me on ${hostname()} since `,
    );
    expect(existsSync(lockFile())).toBe(true);
  });

  test("leaves a run on another machine to a person", async () => {
    writeLock(await deadProcess(), "elsewhere");
    await expect(healed()).rejects.toThrow(/another machine\. Fix: .*pulumi cancel --stack local$/);
    expect(existsSync(lockFile())).toBe(true);
  });

  test("clears unfinished operations on what it can tidy, and leaves the others to the engine", async () => {
    const operation = (type: string, name: string) => ({
      type: "creating",
      resource: { urn: `urn:pulumi:local::shop::${type}::${name}`, type },
    });
    const ours = operation("command:local:Command", "api-guard");
    const others = operation("aws:s3/bucket:Bucket", "backups");
    const exported = writeState([ours, others]);
    await healed(exported);
    expect(calls.map(({ args }) => args)).toEqual([
      ["stack", "export"],
      ["stack", "import"],
    ]);
    const imported = JSON.parse(calls[1]?.input ?? "") as { deployment: { pending_operations: object[] } };
    expect(imported.deployment.pending_operations).toEqual([others]);
    expect(lines).toEqual(["✓ mended: cleared unfinished operations from the state (creating api-guard)"]);

    writeState([others]);
    calls.length = 0;
    await healed();
    expect(calls).toEqual([]);
  });
});

describe("processes", () => {
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
  });

  test("are listed with arguments and start", async () => {
    const before = Date.now();
    const child = spawn("sleep", ["61"]);
    children.push(child);
    await once(child, "spawn");
    const found = (await runningProcesses()).find(({ pid }) => pid === child.pid);
    expect(found?.args).toEqual(["sleep", "61"]);
    expect(Math.abs((found?.startedAt ?? 0) - before)).toBeLessThan(3_000);
  });

  test("that have ended but were never waited for do not count", async () => {
    const child = spawn("sh", ["-c", "sleep 0.2 & echo $!; exec sleep 60"]);
    children.push(child);
    const [printed] = (await once(child.stdout, "data")) as [Buffer];
    const ended = Number(printed.toString());
    await vi.waitFor(async () => {
      expect((await runningProcesses()).map(({ pid }) => pid)).not.toContain(ended);
    });
    expect(existsSync(`/proc/${ended}`) || !existsSync("/proc/self")).toBe(true);
  });

  test("of plugins end when their engine is gone, and only then", async () => {
    const folder = mkdtempSync(join(tmpdir(), "slipway-orphans-"));
    const plugin = join(folder, "pulumi-resource-fake");
    writeFileSync(plugin, "#!/bin/sh\necho ready\nread _\n");
    chmodSync(plugin, 0o755);
    const engine = createServer().listen(0, "127.0.0.1");
    await once(engine, "listening");
    const { port } = engine.address() as AddressInfo;
    const child = spawn(plugin, [`127.0.0.1:${port}`]);
    children.push(child);
    await once(child.stdout, "data");
    const mine = async () => (await runningProcesses()).filter(({ pid }) => pid === child.pid);

    expect(await endOrphans(await mine())).toBe(0);
    const exited = once(child, "exit");
    engine.close();
    await once(engine, "close");
    expect(await endOrphans(await mine())).toBe(1);
    expect(await exited).toEqual([null, "SIGKILL"]);
    rmSync(folder, { recursive: true });
  });
});
