import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { tag } from "../../toolchain/stock-images.ts";
import { docker } from "../support/hosts/docker.ts";
import { Lab } from "../support/hosts/lab.ts";
import type { Machine } from "../support/hosts/machine.ts";
import { killedAt } from "../support/killed-update.ts";
import { writeNodeService } from "../support/node-service.ts";
import { PulumiStack } from "../support/pulumi-stack.ts";
import { own } from "../support/run/id.ts";
import { leaseSubnet } from "../support/run/lease.ts";
import { succeeded } from "../support/succeeded.ts";

/** Roles on two servers of which one keeps the time, replica by replica: releases, a way back, a killed update, a lost state. */
const lab = new Lab(own("slipway-roles"), await leaseSubnet());
let one: Machine;
let two: Machine;
const prefix = "ape-2026-jobs";
const unit = `slipway-roles-${prefix}`;
const volume = `${prefix}-volume-jobs`;

const server = `const server = require("node:http").createServer((request, response) => response.end("ok"));
server.listen(Number(process.env.PORT));
process.on("SIGTERM", () => server.close());
`;
const nightly = `const { appendFileSync, existsSync } = require("node:fs");
appendFileSync("/data/runs", process.env.SLIPWAY_VERSION + "\\n");
const end = (code) => process.exit(code);
process.on("SIGTERM", () => end(0));
if (existsSync("/data/fail")) end(3);
if (existsSync("/data/slow")) setInterval(() => existsSync("/data/slow") || end(0), 50);
`;

/** What an image's label says that it was made from. */
const commitOf = (version: string) => `c0ffee${version.replaceAll(".", "")}`;

let stack: PulumiStack;
/** Containers of roles by what they do: `blue-worker-1 running`. */
const roles = (machine: Machine) =>
  machine
    .sh(
      `docker ps --all --filter network=${prefix} --filter label=slipway.role --format '{{.Names}} {{.State}}' | sort`,
    )
    .replaceAll(`${prefix}-`, "")
    .split("\n");
/** Those that run all the time: the host's own clock may start the other one at any moment. */
const working = (machine: Machine) =>
  roles(machine).filter((role) => role.endsWith(" running") && !role.includes("-nightly-"));
const inVolume = (script: string) =>
  one.sh(`cd "$(docker volume inspect --format '{{.Mountpoint}}' ${volume})"; ${script}`);
const runs = () => inVolume("cat runs 2> /dev/null || true").split("\n");
/** A minute of the host's clock, and the end of what it starts. */
const look = () =>
  one.sh(
    `systemctl start ${unit}.service; docker wait $(docker ps --quiet --filter network=${prefix} --filter label=slipway.due) > /dev/null 2>&1 || true`,
  );
/** A busy machine may let a minute pass without a word; the next one tells it. */
const patience = { timeout: 180_000, interval: 500 };
/** What `slipway status` says of runs, after one more minute. */
const clock = async () => {
  look();
  return /^clock .*$/m.exec((await stack.slipway("status")).output)?.[0] ?? "";
};
/** The version that ran last, after one more minute. */
const ranLast = () => {
  look();
  return runs().at(-1);
};

beforeAll(async () => {
  await lab.start();
  for (const image of ["node", "haproxy"]) lab.push(tag(image), `slipway/${image}:1`);
  [one, two] = await Promise.all([lab.machine(1), lab.machine(2)]);
  for (const version of ["1.0.0", "1.1.0", "1.2.0"]) {
    const name = `slipway-test/jobs:${own(version)}`;
    const source = join(lab.folder, "jobs");
    writeNodeService(source, { "server.js": server, "nightly.js": nightly }, [
      `LABEL org.opencontainers.image.source=https://git.example/acme/jobs org.opencontainers.image.revision=${commitOf(version)}`,
      "RUN mkdir /data && chown 10001:10001 /data",
    ]);
    docker(["build", "--quiet", "--tag", name, source]);
    lab.push(name, `acme/jobs:${version}`);
    docker(["rmi", name]);
  }
  const sleeps = ["node", "-e", "setInterval(() => {}, 1000); process.on('SIGTERM', () => process.exit())"];
  const hostOf = (machine: Machine) => ({
    ...{ kind: "ssh", address: machine.address, user: "slipway", admin: "admin" },
    ...{ hostKey: machine.hostKey(), identityFile: lab.identityFile },
  });
  const config = {
    version: "1.0.0",
    host: hostOf(one),
    hosts: { second: hostOf(two) },
    image: { name: `${lab.registry}/acme/jobs` },
    registry: { server: lab.registry, username: lab.login.username },
    stockImages: { node: `${lab.registry}/slipway/node:1`, haproxy: `${lab.registry}/slipway/haproxy:1` },
    listenAddress: "0.0.0.0",
    health: { gateSeconds: 30 },
    strategy: "rolling",
    replicas: 2,
    profile: { pauseSeconds: 0, watchSeconds: 0 },
    volumes: { jobs: { folder: "/data", backup: false, eachHost: true } },
    container: { stopSeconds: 3 },
    roles: {
      worker: { command: sleeps },
      beat: { command: sleeps, hosts: "first" },
      nightly: { command: ["node", "/app/nightly.js"], schedule: "* * * * *" },
    },
  };
  stack = new PulumiStack("jobs", { config, env: { NODE_EXTRA_CA_CERTS: lab.certificates } });
  await stack.init();
  await stack.setSecret("registryPassword", lab.login.password);
});

afterAll(() => {
  lab.remove();
  stack.remove();
});

test("each host has those that all have, and the first one alone the others; by the clock live's image runs", async () => {
  succeeded(await stack.up());
  expect(roles(two)).toEqual(["blue-worker-1 running", "green-worker-1 created"]);
  expect(working(one)).toEqual(["blue-beat-1 running", "blue-worker-1 running"]);
  expect(one.sh(`systemctl list-timers --no-legend '${unit}*'`)).toContain(`${unit}.timer`);
  expect(two.sh("ls /usr/local/lib/slipway 2> /dev/null || true")).not.toContain(unit);
  look();
  expect([...new Set(runs())]).toEqual(["1.0.0"]);
  await expect.poll(clock, patience).toMatch(/^clock +nightly \(\* \* \* \* \*\): ended well /);
  succeeded(await stack.up("--expect-no-changes"));
});

test("a run that is still going is followed by none, and one that fails is seen", async () => {
  inVolume("rm runs; touch slow");
  const meanwhile = async () => {
    one.sh(`systemctl start ${unit}.service`);
    return (await stack.slipway("status")).output;
  };
  await expect.poll(meanwhile, patience).toMatch(/nightly .*: runs since .*; skipped .*, as the run before/);
  expect(runs()).toEqual(["1.0.0"]);
  inVolume("rm slow; touch fail");
  await expect.poll(clock, patience).toMatch(/FAILED .*: exit code 3/);
  inVolume("rm fail runs");
});

test("a release and a way back take all of them along", async () => {
  await stack.set({ version: "1.1.0" });
  const compare = `https://git.example/acme/jobs/compare/${commitOf("1.0.0")}...${commitOf("1.1.0")}`;
  expect(succeeded(await stack.up())).toContain(`What changes from ${commitOf("1.0.0")}: ${compare}`);
  expect((await stack.slipway("rollout", "list")).output).toContain(`commit ${commitOf("1.1.0")}, ${compare}`);
  await expect.poll(ranLast, patience).toBe("1.1.0");
  expect(working(one)).toEqual(["green-beat-1 running", "green-worker-1 running"]);
  expect(working(two)).toEqual(["green-worker-1 running"]);
  succeeded(await stack.slipway("rollback"));
  await expect.poll(ranLast, patience).toBe("1.0.0");
  expect(working(one)).toEqual(["blue-beat-1 running", "blue-worker-1 running"]);
  expect(working(two)).toEqual(["blue-worker-1 running"]);
});

test("killed while those of the second host start, the next update ends with the new release's alone", async () => {
  await stack.set({ version: "1.2.0" });
  await killedAt(stack, () => working(two).includes("green-worker-1 running"));
  succeeded(await stack.up());
  expect(working(one)).toEqual(["green-beat-1 running", "green-worker-1 running"]);
  expect(working(two)).toEqual(["green-worker-1 running"]);
  succeeded(await stack.up("--expect-no-changes"));
});

test("a lost state is adopted: nothing is started again, and a second look finds nothing to do", async () => {
  const started = () =>
    [one, two].map((machine) =>
      machine.sh(
        `docker inspect --format '{{.Name}} {{.Id}} {{.State.StartedAt}}' $(docker ps --all --quiet --filter network=${prefix} | sort) | grep -v nightly`,
      ),
    );
  const before = started();
  rmSync(stack.state, { recursive: true });
  mkdirSync(stack.state);
  await stack.init();
  succeeded(await stack.slipway("adopt"));
  succeeded(await stack.up("--expect-no-changes"));
  expect(started()).toEqual(before);
});

test("without a schedule the clock goes", async () => {
  await stack.unset("roles.nightly");
  succeeded(await stack.up());
  expect(one.sh(`systemctl list-timers --all --no-legend '${unit}*'`)).toContain(unit);
  await stack.set({ version: "1.1.0" });
  succeeded(await stack.up());
  expect(
    one.sh(`systemctl list-timers --all --no-legend '${unit}*'; ls /usr/local/lib/slipway | grep ${unit} || echo none`),
  ).toBe("none");
});
