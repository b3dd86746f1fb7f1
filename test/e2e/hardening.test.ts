import { execFileSync, spawnSync } from "node:child_process";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { removeEverything } from "../support/on-host.ts";
import { PulumiStack } from "../support/pulumi-stack.ts";
import { own } from "../support/run/id.ts";
import { leasePorts, leaseSubnet } from "../support/run/lease.ts";

const stackName = own("hard");
const prefix = `ape-2026-${stackName}`;
const port = String(await leasePorts());
const stack = new PulumiStack(stackName);
const greeting = `it's "two" $words`;
const docker = (...args: string[]) => execFileSync("docker", args, { encoding: "utf8" }).trim();
/** What a command in a container says, both streams, however it ends. */
const tried = (...args: string[]) => {
  const { stdout, stderr } = spawnSync("docker", ["exec", ...args], { encoding: "utf8" });
  return `${stdout}${stderr}`;
};

const printed = async (...args: string[]) => {
  const { code, stdout, output } = await stack.slipway("logs", ...args);
  expect(code, output).toBe(0);
  return stdout;
};

interface Inspected {
  readonly Name: string;
  readonly AppArmorProfile: string;
  readonly Config: { readonly User: string; readonly Cmd: string[]; readonly StopTimeout?: number };
  readonly HostConfig: {
    readonly CapDrop: string[] | null;
    readonly SecurityOpt: string[] | null;
    readonly ReadonlyRootfs: boolean;
    readonly Memory: number;
    readonly NanoCpus: number;
    readonly PidsLimit: number | null;
    readonly Privileged: boolean;
    readonly PidMode: string;
    readonly IpcMode: string;
    readonly UTSMode: string;
    readonly UsernsMode: string;
    readonly PortBindings: object | null;
    readonly Devices: unknown[] | null;
    readonly RestartPolicy: { readonly Name: string };
  };
  readonly Mounts: readonly { readonly Source: string; readonly Destination: string; readonly Type: string }[];
}
let containers: readonly Inspected[];

beforeAll(async () => {
  await stack.init({
    version: "1.0.0",
    subnet: `${await leaseSubnet()}.0/24`,
    listenPort: port,
    "backups.directory": `${stack.folder}/backups`,
    "profile.watchSeconds": "1",
    "container.command[0]": "python",
    "container.command[1]": "-u",
    "container.command[2]": "-m",
    "container.command[3]": "src.api",
    "container.user": "12345",
    "container.stopSeconds": "40",
    "container.secretVariables[0]": "REDIS_URL",
    "env.GREETING": greeting,
    "health.host": "api.example.test",
    "health.headers.X-Forwarded-Proto": "https",
    "health.statuses[0]": "200",
    "health.statuses[1]": "204",
    "limits.cpus": "1.5",
  });
  const { code, output } = await stack.up();
  expect(code, output).toBe(0);
  const names = docker("ps", "--filter", `name=^${prefix}-`, "--format", "{{.Names}}").split("\n");
  containers = JSON.parse(docker("inspect", ...names)) as Inspected[];
});

afterAll(() => {
  removeEverything(stackName);
  stack.remove();
});

// Numbers are those of the CIS Docker Benchmark 1.7; docs/security.md has the whole table.
test("our containers are as docs/security.md says of the CIS Docker benchmark", () => {
  expect(containers.length).toBeGreaterThan(5);
  for (const { Name, Config, HostConfig, Mounts } of containers) {
    const isDatabase = /-(postgres|redis)$/.test(Name);
    expect(HostConfig, Name).toMatchObject({
      CapDrop: ["ALL"], // 5.4
      Privileged: false, // 5.5
      PidMode: "", // 5.16
      UTSMode: "", // 5.21
      UsernsMode: "", // 5.31
      SecurityOpt: ["no-new-privileges:true"], // 5.26
      PidsLimit: 2048, // 5.29
    });
    expect(HostConfig.IpcMode, Name).not.toBe("host"); // 5.17
    expect(HostConfig.Devices ?? [], Name).toEqual([]); // 5.18
    expect(Object.keys(HostConfig.PortBindings ?? {}), Name).toEqual([]); // 5.14
    expect(
      Mounts.filter(({ Type }) => Type === "bind"),
      Name,
    ).toEqual([]); // 5.6, 5.32
    if (isDatabase) continue;
    expect(HostConfig.Memory, Name).toBeGreaterThan(0); // 5.11
    expect(HostConfig.ReadonlyRootfs, Name).toBe(true); // 5.13
    if (!Name.includes("-proxy-")) expect(Config.User, Name).toMatch(/^[1-9]\d*:\d+$/); // 4.1
  }
});

test("the service's are started and ended as slipway:container says, and read their secrets", async () => {
  const ofService = containers.filter(({ Name }) => /-(blue|green)-1$/.test(Name));
  expect(ofService).toHaveLength(2);
  for (const { Config, HostConfig } of ofService) {
    expect(Config).toMatchObject({ User: "12345:12345", Cmd: ["python", "-u", "-m", "src.api"], StopTimeout: 40 });
    expect(HostConfig.NanoCpus).toBe(1_500_000_000);
  }
  // By the process itself: neither Docker nor the state shows it.
  const environment = docker("exec", "--user", "12345:12345", `${prefix}-blue-1`, "cat", "/proc/1/environ");
  const [, url = ""] = /(?:^|\0)REDIS_URL=(redis:\/\/:[^\0]+)/.exec(environment) ?? [];
  expect(url).not.toBe("");
  expect(JSON.stringify(containers)).not.toContain(url);
  expect(spawnSync("grep", ["-rF", url, stack.state], { encoding: "utf8" }).stdout).toBe("");
  await fetch(`http://127.0.0.1:${port}/not-there`);
  const [first, ...rest] = JSON.parse(await printed("--json", "--lines", "1")) as { container: string; text: string }[];
  expect({ container: first?.container, rest }).toEqual({ container: "blue-1", rest: [] });
  expect(await printed("--slot", "both", "--since", "1h")).toMatch(/^(blue-1 {2}.*\n)+green-1 {2}/m);
  expect(await printed("--part", "proxy")).toMatch(/^proxy-1 {2}/m);
});

test("a locked stack takes no update, a preview says so, and its lock is taken away by hand", async () => {
  expect(await stack.slipway("lock", "--until", "2h", "--reason", "a drill")).toMatchObject({ code: 0 });
  const { code, output } = await stack.up();
  expect(code).not.toBe(0);
  expect(output).toMatch(
    /slipway:host: is locked, got by \S+ at \S+: a drill, until \S+; allowed no update\. Fix: wait/,
  );
  expect((await stack.preview()).output).toMatch(/pulumi up would be refused now: slipway:host: is locked/);
  expect((await stack.slipway("status")).stdout).toMatch(/^locked {3}by .*: a drill, until /m);
  expect(await stack.slipway("unlock")).toMatchObject({ code: 0 });
  expect(await stack.up("--expect-no-changes")).toMatchObject({ code: 0 });
});

test("a person's command runs where the service does, with its secrets and its limits, and is recorded", async () => {
  const told =
    'echo "$SLIPWAY_SLOT $(id -u) $GREETING $(echo $REDIS_URL | cut -c 1-8)"; touch /x 2>/dev/null || echo no; exit 5';
  for (const mode of ["exec", "run"] as const) {
    const { code, stdout, output } = await stack.slipway(mode, "--reason", "a drill", "sh", "-c", told);
    expect(code, output).toBe(5);
    expect(stdout).toBe(`blue 12345 ${greeting} redis://\nno\n`);
  }
  expect(docker("ps", "--all", "--quiet", "--filter", `name=^${prefix}-run-`)).toBe("");
  const { stdout } = await stack.slipway("rollout", "show", "1");
  expect(stdout).toMatch(/^by hand {2}ran by .*: exec sh -c .*\nby hand {2}ran by .*: run sh -c .*; a drill$/m);
});

describe("the release's command", () => {
  const command = (text: string) =>
    stack.set({ "release.command[0]": "sh", "release.command[1]": "-c", "release.command[2]": text });
  const names = () =>
    docker("ps", "--all", "--filter", `name=^${prefix}-(blue|green)-`, "--format", "{{.Names}} {{.ID}}")
      .split("\n")
      .sort();

  test("runs with the new image and its secrets before a container starts; an update that was killed is joined", async () => {
    await stack.set({ version: "1.1.0" });
    await command('echo "migrates to $SLIPWAY_VERSION with $(echo $REDIS_URL | cut -c 1-8)"; sleep 8; echo migrated');
    const before = names();
    const update = stack.startUp();
    const ended = once(update, "exit");
    const isThere = () => docker("ps", "--quiet", "--filter", `name=^${prefix}-green-0$`) !== "";
    while (!isThere() && update.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 50));
    process.kill(-(update.pid ?? NaN), "SIGKILL");
    await ended;
    // The standby has made room; who has the traffic is untouched.
    expect(names().filter((name) => /-[1-9] /.test(name))).toEqual(before.filter((name) => name.includes("-blue-1 ")));
    await stack.heal();
    const { code, output } = await stack.up();
    expect(code, output).toBe(0);
    expect(output).toMatch(/release command: an update that is gone .*\n/);
    expect(docker("logs", `${prefix}-green-0`).split("\n")).toEqual(["migrates to 1.1.0 with redis://", "migrated"]);
    expect(await stack.up("--expect-no-changes")).toMatchObject({ code: 0 });
  });

  test("stops the release where it fails, and nothing is started", async () => {
    const before = names();
    await stack.set({ version: "1.2.0" });
    await command("echo no such table >&2; exit 3");
    const { code, output } = await stack.up();
    expect(code).not.toBe(0);
    expect(output).toContain("  no such table");
    expect(output).toContain(
      "release command: did not end well, got exit code 3; allowed exit code 0. Nothing is started",
    );
    expect(names().filter((name) => /-[1-9] /.test(name))).toEqual(before.filter((name) => name.includes("-green-1 ")));
    const live = async () => (await fetch(`http://127.0.0.1:${port}/`)).headers.get("x-slipway-version");
    expect(await live()).toBe("1.1.0");
    await command("exit 0");
    const corrected = await stack.up();
    expect(corrected.code, corrected.output).toBe(0);
    expect(await live()).toBe("1.2.0");
  });
});

test("code in a worker of HAProxy is nobody: no configuration, no sockets, no keys, no capability", () => {
  const proxy = `${prefix}-proxy-1`;
  // A process that ended meanwhile fails its grep, and the last one would speak for the loop.
  const worker = docker(
    "exec",
    proxy,
    "sh",
    "-c",
    "for p in /proc/[0-9]*; do grep -l '^Uid:.*7008' $p/status; done; true",
  );
  const status = docker("exec", proxy, "cat", worker.split("\n")[0] ?? "");
  expect(status).toMatch(/^Uid:\t7008\t7008\t7008\t7008$/m);
  expect(status).toMatch(/^Gid:\t7008\t7008\t7008\t7008$/m);
  expect(status).toMatch(/^Groups:\t *$/m);
  expect(status).toMatch(/^CapEff:\t0+$/m);
  expect(status).toMatch(/^NoNewPrivs:\t1$/m);

  const sockets = "proxy-1.admin.sock proxy-1.master.sock proxy-1.answer.sock controller.sock";
  for (const file of ["haproxy.cfg", "proxies", "rollout.map", ...sockets.split(" ")]) {
    expect(tried("--user", "0:7007", proxy, "ls", `/run/slipway/${file}`), file).not.toMatch(/cannot access/);
    expect(tried("--user", "7008:7008", proxy, "ls", `/run/slipway/${file}`), file).toMatch(/Permission denied/);
  }
});

test("a second controller on the journal is refused, also from a network of its own", () => {
  const image = docker("inspect", "--format", "{{.Image}}", `${prefix}-controller`);
  const environment = docker("exec", `${prefix}-controller`, "printenv", "SLIPWAY_CONTROLLER_JSON");
  const second = spawnSync(
    "docker",
    [
      ...["run", "--rm", "--network", "none", "--env", `SLIPWAY_CONTROLLER_JSON=${environment}`],
      ...["--volume", `${prefix}-controller:/var/lib/slipway`, image, "slipway-router", "daemon"],
    ],
    { encoding: "utf8", timeout: 20_000 },
  );
  expect(second.stderr).toContain("another controller has this journal");
  expect(second.status).toBe(1);
});

test("nobody but the controller reads the journal's folder", () => {
  expect(docker("exec", `${prefix}-controller`, "stat", "-c", "%a %u", "/var/lib/slipway")).toBe("700 7007");
});

test("again: nothing changes, and a refresh shows no drift", async () => {
  for (const { code, output } of [await stack.up("--expect-no-changes"), await stack.refresh("--expect-no-changes")]) {
    expect(code, output).toBe(0);
  }
});
