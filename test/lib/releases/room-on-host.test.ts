import { expect, test } from "vitest";
import { HostNames } from "../../../lib/hosts/naming.ts";
import { parseLook } from "../../../lib/hosts/look.ts";
import type { Declared } from "../../../lib/releases/declared-on-host.ts";
import { emptyLedger, type Ledger } from "../../../lib/releases/ledger.ts";
import { roomProblems, toPull } from "../../../lib/releases/room-on-host.ts";

const labels = { "slipway.service": "api", "slipway.stack": "local" };
const part = (name: string, more: object) =>
  `container ${JSON.stringify({ name: `/api-local-${name}`, status: "running", image: "i", labels, ...more })}`;
const controller = (port: number, tls: object | null = null) =>
  part("controller", {
    controller: [`SLIPWAY_CONTROLLER_JSON=${JSON.stringify({ listen: { address: "0.0.0.0", port }, tls })}`],
  });
const listener = (port: number, inode: string) => `listener ${JSON.stringify({ port, address: "00000000", inode })}`;

function refused(
  lines: readonly string[],
  ports: readonly number[],
  { live = "blue", listenAddress = "0.0.0.0" }: { live?: Ledger["live"]; listenAddress?: string } = {},
): string[] {
  const declared = {
    names: new HostNames("api", "local", "10.9.9.0/24"),
    subnet: "10.9.9.0/24",
    listenAddress,
    ports: ports.map((port) => ({ port, path: `port ${String(port)}` })),
  } as unknown as Declared;
  const ledger: Ledger = { ...emptyLedger, live };
  return roomProblems(parseLook([part("proxy-1", { place: "1" }), ...lines].join("\n")), ledger, declared).map(
    ({ path }) => path,
  );
}

test("the port of the stack's own proxy is taken by it", () => {
  expect(refused([controller(8080), listener(8080, "1")], [8080])).toEqual([]);
  expect(refused([controller(443, { httpPort: 80 }), listener(443, "1"), listener(80, "2")], [443, 80])).toEqual([]);
});

test("it is, too, while nothing is live: the first release was rejected, or its update was killed", () => {
  expect(refused([controller(8080), listener(8080, "1")], [8080], { live: null })).toEqual([]);
  expect(refused([controller(8080), listener(8080, "1"), listener(8080, "2")], [8080], { live: null })).toEqual([
    "port 8080",
  ]);
});

test("its two sockets are, where it listens by IPv4 and IPv6", () => {
  const both = [controller(8080), listener(8080, "1"), listener(8080, "2")];
  expect(refused(both, [8080], { listenAddress: "::" })).toEqual([]);
  expect(refused([...both, listener(8080, "3")], [8080], { listenAddress: "::" })).toEqual(["port 8080"]);
});

test("another process beside it is somebody else", () => {
  expect(refused([controller(8080), listener(8080, "1"), listener(8080, "2")], [8080])).toEqual(["port 8080"]);
});

test("the port before is the stack's own while its proxy could not have the new one", () => {
  const lines = [controller(9090), listener(8080, "1"), listener(9090, "2")];
  expect(refused(lines, [8080])).toEqual(["port 8080"]);
  expect(refused([...lines, 'proxy "outdated"'], [8080])).toEqual([]);
});

test("a port that the stack is to move to has no listener of its own yet", () => {
  expect(refused([controller(8080), listener(8080, "1"), listener(9090, "2")], [9090])).toEqual(["port 9090"]);
  expect(refused([controller(443), listener(443, "1"), listener(80, "2")], [443, 80])).toEqual(["port 80"]);
  expect(refused([controller(8080), listener(8080, "1")], [9090])).toEqual([]);
});

test("where the controller is gone, one listener is taken for the stack's own", () => {
  expect(refused([listener(8080, "1")], [8080])).toEqual([]);
});

test("images that the host has not yet are named, with the setting for one that it can have", () => {
  const images = { node: "node:24", prometheus: "prom/prometheus:v3", exporter: "prom/node-exporter:v1" };
  expect(toPull(parseLook(""), { images })).toEqual([]);
  const look = parseLook('absent "prom/prometheus:v3"\nabsent "prom/node-exporter:v1"');
  expect(toPull(look, { images })).toEqual([
    "Not on the host yet, so pulumi up pulls from their registries: prom/prometheus:v3, prom/node-exporter:v1. Where it " +
      "reaches none: pulumi config set --path slipway:stockImages.prometheus <reference of an image that it has>",
  ]);
});

test("a network that took the live service's subnet once its own was gone is named", () => {
  const network = (name: string) => `network {"name":"${name}","subnets":[{"Subnet":"10.9.9.0/24"}]}`;
  expect(refused([network("other")], [])).toEqual(["slipway:subnet"]);
  expect(refused([network("api-local")], [])).toEqual([]);
});
