import * as pulumi from "@pulumi/pulumi";
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Host } from "../../components/host.ts";
import { Router } from "../../components/router.ts";
import { localConnection } from "../../lib/hosts/host-connection.ts";
import { HostNames } from "../../lib/hosts/naming.ts";
import { hidden } from "../../lib/schema-parts.ts";
import { parseConfig } from "../../router/controller-config.ts";
import { renderProxyConfig } from "../../router/haproxy-config.ts";
import { emptyLedger, type Ledger, type Slot } from "../../router/ledger.ts";
import { serverWishes } from "../../router/traffic.ts";
import { parseSettings } from "../../settings/settings.ts";
import { makeCertificate } from "../support/certificates.ts";
import { rawConfig } from "../support/raw-config.ts";
import { record, type Recorded } from "../support/recorder.ts";

const { certificate, key } = makeCertificate({ names: ["api.example.test"] });
const url = "https://api.example.test";

let resources: Recorded[];
let stop: () => void;
beforeEach(async () => {
  ({ resources, stop } = await record());
});
afterEach(() => {
  stop();
});

/** `controller.json`, as the program gives it to the controller. */
async function controllerJson(
  changes: Record<string, unknown>,
  noticeSecrets: readonly string[] = [],
): Promise<string> {
  const parsed = parseSettings(rawConfig("local", changes), { noticeSecrets }, key);
  if ("problems" in parsed) throw new Error(JSON.stringify(parsed.problems));
  const { settings } = parsed;
  const names = new HostNames("ape", "test", settings.subnet);
  const connection = localConnection("unix:///d.sock");
  const all = { service: "ape", stack: "test", subnet: settings.subnet, backups: "/b", ports: [], connection, names };
  const host = new Host("host", all);
  new Router("router", { host, settings, serving: null, noticeSecrets: {}, tlsKey: settings.tlsKey ? key : "" });
  await pulumi.runtime.disconnect();
  const controller = resources.find(({ name, type }) => name === "router-controller" && type.includes("Container"));
  const [upload] = controller?.inputs.uploads as { content: string }[];
  return upload?.content ?? "";
}

const held = (version: string, replicas: number) => ({
  release: { id: version, version, image: "ape:1", fingerprint: "f", replicas },
  state: "holds" as const,
});
const ledger = (live: Slot | null, replicas: number): Ledger => ({
  ...emptyLedger,
  live,
  slots: { blue: held("1.0.0", replicas), green: held("1.1.0", 1) },
});

describe("haproxy.cfg is byte for byte what it was, so that no running proxy is handed over for this", () => {
  test.each([
    ["plain", {}, ledger("blue", 1)],
    ["before-any-release", { subnet: "10.9.9.0/24", port: 3000 }, emptyLedger],
    [
      "given-certificate",
      {
        ...{ url, listenPort: 443, listenAddress: "0.0.0.0", tls: { kind: "files", certificate }, tlsKey: hidden },
        ...{ replicas: 8, preview: { header: "x-slot", cookie: "slot" }, sticky: false, drainSeconds: 0 },
      },
      ledger("green", 8),
    ],
    [
      "acme",
      {
        ...{ url, listenPort: 443, tls: { kind: "acme", email: "ops@example.test", termsAgreed: true } },
        ...{ strategy: "rolling", profile: {}, health: { path: "/up", intervalMs: 1000, timeoutMs: 300 } },
      },
      ledger("blue", 3),
    ],
    ["behind-load-balancer", { url }, ledger("green", 2)],
  ])("%s", async (name, changes, now) => {
    const config = parseConfig(await controllerJson(changes));
    const path = config.tls === null ? null : "/run/slipway/tls/some.pem";
    const text = renderProxyConfig(config, serverWishes(config, now), "/run/slipway", path);
    // Recorded with the Slipway of 5a50bcc.
    expect(text).toBe(readFileSync(`test/components/fixtures/haproxy-${name}.cfg`, "utf8"));
  });
});

describe("the controller is told where PagerDuty's events go", () => {
  const urlOf = async (pagerduty: object) => {
    const { notices } = parseConfig(await controllerJson({ notices: { pagerduty } }, ["pagerduty-routing-key"]));
    return notices?.channels.map((channel) => (channel.name === "pagerduty" ? channel.url : null));
  };

  test.each([
    [{}, "https://events.pagerduty.com/v2/enqueue"],
    [{ url: "https://events.eu.pagerduty.com/v2/enqueue" }, "https://events.eu.pagerduty.com/v2/enqueue"],
  ])("%j", async (pagerduty, expected) => {
    expect(await urlOf(pagerduty)).toEqual([expected]);
  });

  test("and never in plain", async () => {
    await expect(urlOf({ url: "http://events.pagerduty.com" })).rejects.toThrow("slipway:notices.pagerduty.url");
  });
});
