import { describe, expect, test } from "vitest";
import { formatProblem } from "../../../lib/problem.ts";
import { askedPorts } from "../../../lib/tls/tls-settings.ts";
import { parseSettings } from "../../../settings/settings.ts";

const written = (values: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
  );
const read = (values: Readonly<Record<string, unknown>>) => parseSettings(written(values), {});
function problemsOf(values: Readonly<Record<string, unknown>>): string[] {
  const result = read(values);
  return "problems" in result ? result.problems.map(formatProblem) : [];
}
const host = { kind: "local" };
const front = {
  service: "front",
  host,
  listenAddress: "0.0.0.0",
  listenPort: 443,
  front: { names: { "shop.example.com": "shop-production", "*.example.com": "docs-production" } },
};
const shop = {
  service: "shop",
  version: "1.0.0",
  host,
  image: { build: "../shop" },
  behind: "front-production",
  url: "http://shop.example.com",
};

describe("a front", () => {
  test("is a stack without version or image, with two ports", () => {
    const result = read(front);
    expect(result).toMatchObject({ settings: { front: { httpPort: 80, connections: 4_096 } } });
    if ("settings" in result) expect(askedPorts(result.settings).map(({ port }) => port)).toEqual([443, 80]);
  });

  test("has nothing of a service's, all said at once", () => {
    const wrong = { ...front, version: "1.0.0", url: "https://front.example.com", databases: { redis: {} } };
    expect(problemsOf(wrong).map((line) => line.split(",")[0])).toEqual(
      ["version", "url", "databases"].map((key) => `slipway:${key}: means nothing in a stack with slipway:front`),
    );
    expect(problemsOf({ ...front, front: { httpPort: 443 } })).toEqual([
      expect.stringContaining("slipway:front.httpPort: is slipway:listenPort, where HTTPS is, got 443"),
    ]);
  });

  test.each([
    ["Shop.example.com", "shop-production"],
    ["shop.example.com:443", "shop-production"],
    ["shop.*.com", "shop-production"],
    ["a b", "shop-production"],
    ["shop.example.com", "shop"],
    ["shop.example.com", "shop-production\n  bind :1"],
  ])("passes on no %j to %j", (name, to) => {
    expect(problemsOf({ ...front, front: { names: { [name]: to } } })).toEqual([
      expect.stringContaining("slipway:front.names"),
    ]);
  });
});

describe("a stack behind a front", () => {
  test("listens at no port", () => {
    expect(problemsOf(shop)).toEqual([]);
    const result = read(shop);
    if ("settings" in result) expect(askedPorts(result.settings)).toEqual([]);
  });

  test("has a name, its own certificate, one host, and no door of its own", () => {
    expect(problemsOf({ ...shop, url: "" })).toEqual([
      expect.stringContaining("slipway:url: is missing: behind a front"),
    ]);
    expect(problemsOf({ ...shop, url: "https://shop.example.com", loadBalancer: { addresses: ["10.0.0.1"] } })).toEqual(
      [
        expect.stringContaining("slipway:tls.kind: is none, and a front ends no TLS"),
        expect.stringContaining("slipway:loadBalancer: means nothing with slipway:behind"),
      ],
    );
    expect(problemsOf({ ...shop, listenPort: 8081 })).toEqual([
      expect.stringContaining("slipway:listenPort: means nothing with slipway:behind"),
    ]);
    const hostKey = `ssh-ed25519 ${"A".repeat(68)}`;
    const ssh = { kind: "ssh", address: "10.0.0.1", user: "deploy", hostKey };
    expect(problemsOf({ ...shop, host: { ...ssh, admin: "root" }, hosts: { second: ssh } })).toEqual([
      expect.stringContaining("slipway:behind: leads to a front on one host"),
      expect.stringContaining("slipway:host.admin: prepares the machine with a firewall"),
    ]);
  });

  test("asks for no password in plain", () => {
    expect(problemsOf({ ...shop, access: { user: "team" }, accessPassword: "given" })).toEqual([
      expect.stringContaining("slipway:access.user: would send its password in plain over the network"),
    ]);
  });
});
