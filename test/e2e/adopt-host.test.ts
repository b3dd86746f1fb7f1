import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startLoad } from "../support/load/closed-loop.ts";
import { removeEverything } from "../support/on-host.ts";
import { PulumiStack } from "../support/pulumi-stack.ts";
import { own } from "../support/run/id.ts";
import { leasePorts, leaseSubnet } from "../support/run/lease.ts";
import { succeeded } from "../support/succeeded.ts";

/** The state is gone, and the host is not. */
const name = own("lost-state");
const port = String(await leasePorts());
const stack = new PulumiStack(name);
const prefix = `ape-2026-${name}`;
const older = join(stack.folder, "older-state");
const docker = (...args: string[]) => execFileSync("docker", args, { encoding: "utf8" }).trim();

/** Each container; a replaced one has another id, a restarted one another start. */
function containers(): string[] {
  const names = docker("ps", "--all", "--filter", `name=^/${prefix}-`, "--format", "{{.Names}}").split("\n").sort();
  return docker("inspect", "--format", "{{.Name}} {{.Id}} {{.State.StartedAt}}", ...names).split("\n");
}

beforeAll(async () => {
  await stack.init({
    version: "1.0.0",
    subnet: `${await leaseSubnet()}.0/24`,
    listenPort: port,
    "backups.directory": join(stack.folder, "backups"),
    "profile.pauseSeconds": "0",
    "profile.watchSeconds": "1",
  });
  await stack.setSecret("secrets.token", "a secret");
  succeeded(await stack.up());
  cpSync(stack.state, older, { recursive: true });
  await stack.set({ version: "1.1.0" });
  succeeded(await stack.up());
  // What a mend made anew carries a mark that a new state can't know.
  docker("rm", "--force", `${prefix}-blue-1`, `${prefix}-controller`);
  docker("volume", "rm", `${prefix}-blue-secrets`);
  succeeded(await stack.up());
  rmSync(stack.state, { recursive: true });
  mkdirSync(stack.state);
  await stack.init();
});

afterAll(() => {
  removeEverything(name);
  stack.remove();
});

const lost =
  /slipway:host: has this stack's containers, and the state knows none of them, got \d+ containers of \S+; allowed/;

test("an update is refused before it touches anything, and a preview says so", async () => {
  const before = containers();
  const preview = await stack.preview();
  expect(preview.output).toMatch(lost);
  const { code, output } = await stack.up();
  expect(code).not.toBe(0);
  expect(output).toMatch(lost);
  expect(output).not.toContain("already exists");
  expect(containers()).toEqual(before);
});

test("adopting refuses to move anything", async () => {
  const before = containers();
  await stack.set({ version: "1.2.0" });
  const { code, output } = await stack.slipway("adopt");
  await stack.set({ version: "1.1.0" });
  expect(code).toBe(1);
  expect(output).toMatch(
    /slipway:version: is not what is live on slipway:host, and adopting moves nothing, got 1\.2\.0-/,
  );
  expect(containers()).toEqual(before);
});

test("adopted, nothing is replaced, restarted or deleted, no request is lost, and the road goes on", async () => {
  const before = containers();
  const load = startLoad(`http://127.0.0.1:${port}/`, 4);
  const adopted = await stack.slipway("adopt");
  expect(adopted.code, adopted.output).toBe(0);
  expect(adopted.output).toContain(`container ${prefix}-postgres`);
  expect(adopted.output).toContain("The next pulumi up has nothing to do.");
  succeeded(await stack.up("--expect-no-changes"));
  succeeded(await stack.up("--refresh", "--expect-no-changes"));
  expect(containers()).toEqual(before);

  // With the passwords that were there.
  await stack.set({ version: "1.2.0" });
  succeeded(await stack.up());
  await stack.set({ version: "1.1.0" });
  const back = await stack.up();
  succeeded(back);
  expect(back.output).toContain("no container is touched");
  const { requests, failures } = await load.stop();
  expect(failures).toEqual([]);
  expect(requests).toBeGreaterThan(500);
  const again = await stack.slipway("adopt");
  expect(again.output).toContain("Nothing to adopt on the hosts");
});

test("an older state is found before anything is written, and the way out that is named leads out", async () => {
  const before = containers();
  rmSync(stack.state, { recursive: true });
  cpSync(older, stack.state, { recursive: true });
  const { code, output } = await stack.up();
  expect(code, output).not.toBe(0);
  expect(output).toMatch(
    /slipway:host: has gone on since this state was written, which is an older one, got \S+-1 of rollout \d there/,
  );
  expect(containers()).toEqual(before);
  succeeded(await stack.run(["state", "delete", "--all", "--yes", "--stack", name]));
  succeeded(await stack.slipway("adopt"));
  succeeded(await stack.up("--expect-no-changes"));
  expect(containers()).toEqual(before);
});
