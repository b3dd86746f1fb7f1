import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Databases } from "../../components/databases.ts";
import { HostByHost } from "../../components/host-by-host.ts";
import { Host } from "../../components/host.ts";
import { Router } from "../../components/router.ts";
import { Service } from "../../components/service.ts";
import { localConnection } from "../../lib/hosts/host-connection.ts";
import { HostNames } from "../../lib/hosts/naming.ts";
import { containerSpec } from "../../lib/releases/container.ts";
import { emptyLedger } from "../../lib/releases/ledger.ts";
import { makeRelease } from "../../lib/releases/release.ts";
import { planSlots } from "../../lib/releases/slot-plan.ts";
import { parseConfig } from "../../router/controller-config.ts";
import { record, type Recorded } from "../support/recorder.ts";
import { settingsOf } from "../support/settings-of.ts";

let resources: Recorded[];
let stop: () => void;
beforeAll(async () => {
  ({ resources, stop } = await record());
  const databases = { postgres: { name: "ape", user: "ape" }, redis: {}, neo4j: {} };
  const tls = { kind: "acme", email: "ops@example.test", termsAgreed: true };
  const changes = {
    url: "https://api.example.test",
    listenPort: 443,
    tls,
    databases,
    limits: { writable: ["/cache"] },
  };
  const settings = settingsOf(changes);
  const names = new HostNames("ape", "test", settings.subnet);
  const connection = localConnection("unix:///d.sock");
  const args = { service: "ape", stack: "test", subnet: settings.subnet, backups: "/b", ports: [], connection, names };
  const host = new Host("host", args);
  const router = new Router("router", { host, settings, serving: null, noticeSecrets: {}, tlsKey: "" });
  const container = containerSpec(settings, {});
  const release = makeRelease({ version: settings.version, image: "ape:1", container });
  const planned = { ledger: emptyLedger, plan: planSlots(emptyLedger, release), container };
  new Service("api", {
    ...{ host, router, planned, settings, hostByHost: new HostByHost(1) },
    databases: new Databases("databases", { ...settings, host }),
  });
  await pulumi.runtime.disconnect();
});
afterAll(() => {
  stop();
});

const isDatabase = (name: string) => /^databases-(postgres|redis|neo4j)$/.test(name);
const containers = () => resources.filter(({ type }) => type === "docker:index/container:Container");

test("every container has few rights, and no way to more", () => {
  expect(
    containers()
      .map(({ name }) => name)
      .sort(),
  ).toEqual([
    ...["api-blue-1", "api-green-1", "databases-neo4j", "databases-postgres", "databases-redis"],
    ...["router-certificate-keeper", "router-controller", "router-proxy-1", "router-proxy-2"],
  ]);
  for (const { name, inputs } of containers()) {
    expect(inputs, name).toMatchObject({
      capabilities: { drops: ["ALL"] },
      securityOpts: ["no-new-privileges:true"],
      logDriver: "local",
    });
    expect(inputs.privileged ?? false, name).toBe(false);
    if (isDatabase(name)) continue;
    expect(inputs.readOnly, name).toBe(true);
    expect(inputs.memory, name).toEqual(expect.any(Number));
    expect(inputs.memorySwap, name).toBe(inputs.memory);
  }
});

test("every container's processes are limited, those that run too", () => {
  const limited = resources
    .filter(({ name }) => name.endsWith("-limits"))
    .flatMap(({ inputs }) => String(inputs.stdin).split(" "));
  expect(limited.sort()).toEqual(
    containers()
      .map(({ name }) => `${name}-id`)
      .sort(),
  );
});

test("the service can change what lies in memory, and nothing else", () => {
  const { inputs } = containers().find(({ name }) => name === "api-blue-1") ?? {};
  expect(inputs?.tmpfs).toEqual({
    "/tmp": "rw,noexec,nosuid,nodev,mode=1777,uid=10001,gid=10001",
    "/cache": "rw,noexec,nosuid,nodev,mode=1777,uid=10001,gid=10001",
  });
});

test("HAProxy's workers are another user than the one who owns configuration and sockets", () => {
  const { inputs } = containers().find(({ name }) => name === "router-controller") ?? {};
  const json = String((inputs?.envs as string[])[0]).replace("SLIPWAY_CONTROLLER_JSON=", "");
  expect(inputs?.user).toBe("7007:7007");
  expect(parseConfig(json).proxyUser).toBe(7008);
});

test("no step begins a container without the stack's labels: one that is killed first would never be found", () => {
  const steps = resources.filter(({ type }) => type === "command:local:Command").map(({ inputs }) => inputs);
  const texts = steps.map((inputs) => JSON.stringify(inputs));
  expect(texts.filter((text) => text.includes("$ONE_OFF")).length).toBeGreaterThan(3);
  for (const text of texts.filter((text) => /docker (run|create)|\$ONE_OFF/.test(text))) {
    expect(text.match(/docker (run|create)[^"\\]*/g)).toEqual([
      // Or those of a container that has them.
      expect.stringMatching(/--label slipway\.service=(ape --label slipway\.stack=test|\{\{index \.Config\.Labels )/),
    ]);
  }
});
