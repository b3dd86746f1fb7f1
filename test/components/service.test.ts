import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import * as pulumi from "@pulumi/pulumi";
import { Databases } from "../../components/databases.ts";
import { HostByHost } from "../../components/host-by-host.ts";
import { Host } from "../../components/host.ts";
import { Router } from "../../components/router.ts";
import { Service } from "../../components/service.ts";
import type { DatabaseKind } from "../../lib/databases/schema.ts";
import { emptyLedger, type Ledger } from "../../lib/releases/ledger.ts";
import { localConnection, sshConnection } from "../../lib/hosts/host-connection.ts";
import { HostNames } from "../../lib/hosts/naming.ts";
import { containerSpec } from "../../lib/releases/container.ts";
import { nothingToMend } from "../../lib/releases/mending.ts";
import { makeRelease, type Release } from "../../lib/releases/release.ts";
import { parseSettings, type Settings } from "../../settings/settings.ts";
import { planSlots } from "../../lib/releases/slot-plan.ts";
import type { SecretFiles } from "../../router/secret-files.ts";
import { record, secretMark, withoutSecrets, type Recorded } from "../support/recorder.ts";

const raw = {
  service: "ape",
  version: "1.1.0",
  host: '{"kind":"local"}',
  hosts: "{}",
  image: '{"build":"examples/ape-2026"}',
  stockImages: "{}",
  url: "",
  listenAddress: "127.0.0.1",
  listenPort: "8080",
  subnet: "10.9.9.0/24",
  port: "8000",
  replicas: "2",
  env: '{"LEVEL":"info"}',
  databases: '{"postgres":{"name":"ape","user":"ape"},"redis":{},"neo4j":{}}',
  backups: '{"directory":"/backups"}',
  health: "{}",
  strategy: "blue-green",
  profile: "{}",
  verdict: "{}",
  limits: "{}",
  container: "{}",
  release: "{}",
  clients: "{}",
  accessLog: "{}",
  sticky: "true",
  preview: "{}",
  drainSeconds: "300",
  volumes: "{}",
  notices: '{"slack":{}}',
  freeze: "{}",
  critical: "",
  faults: "",
};

function settings(): Settings {
  const parsed = parseSettings(raw, { secrets: ["token"], noticeSecrets: ["slack-url"] });
  if ("problems" in parsed) throw new Error(JSON.stringify(parsed.problems));
  return parsed.settings;
}

const container = containerSpec(settings(), { token: "planted-token" });
const releaseOf = (version: string, replicas = 2) =>
  makeRelease({ version, image: `ape:${version}`, container: { ...container, replicas } });
const [one, two] = [releaseOf("1.0.0"), releaseOf("1.1.0")];
const released: Ledger = {
  ...emptyLedger,
  rollout: 3,
  promoted: 3,
  live: "blue",
  slots: { blue: { release: one, state: "holds" }, green: { release: releaseOf("0.9.0"), state: "holds" } },
};

let resources: Recorded[];
let errorHooks: pulumi.ErrorHook[];
let stop: () => void;
beforeEach(async () => {
  ({ resources, errorHooks, stop } = await record());
});
afterEach(() => {
  stop();
});

async function declare(
  ledger: Ledger,
  wanted = two,
  deleteData: Settings["deleteData"] = [],
  mending = nothingToMend,
  leaving: readonly DatabaseKind[] = [],
): Promise<Service> {
  const declared = Object.entries(settings().databases).filter(
    ([kind]) => !(leaving as readonly string[]).includes(kind),
  );
  const all = { ...settings(), deleteData, databases: Object.fromEntries(declared) };
  const host = new Host("host", {
    service: "ape",
    stack: "test",
    subnet: all.subnet,
    backups: "/backups",
    ports: [8080],
    connection: localConnection("unix:///d.sock"),
    names: new HostNames("ape", "test", all.subnet),
    mending,
  });
  const router = new Router("router", {
    host,
    settings: all,
    serving: ledger.proxy,
    noticeSecrets: { "slack-url": "planted-url" },
    tlsKey: "",
  });
  const databases = new Databases("databases", {
    host,
    databases: all.databases,
    deleteData: all.deleteData,
    backups: all.backups,
    stockImages: all.stockImages,
    volumes: all.volumes,
  });
  const planned = {
    ledger,
    plan: planSlots(ledger, wanted),
    leaving,
    container,
    build: { context: "examples/ape-2026", args: { VERSION: "1.1.0" } },
  };
  const service = new Service("api", {
    host,
    hostByHost: new HostByHost(1),
    router,
    databases,
    planned,
    settings: all,
  });
  await pulumi.runtime.disconnect();
  return service;
}

const named = (name: string, type = ""): Recorded => {
  const found = resources.find((resource) => resource.name === name && resource.type.includes(type));
  if (!found) throw new Error(`no ${name} among ${resources.map((resource) => resource.name).join(", ")}`);
  return found;
};
const valueOf = <T>(output: pulumi.Output<T>) => new Promise<unknown>((resolve) => output.apply(resolve));
const untouched = (name: string, type = "") => named(name, type).ignoreChanges.includes("*");

test("data stay on the host, whatever becomes of the stack, unless slipway:deleteData names them", async () => {
  await declare(emptyLedger);
  const kept = () => resources.filter(({ type, retainOnDelete }) => type.includes("Volume") && retainOnDelete);
  expect(kept().map(({ name }) => name)).toEqual(
    ["postgres", "redis", "neo4j"].map((kind) => `databases-${kind}-volume`),
  );
  resources.length = 0;
  await declare(emptyLedger, two, ["redis"]);
  expect(kept().map(({ name }) => name)).toEqual(["postgres", "neo4j"].map((kind) => `databases-${kind}-volume`));
  const backedUpLast = resources.filter(({ name }) => name.endsWith("-last-backup"));
  expect(backedUpLast.map(({ name, inputs }) => [name, inputs.create])).toEqual([
    ["databases-redis-last-backup", "true"],
  ]);
});

describe("structure", () => {
  test("every resource has a parent whose name begins its own", async () => {
    await declare(emptyLedger);
    const tops = ["host", "router", "databases", "api"];
    for (const { name, parent, type } of resources.filter(
      ({ name }) => !tops.includes(name) && name !== "slipway-test",
    )) {
      const parentName = parent.split("::").at(-1) ?? "";
      expect(parentName, `${type} ${name}`).not.toBe("");
      expect(name.startsWith(parentName), `${name} under ${parentName}`).toBe(true);
    }
  });

  test("the resources are the same whatever the plan is", async () => {
    const shapes = [];
    for (const [ledger, wanted] of [
      [emptyLedger, two],
      [released, two],
      [released, one],
      [{ ...released, live: "green" as const }, one],
    ] as const) {
      resources.length = 0;
      await declare(ledger, wanted);
      shapes.push(
        resources
          .filter(({ name }) => !name.includes("-green-"))
          .map(({ type, name }) => `${type} ${name}`)
          .sort(),
      );
    }
    for (const shape of shapes) expect(shape).toEqual(shapes[0]);
    expect(shapes[0]).toMatchSnapshot();
  });
});

describe("a release", () => {
  test("goes into the standby; the live slot and everything that a release does not need ignore every change", async () => {
    await declare(released, two);
    expect(untouched("api-blue-1") && untouched("api-blue-2") && untouched("api-blue-image")).toBe(true);
    expect(untouched("api-green-1") || untouched("api-green-image")).toBe(false);
    expect(untouched("api-guard") || untouched("api-backup-dump") || untouched("api-promote")).toBe(false);
  });

  test("a return touches no container, no backup and no guard: only the promotion runs", async () => {
    await declare({ ...released, live: "green" }, one);
    for (const name of [
      "api-blue-1",
      "api-green-1",
      "api-blue-image",
      "api-blue-secrets-write",
      "api-green-secrets-volume",
      "api-guard",
      "api-backup-dump",
    ]) {
      expect(untouched(name), name).toBe(true);
    }
    expect(untouched("api-promote")).toBe(false);
  });

  test("a database that leaves is backed up before any traffic moves, and the controller is told what goes", async () => {
    const left = async (ledger: Ledger, wanted: Release) => {
      resources.length = 0;
      const { standby } = await declare(ledger, wanted, [], nothingToMend, ["neo4j"]);
      expect(untouched("api-backup-dump")).toBe(false);
      expect(JSON.parse(String(named("api-promote").inputs.stdin))).toMatchObject({
        loses: "Neo4j",
        backup: expect.arrayContaining([expect.stringMatching(/\.neo4j\.cypher$/)]) as string[],
      });
      expect(await valueOf(standby)).toBeNull();
    };
    await left(released, two);
    await left({ ...released, live: "green" }, one);
  });

  test("nothing to do touches nothing", async () => {
    await declare(released, one);
    for (const name of ["api-blue-1", "api-green-1", "api-guard", "api-backup-dump", "api-promote"]) {
      expect(untouched(name), name).toBe(true);
    }
  });

  test("an image that can't be built is said with what to do, and not tried again", async () => {
    const said = vi.spyOn(pulumi.log, "error").mockResolvedValue(undefined);
    await declare(released, two);
    expect(errorHooks.map(({ name }) => name)).toEqual(["api-green-image-failed"]);
    expect(await errorHooks[0]?.callback({} as pulumi.ErrorHookArgs)).toBe(false);
    expect(said.mock.calls[0]?.[0]).toContain("Fix: `docker build examples/ape-2026` shows what each step prints");
    said.mockRestore();
  });

  test("no container is touched before the guard, no traffic moves before backup and slots", async () => {
    await declare(released, two);
    const urns = (...names: string[]) => names.map((name) => named(name).urn);
    expect(named("api-green-1").dependsOn).toEqual(expect.arrayContaining(urns("api-guard")));
    // What the guard puts away is the way back.
    expect(named("api-guard").dependsOn).toEqual(expect.arrayContaining(urns("api-green-image", "api-blue-image")));
    expect(named("api-green-image").dependsOn).not.toContain(named("api-guard").urn);
    // One that is missing there is the way back to a service that answers, with which the guard may still refuse this release.
    for (const step of urns("api-guard", "api-backup-dump")) expect(named("api-blue-1").dependsOn).not.toContain(step);
    // Side by side: only the start waits for the backup, or a release that alters a table would make live wait behind the dump.
    for (const name of ["api-green-image", "api-green-secrets-write"])
      expect(named(name).dependsOn).not.toEqual(expect.arrayContaining(urns("api-backup-dump")));
    expect(named("api-green-1").dependsOn).toEqual(expect.arrayContaining(urns("api-backup-dump")));
    expect(named("api-backup-dump").dependsOn).toEqual(expect.arrayContaining(urns("api-guard", "databases-postgres")));
    expect(named("api-promote").dependsOn).toEqual(
      expect.arrayContaining(urns("api-backup-dump", "api-green-1", "api-green-2", "api-blue-1")),
    );
  });

  test("the controller is told what goes where", async () => {
    await declare(released, two);
    const promote = JSON.parse(String(named("api-promote").inputs.stdin)) as unknown;
    expect(promote).toEqual({
      slot: "green",
      release: { ...two, row: 2 },
      rollout: 4,
      holds: { blue: one, green: { ...two, row: 2 } },
      by: expect.stringMatching(/.+@.+|GitHub Actions/) as string,
      backup: ["postgres.dump", "redis.rdb", "neo4j.cypher"].map(
        (kind) => `/backups/ape-test/000004-before-${two.id}.${kind}`,
      ),
    });
    expect(named("api-promote").inputs).toMatchObject({ environment: { CONTROLLER: "ape-test-controller" } });
    expect(JSON.parse(String(named("api-guard").inputs.stdin))).toEqual({
      slot: "green",
      release: { ...two, row: 2 },
      rollout: 4,
    });
    expect(named("api-guard").inputs).toMatchObject({
      environment: {
        SLOTS: "green",
        TAKES: expect.stringMatching(/^10\.9\.9\.40 .* 10\.9\.9\.47$/) as string,
        DRAIN: "300",
      },
    });
  });

  test("containers know their version and slot, their attempt, and nothing they need not", async () => {
    await declare(released, two);
    const { inputs } = named("api-green-2");
    expect(inputs).toMatchObject({
      name: "ape-test-green-2",
      image: "sha256:api-green-image",
      user: "10001:10001",
      envs: expect.arrayContaining([
        "LEVEL=info",
        "SLIPWAY_VERSION=1.1.0",
        "SLIPWAY_SLOT=green",
        "PORT=8000",
      ]) as string[],
      networksAdvanced: [{ ipv4Address: "10.9.9.41" }],
    });
    expect(inputs).toMatchObject({ stopTimeout: 25 });
    for (const part of ["ports", "command", "cpus"]) expect(inputs).not.toHaveProperty(part);
    expect(JSON.stringify(inputs.labels)).toContain('{"label":"slipway.rollout","value":"4"}');
  });
});

describe("the proxy", () => {
  const serving = (id: string) => ({ ...released, proxy: { place: 2 as const, id } });
  const idOf = () =>
    (JSON.parse(String(named("router-proxy-switch").inputs.stdin)) as { place: number; id: string }).id;

  test("that serves is touched by no plan; another one goes into the other place, past the guard, and takes over", async () => {
    await declare(serving("old"), one);
    expect([1, 2].map((place) => untouched(`router-proxy-${String(place)}`, "Container"))).toEqual([false, true]);
    expect(named("router-proxy-1", "Container").dependsOn).toContain(named("router-proxy-guard").urn);
    expect(named("router-proxy-switch").dependsOn).toContain(named("router-proxy-1", "Container").urn);
    for (const name of ["router-proxy-guard", "router-proxy-switch"]) {
      expect(JSON.parse(String(named(name).inputs.stdin)), name).toMatchObject({ place: 1 });
      expect(untouched(name), name).toBe(false);
    }
  });

  test("is left alone while it is the wanted one, whatever a release changes", async () => {
    await declare(serving("old"), one);
    const id = idOf();
    resources.length = 0;
    await declare(serving(id), two);
    for (const name of ["router-proxy-guard", "router-proxy-switch", "router-proxy-1", "router-proxy-2"]) {
      expect(untouched(name), name).toBe(true);
    }
  });

  test("has the host's network, few rights, and a stop that lets requests end", async () => {
    await declare(emptyLedger);
    expect(named("router-proxy-1", "Container").inputs).toMatchObject({
      networkMode: "host",
      user: "0:7007",
      readOnly: true,
      stopSignal: "SIGUSR1",
      destroyGraceSeconds: 305,
      capabilities: { drops: ["ALL"] },
    });
  });
});

describe("outputs", () => {
  test("are what a person asks for", async () => {
    const { url, live, standby } = await declare(released, two);
    expect(await valueOf(url)).toBe("http://127.0.0.1:8080");
    expect(await valueOf(live)).toEqual({ slot: "green", version: "1.1.0", release: two.id, image: two.image });
    expect(await valueOf(standby)).toEqual({ slot: "blue", version: "1.0.0", release: one.id, image: one.image });
  });

  test("name no standby where the last release was rejected: nobody can return to it", async () => {
    const green = { release: two, state: "preparing" } as const;
    const { live, standby } = await declare({ ...released, slots: { ...released.slots, green } }, one);
    expect(await valueOf(live)).toMatchObject({ slot: "blue", version: "1.0.0" });
    expect(await valueOf(standby)).toBeNull();
  });
});

describe("secrets", () => {
  test("reach the containers as files of the service's user, marked secret, and nothing else", async () => {
    await declare(emptyLedger);
    const { inputs, wire } = named("api-blue-secrets-write");
    const files = JSON.parse(String(inputs.stdin)) as SecretFiles;
    expect((inputs.environment as { OWNER?: string }).OWNER).toBe("10001");
    expect(Object.keys(files).sort()).toEqual(["database-url", "neo4j-url", "redis-url", "token"]);
    expect(wire).toContain(secretMark);
    expect(inputs).toMatchObject({ logging: "none" });
    expect(named("api-blue-1").inputs).toMatchObject({
      volumes: [{ volumeName: "ape-test-blue-secrets", containerPath: "/run/secrets", readOnly: true }],
    });
    expect((named("api-blue-1").inputs.envs as string[]).slice(0, 4)).toEqual([
      "TOKEN_FILE=/run/secrets/token",
      "DATABASE_URL_FILE=/run/secrets/database-url",
      "REDIS_URL_FILE=/run/secrets/redis-url",
      "NEO4J_URL_FILE=/run/secrets/neo4j-url",
    ]);
    const outsideSecrets = resources.filter((resource) => /planted-(token|url)/.test(withoutSecrets(resource)));
    expect(outsideSecrets).toEqual([]);
  });

  test("no password of a database passes through here: addresses have a mark for it, and no container gets one", async () => {
    await declare(emptyLedger);
    const { stdin, environment } = named("api-blue-secrets-write").inputs;
    expect(JSON.parse(String(stdin))).toMatchObject({
      "database-url": "postgresql://ape:\u0001postgres\u0001@10.9.9.4:5432/ape",
      "redis-url": "redis://:\u0001redis\u0001@10.9.9.5:6379/0",
      "neo4j-url": "bolt://neo4j:\u0001neo4j\u0001@10.9.9.6:7687",
    });
    expect(environment).toMatchObject({ PREFIX: "ape-test", KINDS: "postgres redis neo4j" });
    for (const kind of ["postgres", "redis", "neo4j"]) {
      expect(named(`databases-${kind}`).inputs).not.toHaveProperty("uploads");
      // One that runs, with a password from the state, is not replaced to get it from the host.
      expect(named(`databases-${kind}`).ignoreChanges).toEqual(expect.arrayContaining(["uploads", "envs", "command"]));
      expect((named(`databases-${kind}-password`).inputs.environment as { STEP: string }).STEP).toMatch(
        /> \/dev\/null\n$/,
      );
    }
  });

  test("a database that is made anew is as declared, and its password is looked after once more", async () => {
    const recreate = { ...nothingToMend.recreate, container: new Set(["ape-test-redis"]) };
    await declare(released, two, [], { ...nothingToMend, recreate });
    expect(named("databases-redis").ignoreChanges).toEqual([]);
    expect(named("databases-redis-password").ignoreChanges).toEqual([]);
    expect(named("databases-redis-password").inputs.stdin).not.toBe("");
    expect(named("databases-postgres-password").ignoreChanges).toEqual(["stdin"]);
  });
});

describe("the release's command", () => {
  const command = () => named("api-release-command").inputs.environment as Record<string, string>;
  beforeEach(() => {
    Object.assign(raw, { release: '{"command":["migrate","it\'s new"],"timeoutSeconds":60}' });
    return () => Object.assign(raw, { release: "{}" });
  });

  test("runs after the backup and before any container starts, as one of the slot's", async () => {
    await declare(released, two);
    const urns = (...names: string[]) => expect.arrayContaining(names.map((name) => named(name).urn)) as string[];
    expect(named("api-release-command").dependsOn).toEqual(
      urns("api-backup-dump", "api-green-image", "api-green-secrets-write"),
    );
    for (const replica of ["api-green-1", "api-green-2"])
      expect(named(replica).dependsOn).toEqual(urns("api-release-command"));
    expect(command()).toMatchObject({
      NAME: "ape-test-green-0",
      ROLLOUT: "4",
      LIMIT: "60",
      SECRETS: "ape-test-green-secrets",
    });
    expect(command().CREATE).toMatch(
      /^docker create --name ape-test-green-0 --user 10001:10001 .*--label slipway.command=release --cap-drop ALL .*--read-only .*--env LEVEL=info .*"\$IMAGE" migrate 'it'"'"'s new'$/,
    );
    expect(untouched("api-release-command")).toBe(false);
  });

  test("comes before both slots of a first release", async () => {
    await declare(emptyLedger);
    for (const replica of ["api-blue-1", "api-green-1"])
      expect(named(replica).dependsOn).toContain(named("api-release-command").urn);
    expect(command().NAME).toBe("ape-test-blue-0");
  });

  test("does not run on a way back, nor where nothing moves", async () => {
    for (const [ledger, wanted] of [
      [released, one],
      [{ ...released, live: "green" as const }, one],
    ] as const) {
      resources.length = 0;
      await declare(ledger, wanted);
      expect(untouched("api-release-command")).toBe(true);
    }
  });
});

describe("several hosts", () => {
  test("the release's command runs on the first one, and all wait for it", async () => {
    Object.assign(raw, { release: '{"command":["migrate"]}' });
    await declareTwo([released, released]);
    Object.assign(raw, { release: "{}" });
    expect(resources.filter(({ name }) => name.includes("release-command")).map(({ name }) => name)).toEqual([
      "api-release-command",
    ]);
    for (const replica of ["api-green-1", "api-second-green-1"])
      expect(named(replica).dependsOn).toContain(named("api-release-command").urn);
  });

  /** Declares two hosts; the first has the wanted release already when its ledger says so. */
  async function declareTwo(ledgers: readonly [Ledger, Ledger]): Promise<void> {
    const all = { ...settings(), databases: {} };
    const hostByHost = new HostByHost(2);
    ledgers.forEach((ledger, index) => {
      const suffix = index === 0 ? "" : "-second";
      const access = { address: `10.0.0.${String(index + 1)}`, port: 22, user: "deploy", hostKey: "ssh-ed25519 AAAA" };
      const host = new Host(`host${suffix}`, {
        service: "ape",
        stack: "test",
        subnet: all.subnet,
        backups: "/backups",
        ports: [8080],
        connection: sshConnection(access),
        names: new HostNames("ape", "test", all.subnet),
      });
      const router = new Router(`router${suffix}`, {
        host,
        settings: all,
        serving: ledger.proxy,
        noticeSecrets: {},
        tlsKey: "",
      });
      const databases = new Databases(`databases${suffix}`, {
        host,
        databases: {},
        deleteData: [],
        backups: all.backups,
        stockImages: all.stockImages,
        volumes: {},
      });
      const planned = { ledger, plan: planSlots(ledger, two), container: containerSpec(all, {}) };
      new Service(`api${suffix}`, { host, router, databases, hostByHost, planned, settings: all });
    });
    await pulumi.runtime.disconnect();
  }
  const remote = (name: string) => (named(name).inputs.environment as { STEP: string }).STEP;

  test("none moves before all are ready, and each only after the one before it", async () => {
    await declareTwo([released, released]);
    const urns = (...names: string[]) => names.map((name) => named(name).urn);
    expect(named("api-promote").dependsOn).toEqual(
      expect.arrayContaining(urns("api-green-1", "api-second-green-1", "api-second-backup-dump")),
    );
    expect(named("api-promote").dependsOn).not.toEqual(expect.arrayContaining(urns("api-second-promote")));
    expect(named("api-second-promote").dependsOn).toEqual(expect.arrayContaining(urns("api-promote")));
  });

  test("every step outlasts a connection that is lost: once, and a promotion as long as the host is away", async () => {
    await declareTwo([released, released]);
    for (const { type, name, inputs } of resources) {
      if (type !== "command:local:Command") continue;
      const { STEP } = inputs.environment as { STEP: string };
      expect(STEP, name).toContain(name.endsWith("promote") ? "goes on by itself" : "once more, on a fresh one");
    }
  });

  test("who moved is brought back when a later one fails, and nobody else", async () => {
    await declareTwo([released, released]);
    expect(remote("api-second-promote")).toMatch(
      /if \[ "\$code" != 0 \]; then[^]*10\.0\.0\.1 [^]*slipway-router undo 4/,
    );
    expect(remote("api-promote")).not.toContain("undo");

    resources.length = 0;
    await declareTwo([{ ...released, slots: { ...released.slots, blue: { release: two, state: "holds" } } }, released]);
    expect(remote("api-second-promote")).not.toContain("undo");
  });
});
