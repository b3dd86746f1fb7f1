import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startLoad } from "../support/load/closed-loop.ts";
import { removeEverything } from "../support/on-host.ts";
import { PulumiStack } from "../support/pulumi-stack.ts";
import { label, own, runId } from "../support/run/id.ts";
import { leasePorts, leaseSubnet } from "../support/run/lease.ts";

const stackName = own("upgrade");
const port = String(await leasePorts());
const stack = new PulumiStack(stackName);
const docker = (...args: string[]) => execFileSync("docker", args, { encoding: "utf8" }).trim();
/** Another image by name and content, with the same HAProxy in it. */
const nextImage = `slipway/haproxy:${stackName}`;

beforeAll(async () => {
  const made = docker("create", "slipway/haproxy:local");
  docker("commit", "--change", `LABEL ${label}=${runId()}`, made, nextImage);
  docker("rm", made);
  await stack.init({
    version: "1.0.0",
    subnet: `${await leaseSubnet()}.0/24`,
    listenPort: port,
    "backups.directory": `${stack.folder}/backups`,
  });
  const { code, output } = await stack.up();
  expect(code, output).toBe(0);
});

afterAll(() => {
  removeEverything(stackName);
  docker("rmi", nextImage);
  stack.remove();
});

test("five upgrades of proxy and controller refuse no connection, and each is over when pulumi up is", async () => {
  const load = startLoad(`http://127.0.0.1:${port}`, 8);
  const images = ["slipway/haproxy:local", nextImage];
  for (let turn = 1; turn <= 5; turn++) {
    await stack.set({ "stockImages.haproxy": images[turn % 2] ?? "", "health.intervalMs": String(500 + turn) });
    const { code, output } = await stack.up();
    expect(code, output).toBe(0);
    const place = String((turn % 2) + 1);
    expect(output).toContain(`proxy in place ${place}: serves`);
    expect(docker("inspect", "--format", "{{.Config.Image}}", `ape-2026-${stackName}-proxy-${place}`)).toBe(
      docker("inspect", "--format", "{{.Id}}", images[turn % 2] ?? ""),
    );
  }
  const { requests, failures } = await load.stop();
  expect(failures).toEqual([]);
  expect(requests).toBeGreaterThan(1_000);
  const again = await stack.preview("--expect-no-changes");
  expect(again.code, again.output).toBe(0);
});
