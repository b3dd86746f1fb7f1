import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { Host } from "../../components/host.ts";
import { Router } from "../../components/router.ts";
import { localConnection } from "../../lib/hosts/host-connection.ts";
import { HostNames } from "../../lib/hosts/naming.ts";
import { hidden } from "../../lib/schema-parts.ts";
import { portsOf } from "../../lib/tls/tls-settings.ts";
import { makeCertificate } from "../support/certificates.ts";
import { recordEach, withoutSecrets, type Recorded } from "../support/recorder.ts";
import { settingsOf } from "../support/settings-of.ts";

const url = "https://api.example.test";
const { certificate, key } = makeCertificate({ names: ["api.example.test"] });

const recorded = recordEach();

async function declare(changes: object): Promise<void> {
  const settings = settingsOf({ listenPort: 443, ...changes }, {}, key);
  const names = new HostNames("ape", "test", settings.subnet);
  const connection = localConnection("unix:///d.sock");
  const ports = portsOf(settings);
  const host = new Host("host", {
    service: "ape",
    stack: "test",
    subnet: settings.subnet,
    backups: "/b",
    ports,
    connection,
    names,
  });
  new Router("router", { host, settings, serving: null, noticeSecrets: {}, tlsKey: settings.tlsKey ? key : "" });
  await pulumi.runtime.disconnect();
}

const named = (name: string, type = ""): Recorded => {
  const found = recorded.resources.find((resource) => resource.name === name && resource.type.includes(type));
  if (!found) throw new Error(`no ${name} among ${recorded.resources.map((resource) => resource.name).join(", ")}`);
  return found;
};
const has = (name: string) => recorded.resources.some((resource) => resource.name === name);
const controllerConfig = () => {
  const envs = named("router-controller", "Container").inputs.envs as string[];
  return JSON.parse(envs.join().replace("SLIPWAY_CONTROLLER_JSON=", "")) as { tls: unknown; behindTls: boolean };
};

test("a given certificate is on the host before anybody is told of it, and its key is a secret", async () => {
  await declare({ url, tls: { kind: "files", certificate }, tlsKey: hidden });
  const kept = named("router-certificate-keep");
  const [, line = "no key"] = key.split("\n");
  expect(recorded.resources.filter((resource) => withoutSecrets(resource).includes(line))).toEqual([]);
  expect(kept.inputs.stdin).toBe(`${certificate.trim()}\n${key.trim()}\n`);
  expect(kept.inputs.logging).toBe("none");
  expect(named("router-controller", "Container").dependsOn).toContain(kept.urn);
  expect(named("router-certificate-served").dependsOn).toContain(named("router-proxy-switch").urn);
  expect(controllerConfig()).toMatchObject({
    tls: { source: "files", httpPort: 80, challenge: null },
    behindTls: false,
  });
  expect(has("router-certificate-keeper")).toBe(false);
});

test("by ACME, the first certificate is asked for once the proxy passes challenges on", async () => {
  await declare({ url, tls: { kind: "acme", email: "ops@example.test", termsAgreed: true } });
  const keeper = named("router-certificate-keeper");
  expect(keeper.inputs).toMatchObject({ user: "0:7007", capabilities: { drops: ["ALL"] }, restart: "always" });
  expect(keeper.dependsOn).toContain(named("router-proxy-switch").urn);
  expect(named("router-certificate-obtain").dependsOn).toContain(keeper.urn);
  expect(controllerConfig().tls).toMatchObject({
    source: "acme",
    challenge: "10.213.0.7:8402",
    hstsSeconds: 31_536_000,
  });
  expect(has("router-certificate-keep")).toBe(false);
});

test("without TLS there is nothing of it; an https address then means a load balancer", async () => {
  await declare({ url, loadBalancer: { addresses: ["10.0.0.0/24"], names: ["api.internal"] } });
  expect(recorded.resources.filter(({ name }) => name.includes("certificate"))).toEqual([]);
  expect(controllerConfig()).toMatchObject({
    tls: null,
    behindTls: true,
    hosts: ["api.example.test", "api.internal"],
    loadBalancer: { addresses: ["10.0.0.0/24"], proxyProtocol: false },
  });
});
