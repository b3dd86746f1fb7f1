import { once } from "node:events";
import { hostname, userInfo } from "node:os";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run } from "../../toolchain/command.ts";
import { LabelledHost } from "../../toolchain/heal/host.ts";
import { readLocks } from "../../toolchain/heal/checkpoint.ts";
import { killedAt, until, working } from "../support/killed-update.ts";
import { kinds, made, removeEverything } from "../support/on-host.ts";
import { startLoad } from "../support/load/closed-loop.ts";
import { PulumiStack } from "../support/pulumi-stack.ts";
import { own } from "../support/run/id.ts";
import { leasePorts, leaseSubnet } from "../support/run/lease.ts";

/** `kill -9` of a whole `pulumi up`, at moments that are found by what can be seen, not by the clock. */
const stackName = own("killed");
const port = String(await leasePorts());
const url = `http://127.0.0.1:${port}`;
const stack = new PulumiStack(stackName);

const containers = () => made(stackName, "container");

async function upWorks(version: string): Promise<void> {
  const up = await stack.up();
  expect(up.code, up.output).toBe(0);
  expect((await fetch(url)).headers.get("x-slipway-version")).toBe(version);
}

const config = {
  version: "1.0.0",
  subnet: `${await leaseSubnet()}.0/24`,
  listenPort: port,
  "backups.directory": `${stack.folder}/backups`,
  "profile.pauseSeconds": "1",
  "profile.watchSeconds": "2",
};

beforeAll(async () => {
  await stack.init(config);
});

afterAll(() => {
  removeEverything(stackName);
  stack.remove();
});

describe("a killed update is mended, and the next one just works", () => {
  test("in a first release, and one that is rejected then needs nothing but a better one", async () => {
    const lines = await killedAt(stack, () => containers().length > 0);
    expect(lines).toContainEqual(expect.stringMatching(/removed the lock of a run that was killed/));
    await killedAt(stack, () => containers().length > 4);
    await stack.set({ faults: "unhealthy", "health.gateSeconds": "5" });
    const { code, output } = await stack.up();
    expect(code, output).not.toBe(0);
    expect(output).toContain("nothing is live yet");
    await stack.unset("faults");
    await stack.unset("health");
    await upWorks("1.0.0");
  });

  test("in the next release, without a failed request", async () => {
    const load = startLoad(url, 4);
    await stack.set({ version: "1.1.0" });
    await killedAt(stack, async () => (await working(stack)).includes("api-green-1"));
    await upWorks("1.1.0");

    await stack.set({ version: "1.2.0" });
    await killedAt(stack, async () => (await working(stack)).includes("api-promote"));
    await upWorks("1.2.0");
    expect(await load.stop()).toMatchObject({ failed: 0, failures: [] });
  });

  test("two at once: one runs, the other one ends and says who it is that runs", async () => {
    await stack.set({ version: "1.3.0" });
    const first = stack.startUp();
    const firstEnded = once(first, "exit");
    await until(first, async () => (await working(stack)).length > 0);
    const [holder] = await readLocks(stack.files);
    const second = await stack.up();
    expect(first.exitCode).toBe(null);
    expect(second.code).not.toBe(0);
    expect(second.output).toContain("the stack is currently locked by 1 lock(s)");
    expect(second.output).toContain(`created by ${userInfo().username}@${hostname()} (pid ${String(holder?.pid)})`);
    expect(await firstEnded).toEqual([0, null]);
    expect(await readLocks(stack.files)).toEqual([]);
    expect((await fetch(url)).headers.get("x-slipway-version")).toBe("1.3.0");
  });

  test("two at once from two states, which no lock of the engine keeps apart: the host itself does", async () => {
    const other = new PulumiStack(stackName);
    await other.init({ ...config, version: "1.5.0" });
    await stack.set({ version: "1.4.0" });
    const first = stack.startUp();
    const firstEnded = once(first, "exit");
    await until(first, async () => (await working(stack)).length > 0);
    const second = await other.up();
    expect(first.exitCode).toBe(null);
    expect(second.code).not.toBe(0);
    expect(second.output).toMatch(
      new RegExp(`slipway:host: ${userInfo().username}@${hostname()}, process \\d+ deploys to it since .+ Fix: wait`),
    );
    expect(second.output).not.toContain("docker:index");
    expect(await firstEnded).toEqual([0, null]);
    expect((await fetch(url)).headers.get("x-slipway-version")).toBe("1.4.0");
    other.remove();
  });

  test("and then there is nothing to mend, no drift and nothing that stays", async () => {
    expect(await stack.heal()).toEqual([]);
    expect(await stack.refresh("--expect-no-changes")).toMatchObject({ code: 0 });
    expect(await stack.destroy()).toMatchObject({ code: 0 });
    const left = kinds.flatMap((kind) => made(stackName, kind));
    expect(left.sort()).toEqual(["postgres", "redis"].map((kind) => `ape-2026-${stackName}-${kind}`));
  });
});

test("a one-off container that is already on its way out is no trouble", async () => {
  const owner = { service: "ape-2026", stack: stackName, dockerHost: "unix:///var/run/docker.sock" };
  const host = new LabelledHost(owner);
  // What it wrote makes its removal by the engine last long enough to meet ours.
  const oneOff = [
    "run",
    "--detach",
    "--rm",
    "--label",
    `slipway.stack=${stackName}`,
    "--label",
    "slipway.service=ape-2026",
  ];
  const work = [
    "--entrypoint",
    "sh",
    "slipway/redis:local",
    "-c",
    "dd if=/dev/zero of=/scratch bs=1M count=60; trap exit TERM; sleep 60 & wait",
  ];
  for (let round = 0; round < 8; round++) await run("docker", [...oneOff, ...work], { limit: 120_000 });
  const found = await host.find();
  expect(found).toHaveLength(8);
  for (const one of found) await host.remove(one);
  expect(containers()).toEqual([]);
});
