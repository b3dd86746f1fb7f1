import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Host } from "../../../components/host.ts";
import { Tunnel } from "../../../components/monitoring/tunnel.ts";
import type { Router } from "../../../components/router.ts";
import { connectionTo } from "../../../lib/hosts/host-connection.ts";
import { HostNames } from "../../../lib/hosts/naming.ts";
import { watchAccount } from "../../../lib/hosts/watch-account.ts";
import { nothingToMend } from "../../../lib/releases/mending.ts";
import { record, type Recorded } from "../../support/recorder.ts";
import { settingsOf } from "../../support/settings-of.ts";

let resources: Recorded[];
const find = (name: string) => resources.find((each) => each.name === name);
const account = watchAccount("api-production");

beforeAll(async () => {
  const recording = await record();
  ({ resources } = recording);
  const server = (address: string) => ({
    kind: "ssh" as const,
    address,
    user: "slipway",
    admin: "admin",
    hostKey: `ssh-ed25519 ${"A".repeat(68)}`,
  });
  const settings = settingsOf({
    service: "api",
    host: server("203.0.113.1"),
    hosts: { two: server("203.0.113.2"), three: server("203.0.113.3") },
    databases: {},
    monitoring: { kind: "host", service: { port: 8001 } },
  });
  const { monitoring, subnet, host: first, hosts } = settings;
  if (monitoring?.kind !== "host" || first === undefined) throw new Error("no kind host");
  const hostAt = (name: string, section: typeof first, mending = nothingToMend) =>
    new Host(name, {
      service: "api",
      stack: "production",
      subnet,
      backups: "/b",
      ports: [],
      connection: connectionTo(section),
      names: new HostNames("api", "production", subnet),
      mending,
    });
  const router = new pulumi.ComponentResource("test:index:Router", "router") as unknown as Router;
  const further = Object.entries(hosts).map(([name, section]) => ({
    name,
    router,
    host: hostAt(`host-${name}`, section, { ...nothingToMend, account: name === "three" }),
  }));
  new Tunnel("tunnel", { host: hostAt("host", first), router, further, settings, monitoring });
  await pulumi.runtime.disconnect();
  afterAll(recording.stop);
});

test("one container on the first host leads to all others, without a right and with its key only to read", () => {
  expect(find("tunnel-tunnel")?.inputs).toMatchObject({
    name: "api-production-tunnel",
    restart: "always",
    readOnly: true,
    user: "65534:65534",
    capabilities: { drops: ["ALL"] },
    networksAdvanced: [{ ipv4Address: "10.213.0.13" }],
    volumes: [{ volumeName: "api-production-tunnel", containerPath: "/keys", readOnly: true }],
  });
  for (const key of ["ports", "networkMode", "privileged"])
    expect(find("tunnel-tunnel")?.inputs).not.toHaveProperty(key);
});

test("each further host gets a user by its administrator, who also takes it away", () => {
  for (const [name, address] of [
    ["two", "203.0.113.2"],
    ["three", "203.0.113.3"],
  ] as const) {
    const { create, environment } = find(`tunnel-${name}-account`)?.inputs ?? {};
    const { STEP } = environment as { STEP: string };
    expect(create).toBe('eval "$STEP"');
    expect(STEP).toContain(`-l admin -p 22 -- ${address}`);
    expect(STEP).toContain("sudo -n env");
    expect(STEP).toContain(`ACCOUNT=${account}`);
    expect(STEP).toContain("MAY=10.213.0.3:9413 10.213.0.10:9100 10.213.0.16:8001");
    const closed = find(`tunnel-${name}-account-closed`)?.inputs ?? {};
    expect(closed).toMatchObject({ create: "true", delete: 'eval "$STEP"' });
    expect(JSON.stringify(closed.environment)).toContain("userdel --force");
    expect(find(`tunnel-${name}-exporter`)?.inputs).toMatchObject({ name: "api-production-exporter" });
  }
});

test("a user that is mended is made again, and nobody else's is", () => {
  const step = (name: string) => JSON.stringify(find(`tunnel-${name}-account-again`)?.inputs.environment);
  expect(step("two")).not.toContain("useradd");
  expect(step("three")).toContain("useradd");
});
