import { randomBytes } from "node:crypto";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sshCommand } from "../../lib/hosts/ssh.ts";
import type { RolloutRecord } from "../../router/telling/record.ts";
import { tag } from "../../toolchain/stock-images.ts";
import { docker } from "../support/hosts/docker.ts";
import { changesAtOnce, handChanges } from "../support/hosts/hand-changes.ts";
import { Lab } from "../support/hosts/lab.ts";
import type { Machine } from "../support/hosts/machine.ts";
import { RealRoad } from "../support/hosts/real-road.ts";
import { watchArguments } from "../support/argv-watch.ts";
import { startLoad } from "../support/load/closed-loop.ts";
import { destroyedWhileWatched, watchedFromFirst } from "../support/hosts/watched-from-first.ts";
import { PulumiStack, type Ended } from "../support/pulumi-stack.ts";
import { own } from "../support/run/id.ts";
import { leaseSubnet } from "../support/run/lease.ts";

/** Two real servers, bare at first, and a third one for what goes wrong: real sshd, systemd, Docker, registry. */
const subnet = await leaseSubnet();
const lab = new Lab(own("slipway-ssh"), subnet);
const planted = Object.fromEntries(
  Array.from({ length: 46 }, (_, index) => [`token-${String(index)}`, randomBytes(12).toString("hex")]),
);
const databasePassword = randomBytes(12).toString("hex");
const everySecret = [...Object.values(planted), databasePassword, lab.login.password];

let one: Machine;
let two: Machine;
let bare: Machine;
let stack: PulumiStack;
let staging: PulumiStack;
const stacks: PulumiStack[] = [];
const output: string[] = [];

const hostOf = (machine: Machine) => ({
  kind: "ssh",
  address: machine.address,
  user: "slipway",
  admin: "admin",
  hostKey: machine.hostKey(),
  identityFile: lab.identityFile,
});
const jumpBy = (machine: Machine) => ({ address: machine.address, user: "admin", hostKey: machine.hostKey() });
const accessTo = (machine: Machine, user: string) => ({
  address: machine.address,
  port: 22,
  user,
  hostKey: machine.hostKey(),
  identityFile: lab.identityFile,
  jump: undefined,
});

async function newStack(name: string, config: Record<string, unknown>): Promise<PulumiStack> {
  const stockImages = ["node", "haproxy", "postgres", "redis"].map((image) => [
    image,
    `${lab.registry}/slipway/${image}:1`,
  ]);
  const common = {
    version: "1.0.0",
    image: { name: `${lab.registry}/acme/api` },
    registry: { server: lab.registry, username: lab.login.username },
    stockImages: Object.fromEntries(stockImages) as object,
    listenAddress: "0.0.0.0",
    health: { gateSeconds: 15 },
    profile: { steps: [50, 100], pauseSeconds: 1, watchSeconds: 2 },
  };
  const made = new PulumiStack(name, {
    config: { ...common, ...config },
    env: { NODE_EXTRA_CA_CERTS: lab.certificates },
  });
  stacks.push(made);
  await made.init();
  await made.setSecret("registryPassword", lab.login.password);
  return made;
}

/** Closes what an earlier update left open for the next one, so that logins can be counted. */
function hangUp(machine: Machine, user = "slipway"): void {
  const [program = "", ...args] = sshCommand(accessTo(machine, user));
  try {
    execFileSync(program, ["-O", "exit", ...args], { stdio: "ignore" });
  } catch {
    // None was open.
  }
}

async function up(which: PulumiStack, ...args: string[]): Promise<Ended> {
  const ended = await which.up(...args);
  output.push(ended.output);
  return ended;
}

async function succeeds(which: PulumiStack, ...args: string[]): Promise<Ended> {
  const ended = await up(which, ...args);
  expect(ended.code, ended.output).toBe(0);
  return ended;
}

async function fails(which: PulumiStack, ...args: string[]): Promise<string> {
  const ended = await up(which, ...args);
  expect(ended.code, ended.output).not.toBe(0);
  return ended.output;
}

const url = (machine: Machine, port = 8080) => `http://${machine.address}:${String(port)}`;
const version = async (machine: Machine, port?: number) =>
  (await fetch(url(machine, port))).headers.get("x-slipway-version");
const versions = () => Promise.all([version(one), version(two)]);

/** Load on both hosts, as an entry point in front of them would share it out. */
function loadOnBoth() {
  const loads = [startLoad(url(one), 2), startLoad(url(two), 2)];
  return async () => {
    const reports = await Promise.all(loads.map((load) => load.stop()));
    for (const report of reports) expect(report).toMatchObject({ failed: 0, failures: [] });
  };
}

beforeAll(async () => {
  await lab.start();
  const watching = ["prometheus", "alertmanager", "exporter", "tunnel"];
  for (const image of ["node", "haproxy", "postgres", "redis", ...watching]) lab.push(tag(image), `slipway/${image}:1`);
  for (const release of ["1.0.0", "1.1.0"]) {
    const args = ["--build-arg", `PYTHON_IMAGE=${tag("python")}`, "--build-arg", `VERSION=${release}`];
    docker(["build", "--quiet", ...args, "--tag", `slipway-test/api:${own(release)}`, "examples/ape-2026"]);
    lab.push(`slipway-test/api:${own(release)}`, `acme/api:${release}`);
    docker(["rmi", `slipway-test/api:${own(release)}`]);
  }
  const databases = lab.databases(databasePassword);
  [one, two, bare] = await Promise.all([lab.machine(1), lab.machine(2), lab.machine(3)]);

  stack = await newStack("production", { host: hostOf(one), hosts: { second: hostOf(two) } });
  const tokens = Object.fromEntries(Object.entries(planted).map(([name, value]) => [`secrets.${name}`, value]));
  const urls = { "secrets.database-url": databases.postgres, "secrets.redis-url": databases.redis };
  await stack.setSecrets({ ...tokens, ...urls });
  staging = await newStack("staging", {
    host: { ...hostOf(one), jump: jumpBy(two) },
    subnet: "10.213.9.0/24",
    listenPort: 8090,
    strategy: "rolling",
    replicas: 2,
    profile: { pauseSeconds: 1, watchSeconds: 2 },
    databases: { postgres: { name: "ape", user: "ape" }, redis: {} },
    backups: { directory: "/opt/ape-2026/backups" },
  });
});

afterAll(() => {
  for (const machine of [one, two]) hangUp(machine);
  lab.remove();
  for (const made of stacks) made.remove();
});

describe("two servers", () => {
  test("go from bare to serving with one up, and no secret shows in any process's arguments", async () => {
    const watch = watchArguments(everySecret);
    await succeeds(stack);
    expect(await watch.stop()).toEqual([]);
    expect(await versions()).toEqual(["1.0.0", "1.0.0"]);
    expect(await (await fetch(`${url(two)}/health`)).json()).toMatchObject({ services: { database: "healthy" } });
  });

  test("are what a host should be", () => {
    expect(one.sh("id -nG slipway")).toBe("slipway docker");
    expect(one.sh("stat -c '%a %U' /opt/ape-2026 /home/slipway/.ssh/authorized_keys")).toBe("750 slipway\n600 slipway");
    expect(one.sh("passwd --status slipway")).toMatch(/^slipway L/);
    expect(one.sh("su slipway -c 'sudo -n true' 2>&1 || echo refused")).toContain("refused");
    expect(JSON.parse(one.sh("docker info --format '{{json .}}'"))).toMatchObject({
      LoggingDriver: "local",
      LiveRestoreEnabled: true,
    });
    expect(one.sh("apt-config dump APT::Periodic::Unattended-Upgrade")).toContain('"1"');
    expect(one.sh("systemctl is-enabled nftables docker")).toBe("enabled\nenabled");
  });

  test("let in SSH and the proxy, and nothing that somebody else publishes", async () => {
    const image = `${lab.registry}/slipway/node:1`;
    const serve = 'require("http").createServer((_, answer) => answer.end("here")).listen(9999)';
    one.sh(`docker run --detach --name leak --publish 9999:9999 --entrypoint node ${image} -e '${serve}'`);
    const ask = `docker exec leak node -e 'fetch("http://127.0.0.1:9999").then(async (a) => console.log(await a.text()))'`;
    one.sh(`timeout 20 sh -c 'until ${ask.replaceAll("'", `'"'"'`)} 2> /dev/null | grep here; do sleep 0.2; done'`);
    await expect(fetch(`http://${one.address}:9999`, { signal: AbortSignal.timeout(2_000) })).rejects.toThrow();
    expect(await version(one)).toBe("1.0.0");

    // A cloud's metadata service, as a container and as a worker of the proxy see it, and as root does.
    one.sh(`ip netns add cloud; ip link add cloud0 type veth peer name eth0 netns cloud
      ip addr add 169.254.169.1/24 dev cloud0; ip link set cloud0 up; ip -n cloud addr add 169.254.169.254/24 dev eth0
      ip -n cloud link set eth0 up; ip -n cloud route add default via 169.254.169.1
      setsid ip netns exec cloud perl -MIO::Socket::INET -e '
        my $door = IO::Socket::INET->new(LocalPort => 80, Listen => 5, ReuseAddr => 1) or die;
        while (my $guest = $door->accept) { print $guest "keys\\n"; close $guest }' > /dev/null 2>&1 &`);
    const knock = `timeout 2 bash -c "cat < /dev/tcp/169.254.169.254/80" 2> /dev/null`;
    one.sh(`timeout 20 sh -c 'until ${knock} | grep keys; do sleep 0.2; done'`);
    expect(one.sh(`setpriv --reuid 7008 --regid 7008 --clear-groups ${knock} || echo nothing`)).toBe("nothing");
    expect(one.sh(`docker exec leak ${knock} || echo nothing`)).toBe("nothing");
    one.sh("docker rm --force leak; ip netns delete cloud");
  });

  test("again: nothing changes", async () => {
    await succeeds(stack, "--expect-no-changes");
  });

  test("a preview with nothing to do opens no connection", async () => {
    for (const machine of [one, two]) hangUp(machine);
    const before = [one.logins(), two.logins()];
    const { code, output: said } = await stack.preview("--expect-no-changes");
    expect(code, said).toBe(0);
    expect([one.logins(), two.logins()]).toEqual(before);
  });

  test("a preview shows that another proxy takes over, and opens no connection for that either", async () => {
    const before = [one.logins(), two.logins()];
    await stack.set({ "stockImages.haproxy": `${lab.registry}/slipway/haproxy:2` });
    const { code, output: said } = await stack.preview();
    await stack.set({ "stockImages.haproxy": `${lab.registry}/slipway/haproxy:1` });
    expect(code, said).toBe(0);
    for (const proxy of ["router-proxy", "router-second-proxy"]) {
      expect(said).toMatch(new RegExp(`${proxy}\\):[^(]*Proxy [0-9a-f]{8} goes into place 2 and takes over`));
    }
    expect([one.logins(), two.logins()]).toEqual(before);
  });

  test("a second stack, with databases, shares one of them, which it reaches through the other one", async () => {
    const before = two.logins();
    await succeeds(staging);
    expect(two.logins()).toBeGreaterThan(before);
    expect(await version(one, 8090)).toBe("1.0.0");
    expect(await versions()).toEqual(["1.0.0", "1.0.0"]);
    expect(one.sh("stat -c %a /opt/ape-2026/backups/*/*.dump")).toBe("600");
  });

  test("is backed up by its host's own clock, as the user who deploys, until nobody wants that any more", async () => {
    const unit = "slipway-backup-ape-2026-staging";
    await staging.set({ "backups.every": "1m" });
    await succeeds(staging);
    const made = "/opt/ape-2026/backups/*/by-clock-*.dump";
    expect(one.sh(`timeout 90 sh -c 'until ls ${made} 2> /dev/null; do sleep 0.2; done'`)).toMatch(
      /by-clock-\d{8}T\d{6}Z/,
    );
    expect(one.sh(`stat -c '%a %U' ${made} | sort -u`)).toBe("600 slipway");
    expect(one.sh(`systemctl show -p User -p NoNewPrivileges ${unit}.service`)).toContain("User=slipway");
    expect(
      one.sh(
        `timeout 90 sh -c 'while systemctl is-active ${unit}.service | grep -q activating; do sleep 0.2; done'; systemctl show --value -p Result ${unit}.service`,
      ),
    ).toBe("success");
    await succeeds(staging, "--expect-no-changes");
    expect((await staging.slipway("status")).output).toMatch(
      /^backup +by-clock-\w+\.(postgres\.dump|redis\.rdb) is \d+ s old/m,
    );
    await staging.unset("backups.every");
    await succeeds(staging);
    expect(
      one.sh(
        `systemctl list-timers --all --no-legend '${unit}*'; ls /usr/local/lib/slipway /etc/systemd/system | grep ${unit} || echo none`,
      ),
    ).toBe("none");
  });

  test("take a release one after the other, with at most 4 logins each and without a failed request", async () => {
    for (const machine of [one, two]) hangUp(machine);
    const before = [one.logins(), two.logins()];
    const stop = loadOnBoth();
    await stack.set({ version: "1.1.0" });
    const { output: said } = await succeeds(stack);
    await stop();
    expect(await versions()).toEqual(["1.1.0", "1.1.0"]);
    const rises = [one, two].map((machine, index) => machine.logins() - (before[index] ?? 0));
    for (const rise of rises) expect(rise).toBeLessThanOrEqual(4);
    expect(said.indexOf("api-second-promote")).toBeGreaterThan(said.indexOf("promoted: green is live"));
  });

  test("the time of each phase is in its record", () => {
    const records = JSON.parse(
      one.sh("docker exec ape-2026-production-controller slipway-router rollouts --json"),
    ) as RolloutRecord[];
    const { seconds } = records.find(({ rollout }) => rollout === 2) ?? {};
    expect(seconds).toEqual({
      drain: expect.any(Number) as number,
      prepare: expect.any(Number) as number,
      gate: expect.any(Number) as number,
      move: expect.any(Number) as number,
      watch: expect.any(Number) as number,
      return: 0,
    });
    // The pull, two steps with a pause of a second, and the watch.
    expect(seconds).not.toMatchObject({ prepare: 0 });
    expect(seconds?.move).toBeGreaterThanOrEqual(1);
    expect(seconds?.watch).toBeGreaterThanOrEqual(2);
  });

  test("go back", async () => {
    const stop = loadOnBoth();
    await stack.set({ version: "1.0.0" });
    await succeeds(stack);
    await stop();
    expect(await versions()).toEqual(["1.0.0", "1.0.0"]);
  });

  test("what somebody did by hand on one of them is said, and mended by one plain up that nobody notices", async () => {
    const stop = loadOnBoth();
    two.sh("docker rm -f ape-2026-production-green-1 && docker stop -t 1 ape-2026-production-proxy-2");
    const said = await succeeds(stack);
    await stop();
    expect(said.output).toContain("(ape-2026-production-green-1) is not there: it is made anew");
    expect(said.output).toContain("(ape-2026-production-proxy-2) is stopped: it is started");
    expect(await versions()).toEqual(["1.0.0", "1.0.0"]);
    await succeeds(stack, "--expect-no-changes");
  });
});

watchedFromFirst(() => ({ lab, one, two, stack }));

describe("the second stack, replica by replica", () => {
  const records = () =>
    JSON.parse(one.sh("docker exec ape-2026-staging-controller slipway-router rollouts --json")) as RolloutRecord[];

  test("takes a release without a failed request", async () => {
    const load = startLoad(url(one, 8090), 2);
    await staging.set({ version: "1.1.0" });
    await succeeds(staging);
    expect(await load.stop()).toMatchObject({ failed: 0, failures: [] });
    expect(await version(one, 8090)).toBe("1.1.0");
    const [record] = records();
    expect(record).toMatchObject({ strategy: "rolling", verdict: "promoted" });
    expect(record?.steps.map(({ replicas }) => replicas)).toEqual(expect.arrayContaining([1, 2]));
  });

  const place = () => ({
    prefix: "ape-2026-staging",
    live: "green",
    standby: "blue",
    image: `${lab.registry}/slipway/redis:1`,
    backups: "/opt/ape-2026/backups/ape-2026-staging",
    isPrepared: true,
  });
  const ids = (kept: readonly string[]) =>
    kept.length > 0 ? one.sh(`docker inspect --format '{{.Id}} {{.State.StartedAt}}' ${kept.join(" ")}`) : "";
  // `make soak` goes through all of them; test/e2e/mending.test.ts does so on this machine each time.
  const isSoak = changesAtOnce(0) === 1;
  const tried = isSoak ? handChanges(place(), 1) : [];
  test.each(tried.map((each) => [each.name, each] as const))(
    "says and mends what somebody did by hand: %s",
    async (_, { harm, says, kept }) => {
      const before = ids(kept);
      one.sh(harm);
      const said = await succeeds(staging);
      for (const line of says) expect(said.output).toContain(line);
      expect(ids(kept)).toBe(before);
      expect(await version(one, 8090)).toBe("1.1.0");
      await succeeds(staging, "--expect-no-changes");
    },
  );

  if (isSoak) {
    test("is taken into a new state when its own is lost, under load, with nothing to do afterwards", async () => {
      const load = startLoad(url(one, 8090), 2);
      const ours = () =>
        one.sh(
          `docker inspect --format '{{.Id}} {{.State.StartedAt}}' $(docker ps -q --filter name=^/${place().prefix}- | sort)`,
        );
      const before = ours();
      rmSync(staging.state, { recursive: true });
      mkdirSync(staging.state);
      await staging.init();
      expect(await fails(staging)).toContain("has this stack's containers, and the state knows none of them");
      const adopted = await staging.slipway("adopt");
      output.push(adopted.output);
      expect(adopted.code, adopted.output).toBe(0);
      expect(adopted.output).toContain("container ape-2026-staging-postgres");
      expect(adopted.output).toContain("The next pulumi up has nothing to do.");
      await succeeds(staging, "--expect-no-changes");
      expect(ours()).toBe(before);
      expect(await load.stop()).toMatchObject({ failed: 0, failures: [] });
    });
  }

  test("goes back by itself from one that gets no healthy replica, without a failed request", async () => {
    const load = startLoad(url(one, 8090), 2);
    await staging.set({ version: "1.0.0", faults: "unhealthy", "health.gateSeconds": "5" });
    expect(await fails(staging)).toMatch(/release 1\.0\.0-[0-9a-f]{8}: rejected/);
    expect(await load.stop()).toMatchObject({ failed: 0, failures: [] });
    expect(await version(one, 8090)).toBe("1.1.0");
  });

  test("and is as it was with the next up, which leaves nothing to do", async () => {
    await staging.set({ version: "1.1.0", faults: "", "health.gateSeconds": "15" });
    await succeeds(staging);
    await succeeds(staging, "--expect-no-changes");
    expect(await version(one, 8090)).toBe("1.1.0");
  });
});

describe("when it goes wrong", () => {
  test("on the second host, the first one is brought back by the same up", async () => {
    const stop = loadOnBoth();
    await stack.set({ version: "1.1.0", "env.TRY": "one" });
    // Its new container never gets to answer.
    const filters = ["label=slipway.slot=green", "label=slipway.stack=production", "status=running"];
    const find = `docker ps -q ${filters.map((filter) => `--filter ${filter}`).join(" ")}`;
    const standby = two.sh(find);
    two.background(`while sleep 0.1; do ${find} | grep -v ${standby} | xargs -r docker kill; done`);
    const said = await fails(stack);
    two.stopBackground();
    await stop();
    expect(said).toContain(`ssh://slipway@${one.address}:22 goes back`);
    expect(said).toMatch(/release 1\.1\.0-[0-9a-f]{8}: rejected/);
    expect(await versions()).toEqual(["1.0.0", "1.0.0"]);
  });

  test("and the next up brings both there", async () => {
    await succeeds(stack);
    expect(await versions()).toEqual(["1.1.0", "1.1.0"]);
  });

  const ledgerOf = (machine: Machine) => machine.sh("docker exec ape-2026-production-controller slipway-router ledger");
  const firstHostAtHalf = () =>
    expect.poll(() => ledgerOf(one), { timeout: 120_000, interval: 300 }).toContain('"percent":50');

  test("pulumi that is killed in the middle of a rollout leaves it to the host; the next up brings both there", async () => {
    await stack.set({ "env.TRY": "killed", "profile.pauseSeconds": "3" });
    const killed = stack.startUp();
    const ended = once(killed, "exit");
    await firstHostAtHalf();
    process.kill(-(killed.pid ?? NaN), "SIGKILL");
    await ended;
    await expect.poll(() => ledgerOf(one), { timeout: 60_000, interval: 300 }).toContain('"running":null');
    expect(JSON.parse(ledgerOf(one))).toMatchObject({ last: { result: "promoted" } });
    expect(await stack.heal()).toContainEqual(expect.stringContaining("removed the lock"));
    await succeeds(stack);
    expect(await versions()).toEqual(["1.1.0", "1.1.0"]);
    await succeeds(stack, "--expect-no-changes");
  });

  test("a host that loses its network in the middle of a rollout goes on, and so does the up", async () => {
    await stack.set({ "env.TRY": "two", "profile.pauseSeconds": "8" });
    const going = up(stack);
    await firstHostAtHalf();
    one.cutOff();
    // Longer than the 15 s after which a silent connection counts as lost.
    await pause(25_000);
    one.restore();
    const { code, output: said } = await going;
    expect(code, said).toBe(0);
    expect(said).toContain("is out of reach; it goes on by itself");
    expect(await versions()).toEqual(["1.1.0", "1.1.0"]);
  });

  test("a host that reboots in the middle of a rollout ends it afterwards", async () => {
    await stack.set({ "env.TRY": "three" });
    const going = up(stack);
    await firstHostAtHalf();
    await one.reboot();
    const { code, output: said } = await going;
    expect(code, said).toBe(0);
    await expect.poll(versions, { timeout: 120_000 }).toEqual(["1.1.0", "1.1.0"]);
    await stack.set({ "profile.pauseSeconds": "1" });
    await succeeds(stack);
  });
});

describe("by cd.yml, from a commit to both servers", () => {
  let road: RealRoad;
  let sha: string;
  /** Digests under which a server has this commit's image. */
  const digests = (machine: Machine) =>
    machine
      .sh(`docker images --digests --format '{{.Repository}} {{.Digest}}' | grep 'shop/api ' | sort -u`)
      .split("\n")
      .map((line) => line.split(" ")[1]);
  beforeAll(async () => {
    for (const machine of [one, two]) hangUp(machine);
    road = await RealRoad.of(lab, { staging, production: stack }, "acme/api:1.1.0");
  });
  afterAll(() => road.remove());

  test("a push to main is built, pushed and signed once, and staging gets it", async () => {
    const { sha: pushed, results, log } = await road.push();
    output.push(log);
    sha = pushed;
    expect({ results, log }).toMatchObject({ results: { build: "success", attest: "success", staging: "success" } });
    expect(await version(one, 8090)).toBe(`sha-${sha}`);
  });

  test("its tag goes to production with the same digest, after a person's yes and without a build", async () => {
    const { results, log } = await road.release("v2.0.0", sha);
    output.push(log);
    expect({ results, log }).toMatchObject({ results: { approval: "success", production: "success" } });
    expect(road.calls("build")).toHaveLength(1);
    expect(await versions()).toEqual(["v2.0.0", "v2.0.0"]);
    const [digest] = digests(one);
    expect(digest).toMatch(/^sha256:/);
    expect([digests(one), digests(two)]).toEqual([[digest], [digest]]);
  });

  test("a release that is never healthy is red, taken back and told", async () => {
    const { results, log } = await road.push('CMD ["sleep", "600"]\n');
    output.push(log);
    expect({ results, log }).toMatchObject({ results: { attest: "success", staging: "failure" } });
    expect(log).toMatch(/rejected/);
    expect(await version(one, 8090)).toBe(`sha-${sha}`);
    expect(road.notices.posted.map(({ body }) => body)).toEqual([
      { text: expect.stringContaining("staging: sha-") as string },
    ]);
  });
});

describe("one clear screen", () => {
  const bareStack = (host: object = {}) =>
    newStack(`bare-${String(stacks.length)}`, { host: { ...hostOf(bare), ...host }, listenPort: 8070 });

  test("a wrong host key: nothing is sent", async () => {
    const other = await bareStack({ hostKey: one.hostKey() });
    const before = bare.logins();
    expect(await fails(other)).toMatch(
      /slipway:host\.hostKey: is not the key that the host shows, .*got SHA256:\S+; allowed only the pinned one .*Fix: find out why/,
    );
    expect(bare.logins()).toBe(before);
  });

  test("a wrong key of the server on the way, and a host that it does not reach", async () => {
    const wrong = await bareStack({ jump: { ...jumpBy(two), hostKey: one.hostKey() } });
    expect(await fails(wrong)).toMatch(
      /slipway:host\.jump\.hostKey: is not the key that the host shows, .*got SHA256:\S+; .* Fix: find out why/,
    );
    const dead = await bareStack({ jump: jumpBy(two), port: 2299 });
    expect(await fails(dead)).toMatch(
      /slipway:host: can't be reached, got no way to it from ssh:\/\/admin@\S+; .* Fix: start it/,
    );
  });

  test("a dead host, in less than a minute", async () => {
    const dead = await bareStack({ address: `${subnet}.99` });
    const started = Date.now();
    expect(await fails(dead)).toMatch(
      /slipway:host: can't be reached, got .*(No route to host|timed out).*Fix: start it/,
    );
    expect(Date.now() - started).toBeLessThan(60_000);
  });

  test("a full disk", async () => {
    bare.sh("mount -t tmpfs -o size=50m tmpfs /var/lib/docker");
    expect(await fails(await bareStack())).toMatch(
      /slipway:host: has no room for a release, got \d+ MB free.*allowed at least 1024 MB. Fix:/,
    );
    bare.sh("umount /var/lib/docker");
  });

  test("a missing Docker, where nobody may install it", async () => {
    const taken = await bareStack({ user: "admin", admin: undefined });
    expect(await fails(taken)).toMatch(
      /slipway:host: has no Docker engine that its user may use, got .*not found.*Fix: install Docker/,
    );
  });

  test("a wrong registry password", async () => {
    const other = await bareStack();
    await other.setSecret("registryPassword", "not-the-password");
    const said = await fails(other);
    expect(said).toMatch(
      /slipway:registryPassword: does not open the registry, got HTTP status 401 as puller.*Fix: pulumi config set --secret/,
    );
    expect(said).not.toContain("not-the-password");
  });

  test("a key that the host does not know", async () => {
    hangUp(bare, "admin");
    bare.sh("mv /home/admin/.ssh/authorized_keys /root/kept");
    expect(await fails(await bareStack())).toMatch(
      /slipway:host: does not let this machine in, .*Permission denied.*Fix: put the public key/,
    );
    bare.sh("mv /root/kept /home/admin/.ssh/authorized_keys");
  });

  test("and nothing of all that is half-done", () => {
    expect(bare.sh("id slipway 2>&1 || true")).toContain("no such user");
    expect(bare.sh("command -v dockerd || echo none")).toBe("none");
  });
});

describe("50 planted secrets", () => {
  test("are in no state, log, image or environment in plain text", () => {
    const files = [stack, staging].flatMap(({ state }) =>
      readdirSync(state, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8")),
    );
    const hosts = [one, two].flatMap((machine) => [
      machine.sh("docker ps -aq | xargs docker inspect; docker images -q | sort -u | xargs docker inspect"),
      machine.sh("docker images -q | sort -u | xargs -n1 docker history --no-trunc"),
      machine.sh("for c in $(docker ps -aq); do docker logs $c 2>&1; done; journalctl --no-pager"),
    ]);
    const everything = [...files, ...hosts, ...output].join("\n");
    expect(everything).toContain("ape-2026-production-blue-1");
    expect(everySecret.filter((secret) => everything.includes(secret))).toEqual([]);
  });

  test("are in no file of a host that more than its owner reads", () => {
    const found = one.sh(
      "cat > /run/patterns; chmod 600 /run/patterns; grep -rlFf /run/patterns --exclude-dir=merged /etc /home /opt /root /srv /tmp /usr/local /var 2> /dev/null || true; rm /run/patterns",
      everySecret.join("\n"),
    );
    expect(found.split("\n").length).toBeGreaterThan(40);
    const modes = one.sh("xargs stat -c '%a %n'", found).split("\n");
    expect(modes.filter((line) => !/^[46]00 /.test(line))).toEqual([]);
  });
});

destroyedWhileWatched(() => ({ lab, one, two, stack }));
