import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, expect, test } from "vitest";
import { HostCommand } from "../../../components/host-command.ts";
import { Databases } from "../../../components/databases.ts";
import { Host } from "../../../components/host.ts";
import { HostMonitoring } from "../../../components/monitoring/host-monitoring.ts";
import type { Router } from "../../../components/router.ts";
import { localConnection } from "../../../lib/hosts/host-connection.ts";
import { HostNames } from "../../../lib/hosts/naming.ts";
import { record, type Recorded } from "../../support/recorder.ts";
import { settingsOf } from "../../support/settings-of.ts";

const secrets = { "slack-url": "planted-slack-url", "smtp-user": "planted-user", "smtp-password": "planted-password" };
let resources: Recorded[];

beforeAll(async () => {
  const recording = await record();
  ({ resources } = recording);
  const email = { host: "mail.example.com", from: "a@example.com", to: ["b@example.com"] };
  const settings = settingsOf(
    { service: "api", monitoring: { kind: "host" }, notices: { slack: {}, email } },
    { noticeSecrets: Object.keys(secrets) },
  );
  const { monitoring, subnet } = settings;
  if (monitoring?.kind !== "host") throw new Error("no kind host");
  const names = new HostNames("api", "production", subnet);
  const connection = localConnection("unix:///d.sock");
  const host = new Host("host", {
    service: "api",
    stack: "production",
    subnet,
    backups: "/b",
    ports: [],
    connection,
    names,
  });
  const controllerImage = pulumi.output("sha256:controller");
  const made = new pulumi.ComponentResource("test:index:Router", "router");
  new HostCommand("router-loaded", { host, run: ":", timeoutSeconds: 1 }, { parent: made });
  const router = Object.assign(made, { controllerImage }) as unknown as Router;
  const databases = new Databases("databases", { ...settings, host });
  new HostMonitoring("monitoring", { host, router, databases, settings, monitoring, secrets });
  await pulumi.runtime.disconnect();
  afterAll(recording.stop);
});

const all = ["alertmanager", "exporter", "postgres-exporter", "prometheus", "redis-exporter"];
const containers = () =>
  resources.filter(({ type, name }) => type === "docker:index/container:Container" && !name.startsWith("databases-"));

test("five containers watch a stack with two databases, each bounded and without a right, and none opens a port on the host", () => {
  expect(
    containers()
      .map(({ inputs }) => inputs.name)
      .sort(),
  ).toEqual(all.map((part) => `api-production-${part}`));
  for (const { inputs } of containers()) {
    expect(inputs).toMatchObject({
      restart: "always",
      readOnly: true,
      user: "65534:65534",
      capabilities: { drops: ["ALL"] },
      networksAdvanced: [{ ipv4Address: expect.stringMatching(/^10\.213\.0\./) as string }],
    });
    expect(inputs.memory).toBe(inputs.memorySwap);
    for (const key of ["ports", "networkMode", "privileged", "pidMode"]) expect(inputs).not.toHaveProperty(key);
  }
});

test("nothing of the host can be written, and its Docker socket is nobody's", () => {
  const mounts = containers().flatMap(({ inputs }) => inputs.volumes as { hostPath?: string; readOnly?: boolean }[]);
  const ofHost = mounts.filter(({ hostPath }) => hostPath !== undefined);
  expect(ofHost.map(({ hostPath }) => hostPath)).toEqual(["/proc", "/"]);
  expect(ofHost.every(({ readOnly }) => readOnly)).toBe(true);
});

test("no secret goes to the engine in plain text", () => {
  const plain = resources.map(({ wire }) => wire).join("\n");
  // What is marked as one carries Pulumi's signature beside it.
  for (const { name, inputs } of resources)
    for (const secret of Object.values(secrets))
      expect(JSON.stringify({ ...inputs, stdin: "" }).includes(secret), name).toBe(false);
  expect(plain).toContain("4dabf18193072939515e22adb298388d");
});

test("exporters of databases log in as one who only watches, with a password that is a file of their own", () => {
  const postgres = containers().find(({ inputs }) => inputs.name === "api-production-postgres-exporter");
  expect(postgres?.inputs.envs).toEqual([
    "DATA_SOURCE_URI=10.213.0.4:5432/ape?sslmode=disable&connect_timeout=3",
    "DATA_SOURCE_USER=slipway_watcher",
    "DATA_SOURCE_PASS_FILE=/etc/slipway/password",
  ]);
  expect(postgres?.inputs.volumes).toEqual([
    { volumeName: "api-production-postgres-exporter", containerPath: "/etc/slipway", readOnly: true },
  ]);
  const redis = containers().find(({ inputs }) => inputs.name === "api-production-redis-exporter");
  expect(redis?.inputs.envs).toEqual([
    "REDIS_ADDR=redis://10.213.0.5:6379",
    "REDIS_USER=slipway_watcher",
    "REDIS_PASSWORD_FILE=/etc/slipway/passwords.json",
  ]);
});

test("the user who watches is there before its exporter, and goes with the section", () => {
  for (const kind of ["postgres", "redis"]) {
    const find = (end: string) => resources.find(({ name }) => name === `monitoring-${kind}-exporter${end}`);
    expect(find("-opened")?.dependsOn).toContainEqual(expect.stringMatching(new RegExp(`::databases-${kind}$`)));
    expect(find("")?.dependsOn).toContainEqual(
      expect.stringMatching(new RegExp(`::monitoring-${kind}-exporter-opened$`)),
    );
    expect(find("-closed")?.inputs).toMatchObject({ create: "true" });
    expect(find("-closed")?.inputs.delete).toBeTruthy();
  }
});

test("what they have kept goes with them", () => {
  const volumes = resources.filter(
    ({ type, name }) => type === "docker:index/volume:Volume" && !name.startsWith("databases-"),
  );
  expect(volumes.map(({ inputs }) => inputs.name).sort()).toEqual(
    ["alertmanager", "monitoring", "postgres-exporter", "prometheus", "redis-exporter"].map(
      (part) => `api-production-${part}`,
    ),
  );
  expect(volumes.filter(({ retainOnDelete }) => retainOnDelete)).toEqual([]);
});

test("they are asked for once there is a controller that asks", () => {
  const ready = resources.find(({ name }) => name === "monitoring-ready");
  for (const name of ["router-loaded", "monitoring-prometheus", "monitoring-exporter"])
    expect(ready?.dependsOn).toContainEqual(expect.stringMatching(new RegExp(`::${name}$`)));
});
