import { execFileSync } from "node:child_process";
import { appendFileSync, cpSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkOutEarlier, longBefore, removeEarlier } from "../support/earlier-slipway.ts";
import { startLoad } from "../support/load/closed-loop.ts";
import { removeEverything } from "../support/on-host.ts";
import { PulumiStack } from "../support/pulumi-stack.ts";
import { own } from "../support/run/id.ts";
import { leasePorts, leaseSubnet } from "../support/run/lease.ts";
import { succeeded } from "../support/succeeded.ts";

const stackName = own("earlier");
const port = String(await leasePorts());
const stack = new PulumiStack(stackName);
const program = join(stack.folder, "slipway");
const docker = (...args: string[]) => execFileSync("docker", args, { encoding: "utf8" }).trim();

/** Each container that may have traffic or data; a replaced one has another id, a restarted one another start. */
function serving(): string[] {
  const names = docker("ps", "--filter", `name=ape-2026-${stackName}-`, "--format", "{{.Names}}").split("\n");
  const kept = names.filter((name) => !name.endsWith("-controller")).sort();
  return docker("inspect", "--format", "{{.Name}} {{.Id}} {{.State.StartedAt}}", ...kept).split("\n");
}

beforeAll(async () => {
  checkOutEarlier(longBefore, program);
  // What the service is made of must not change with Slipway.
  const source = join(stack.folder, "service");
  cpSync(join(program, "examples/ape-2026"), source, { recursive: true });
  await stack.init({
    version: "1.0.0",
    subnet: `${await leaseSubnet()}.0/24`,
    listenPort: port,
    replicas: "2",
    "image.build": source,
    "backups.directory": join(stack.folder, "backups"),
    "profile.pauseSeconds": "0",
    "profile.watchSeconds": "1",
    "env.GREETING": "hello",
  });
  await stack.setSecret("secrets.token", "a secret");
  stack.program = program;
  succeeded(await stack.up());
  await stack.set({ version: "1.1.0" });
  succeeded(await stack.up());
  stack.program = process.cwd();
});

afterAll(() => {
  removeEverything(stackName);
  removeEarlier(program);
  stack.remove();
});

test("a stack with a release in each slot takes up this Slipway: no new release, nothing replaced that serves, no request lost", async () => {
  const before = serving();
  const { live, standby } = await stack.outputs();
  const load = startLoad(`http://127.0.0.1:${port}`, 4);

  succeeded(await stack.up());
  expect(serving()).toEqual(before);
  expect(await stack.outputs()).toMatchObject({ live, standby });
  succeeded(await stack.up("--expect-no-changes"));

  await stack.set({ version: "1.0.0" });
  const back = await stack.up();
  succeeded(back);
  expect(back.output).toContain("no container is touched");
  expect(serving()).toEqual(before);
  expect(await stack.outputs()).toMatchObject({ live: standby, standby: live });

  const rollback = await stack.slipway("rollback", "--reason", "errors in the basket");
  succeeded(rollback);
  expect(serving()).toEqual(before);
  const { requests, failures } = await load.stop();
  expect(failures).toEqual([]);
  expect(requests).toBeGreaterThan(500);
});

test("the rollback by hand outlives ten further updates, a restart of the controller and the next Slipway", async () => {
  const before = serving();
  const refused =
    /release 1\.0\.0-[0-9a-f]{8} was withdrawn on slipway:host, got that it was taken back by \S+ at \S+: errors in the basket/;
  const refuses = async () => {
    const { code, output } = await stack.up();
    expect(code).not.toBe(0);
    expect(output).toMatch(refused);
  };
  for (let time = 1; time <= 10; time++) await refuses();
  const controller = `ape-2026-${stackName}-controller`;
  docker("restart", "-t", "1", controller);
  await refuses();

  const next = join(stack.folder, "next");
  const left = ["node_modules", ".git"].map((name) => join(process.cwd(), name));
  cpSync(process.cwd(), next, { recursive: true, filter: (path) => !left.includes(path) });
  symlinkSync(join(process.cwd(), "node_modules"), join(next, "node_modules"));
  appendFileSync(join(next, "router/cli.ts"), "// Another controller.\n");
  const id = docker("inspect", "--format", "{{.Id}}", controller);
  stack.program = next;
  await refuses();
  await stack.set({ version: "1.1.0" });
  succeeded(await stack.up());
  expect(docker("inspect", "--format", "{{.Id}}", controller)).not.toBe(id);
  await stack.set({ version: "1.0.0" });
  await refuses();
  expect(serving()).toEqual(before);
});

test("databases keep the passwords that they had, which leave the state once a container is made anew", async () => {
  const part = (name: string) => `ape-2026-${stackName}-${name}`;
  const { password } = new URL(docker("exec", part("blue-1"), "cat", "/run/secrets/database-url"));
  const kept = "/var/lib/postgresql/data/.slipway-password";
  expect(docker("exec", part("postgres"), "cat", kept)).toBe(password);
  const uploads = async () => {
    const { deployment } = JSON.parse(await stack.export("--show-secrets")) as {
      deployment: { resources: { urn: string; inputs?: Record<string, unknown> }[] };
    };
    return deployment.resources.find(({ urn }) => urn.endsWith("::databases-postgres"))?.inputs?.uploads;
  };
  expect(JSON.stringify(await uploads())).toContain(password);

  await stack.set({ version: "1.1.0" });
  docker("rm", "--force", part("postgres"));
  succeeded(await stack.up());
  expect(await uploads()).toBeUndefined();
  const login = ["exec", "--env", `PGPASSWORD=${password}`, part("postgres"), "psql", "-h", "127.0.0.1", "-U", "ape"];
  expect(docker(...login, "-d", "ape", "-qAt", "-c", "select 1")).toBe("1");
  succeeded(await stack.up("--expect-no-changes"));
});
