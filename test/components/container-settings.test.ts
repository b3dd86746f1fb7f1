import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Databases } from "../../components/databases.ts";
import { HostByHost } from "../../components/host-by-host.ts";
import { Host } from "../../components/host.ts";
import type { Router } from "../../components/router.ts";
import { Service } from "../../components/service.ts";
import { localConnection } from "../../lib/hosts/host-connection.ts";
import { HostNames } from "../../lib/hosts/naming.ts";
import { containerSpec } from "../../lib/releases/container.ts";
import { emptyLedger } from "../../lib/releases/ledger.ts";
import { makeRelease } from "../../lib/releases/release.ts";
import { planSlots } from "../../lib/releases/slot-plan.ts";
import { parseSettings, type Settings } from "../../settings/settings.ts";
import { rawConfig } from "../support/raw-config.ts";
import { record, type Recorded } from "../support/recorder.ts";

/** Where the containers are, not what they are: a stack that changes these is another stack on its hosts. */
const places = ["service", "subnet", "host", "hosts"];
/** Read where nothing is known of containers; secrets have a test of their own. */
const elsewhere = null;

/** Another value for each setting. A new setting needs one here, or this does not compile. */
const others: Readonly<Record<keyof Settings, unknown>> = {
  service: "other",
  version: "9.9.9",
  port: 9000,
  replicas: 3,
  env: { GREETING: "hello" },
  secrets: elsewhere,
  secretCommand: ["pass", "show"],
  secretReferences: elsewhere,
  health: { intervalMs: 700, timeoutMs: 300, gateSeconds: 7 },
  strategy: "rolling",
  profile: { steps: [20, 100], previewSeconds: 1, pauseSeconds: 1, watchSeconds: 1 },
  verdict: { maxErrorRatePercent: 1, maxResponseMs: 1, minRequests: 1, sharedSeconds: 1 },
  limits: { memoryMb: 512, cpus: 1.5, readOnly: false },
  container: { command: ["serve", "--fast"], user: "1000:2000", stopSeconds: 60 },
  volumes: { uploads: { folder: "/app/uploads" } },
  roles: { worker: { command: ["work"], replicas: 2 } },
  release: { command: ["migrate"], timeoutSeconds: 60 },
  sticky: false,
  preview: { header: "x-slot", cookie: "slot" },
  previewSecret: elsewhere,
  drainSeconds: 7,
  freeze: { weekdays: ["friday"], timeZone: "Europe/Berlin" },
  critical: "1.0.0: it burns",
  faults: "unhealthy",
  host: { kind: "local", dockerHost: "unix:///other.sock" },
  hosts: elsewhere,
  listenAddress: "0.0.0.0",
  listenPort: 9090,
  front: elsewhere,
  behind: elsewhere,
  subnet: "10.9.9.0/24",
  image: { name: "registry.example.test/ape" },
  monitoring: { kind: "existing" },
  checklist: { prometheus: "http://127.0.0.1:9090" },
  policy: elsewhere,
  aws: elsewhere,
  target: elsewhere,
  ecs: elsewhere,
  registry: elsewhere,
  registryPassword: elsewhere,
  signature: elsewhere,
  stockImages: Object.fromEntries(
    ["node", "python", "haproxy", "postgres", "redis", "neo4j", "lego"].map((part) => [part, `${part}:other`]),
  ),
  url: "http://api.example.test",
  tls: { kind: "none" },
  loadBalancer: { addresses: ["10.0.0.0/24"], proxyProtocol: true },
  access: { addresses: ["10.0.0.0/24"] },
  accessPassword: elsewhere,
  grafanaPassword: elsewhere,
  clients: { connections: 100, requestsPerReplica: 5 },
  accessLog: { megabytes: 50 },
  tlsKey: elsewhere,
  deleteData: ["redis"],
  databases: { postgres: { name: "other", user: "someone" }, neo4j: {} },
  backups: { directory: "/elsewhere", keep: 3 },
  backupSecrets: elsewhere,
  notices: { stuckAfterSeconds: 7 },
  noticeSecrets: elsewhere,
  github: elsewhere,
  repository: elsewhere,
  environment: elsewhere,
  webhookSecrets: elsewhere,
  repositorySecrets: elsewhere,
  dependabotSecrets: elsewhere,
  environments: elsewhere,
  repositoryDefaults: elsewhere,
  repositories: elsewhere,
  githubAppKey: elsewhere,
  environmentSecrets: elsewhere,
};

let resources: Recorded[];
let stop: () => void;
let before: Awaited<ReturnType<typeof declare>>;
beforeAll(async () => {
  ({ resources, stop } = await record());
  before = await declare({});
  expect(before.declared.length).toBeGreaterThan(3);
});
afterAll(() => {
  stop();
});

/** The release, and all that is declared of a slot's containers but the release's own name. */
async function declare(changes: Record<string, unknown>, secrets: Record<string, string> = {}) {
  const raw = rawConfig("local", { strategy: "blue-green", profile: {}, previewSecret: "secret", ...changes });
  const parsed = parseSettings(raw, { secrets: Object.keys(secrets) });
  if ("problems" in parsed) throw new Error(JSON.stringify(parsed.problems));
  const { settings } = parsed;
  const { service, subnet, version } = settings;
  const container = containerSpec(settings, secrets);
  const release = makeRelease({ version, image: "ape:1", container });

  resources.length = 0;
  const names = new HostNames(service, "test", subnet);
  const connection = localConnection("unix:///d.sock");
  const host = new Host("host", { service, stack: "test", subnet, backups: "/b", ports: [], connection, names });
  const image = { controllerImage: pulumi.output("sha256:controller") };
  const router = Object.assign(new pulumi.ComponentResource("test:index:Router", "router"), image) as unknown as Router;
  const databases = new Databases("databases", {
    host,
    databases: settings.databases,
    deleteData: settings.deleteData,
    backups: settings.backups,
    stockImages: settings.stockImages,
    volumes: settings.volumes,
  });
  const planned = { ledger: emptyLedger, plan: planSlots(emptyLedger, release), container };
  new Service("api", { host, router, databases, hostByHost: new HostByHost(1), planned, settings });
  await pulumi.runtime.disconnect();
  const declared = resources
    .filter(({ name, type }) => /^api-(blue|green)-/.test(name) && /Container$|Command$|Volume$/.test(type))
    .map(({ name, inputs }) => `${name} ${JSON.stringify(inputs).replaceAll(release.id, "<release>")}`);
  return { id: release.id, declared };
}

test.each(Object.entries(others).filter(([, value]) => value !== elsewhere))(
  "slipway:%s reaches a container only through what the release is hashed from",
  async (key, value) => {
    const after = await declare({ [key]: value });
    if (!places.includes(key) && after.id === before.id) expect(after.declared).toEqual(before.declared);
  },
);

test.each(["port", "replicas", "env", "faults", "databases", "limits", "container", "volumes", "roles"] as const)(
  "slipway:%s reaches them",
  async (key) => {
    const after = await declare({ [key]: others[key] });
    expect(after.declared).not.toEqual(before.declared);
    expect(after.id).not.toBe(before.id);
  },
);

test("so do the secrets", async () => {
  const [one, other] = [await declare({}, { token: "a" }), await declare({}, { token: "b" })];
  expect(one.declared).not.toEqual(other.declared);
  expect(one.id).not.toBe(other.id);
});

test("how the image is started and ended comes from slipway:container, and its user can read the secrets", async () => {
  await declare({ container: others.container, limits: others.limits }, { token: "a" });
  const inputs = (name: string) => resources.find((each) => each.name === name)?.inputs;
  expect(inputs("api-blue-1")).toMatchObject({
    command: ["serve", "--fast"],
    user: "1000:2000",
    stopTimeout: 60,
    cpus: "1.5",
  });
  expect(inputs("api-blue-secrets-write")).toMatchObject({ environment: { OWNER: "1000" } });
});

test("secrets in variables are read by the container itself: nothing that is declared holds one", async () => {
  await declare(
    { container: { command: ["serve"], secretVariables: ["TOKEN"] }, release: { command: ["migrate"] } },
    { token: "hunter2" },
  );
  const inputs = (name: string) => JSON.stringify(resources.find((each) => each.name === name)?.inputs);
  expect(inputs("api-blue-1")).toMatch(/"entrypoints":\["\/bin\/sh","-euc","for name in TOKEN; do /);
  expect(inputs("api-blue-1")).toContain('"command":["tini","--","serve"]');
  expect(inputs("api-release-command")).toMatch(
    /--entrypoint \/bin\/sh .*for name in TOKEN; do .* slipway tini -- migrate/,
  );
  for (const name of ["api-blue-1", "api-release-command"]) expect(inputs(name)).not.toContain("hunter2");
});

test("a volume stays whatever becomes of the stack, both slots share it, and it can be written before a slot is touched", async () => {
  await declare({ volumes: { uploads: { folder: "/app/uploads" } }, release: { command: ["migrate"] } });
  const found = (name: string) => {
    const [one, ...others] = resources.filter((resource) => resource.name === name);
    if (one === undefined || others.length > 0) throw new Error(`${String(others.length + 1)} of ${name}`);
    return one;
  };
  const volume = found("databases-volume-uploads");
  expect(volume).toMatchObject({ retainOnDelete: true, inputs: { name: "ape-2026-test-volume-uploads" } });
  for (const slot of ["blue", "green"]) {
    expect(found(`api-${slot}-1`).inputs.volumes).toContainEqual({
      volumeName: "ape-2026-test-volume-uploads",
      containerPath: "/app/uploads",
    });
    const looked = found(`api-${slot}-volumes`);
    expect(looked.dependsOn).toContain(volume.urn);
    expect(found("api-guard").dependsOn).toContain(looked.urn);
    expect(looked.inputs.environment).toMatchObject({ OWNER: "10001:10001" });
  }
  expect(JSON.stringify(found("api-release-command").inputs)).toContain(
    "--volume ape-2026-test-volume-uploads:/app/uploads",
  );
  const files = (JSON.parse(String(found("api-promote").inputs.stdin)) as { readonly backup: string[] }).backup;
  expect(files.filter((file) => file.endsWith(".uploads.volume.tar"))).toHaveLength(1);
  expect(found("api-backup-dump").inputs.environment).toMatchObject({ VOLUMES: "uploads" });

  await declare({ volumes: { cache: { folder: "/app/cache", backup: false } } });
  expect(found("api-backup-dump").inputs.environment).not.toHaveProperty("VOLUMES");
});

test("roles are containers like the replicas that nobody starts but the host: it knows which slot is live", async () => {
  const roles = {
    worker: { command: ["work"], replicas: 2, memoryMb: 64, healthcheck: ["ping"] },
    beat: { command: ["beat"] },
  };
  await declare({ roles, container: { command: ["serve"], stopSeconds: 60 } });
  const inputs = (name: string) => resources.find((each) => each.name === name)?.inputs;
  const address = (name: string) =>
    (inputs(name)?.networksAdvanced as readonly { readonly ipv4Address: string }[])[0]?.ipv4Address;
  expect(inputs("api-green-worker-2")).toMatchObject({
    name: "ape-2026-test-green-worker-2",
    command: ["work"],
    start: false,
    restart: "no",
    stopTimeout: 60,
    memory: 64,
    readOnly: true,
    user: inputs("api-green-1")?.user,
    volumes: inputs("api-green-1")?.volumes,
    healthcheck: { tests: ["CMD", "ping"] },
    labels: expect.arrayContaining([
      { label: "slipway.slot", value: "green" },
      { label: "slipway.role", value: "worker" },
    ]) as unknown,
  });
  // The image's own check asks for what serves.
  expect(inputs("api-blue-beat-1")).toMatchObject({ healthcheck: { tests: ["NONE"] }, memory: 2048 });
  // What is left out Docker takes from the image, and each update would make the container anew.
  for (const role of ["worker", "beat"])
    expect(inputs(`api-blue-${role}-1`)?.healthcheck).toMatchObject({
      ...{ interval: "5s", timeout: "5s", startPeriod: "1s", retries: 3 },
    });
  expect(inputs("api-green-1")).not.toHaveProperty("healthcheck");
  const every = ["blue", "green"].flatMap((slot) =>
    ["beat-1", "worker-1", "worker-2", "1"].map((one) => address(`api-${slot}-${one}`)),
  );
  expect(new Set(every).size).toBe(every.length);
  const step = (name: string) => String((inputs(name)?.environment as Record<string, unknown>).STEP);
  expect(step("api-promote")).toMatch(/MODE=begin .*SLOT=blue[^]*slipway-router promote[^]*MODE=align /);
  expect(step("api-answer")).toMatch(/await-answer[^]*MODE=align /);

  await declare({});
  for (const name of ["api-promote", "api-answer"]) expect(step(name)).not.toContain("MODE=align");
});
