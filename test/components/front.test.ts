import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { Front } from "../../components/front.ts";
import { Host } from "../../components/host.ts";
import { localConnection } from "../../lib/hosts/host-connection.ts";
import { HostNames } from "../../lib/hosts/naming.ts";
import type { Serving } from "../../router/ledger.ts";
import { recordEach, type Recorded } from "../support/recorder.ts";
import { settingsOf } from "../support/settings-of.ts";

const recorded = recordEach();

async function declare(serving: Serving | null): Promise<void> {
  const settings = settingsOf({});
  const front = { httpPort: 80, connections: 4_096, names: { "shop.example.com": "shop-test" } };
  const names = new HostNames("front", "test", settings.subnet);
  const connection = localConnection("unix:///d.sock");
  const host = new Host("host", { service: "front", stack: "test", backups: "/b", ports: [443], connection, names });
  new Front("front", { host, settings: { ...settings, front }, planned: { serving } });
  await pulumi.runtime.disconnect();
}

const named = (name: string, type = ""): Recorded => {
  const found = recorded.resources.find((each) => each.name === name && each.type.includes(type));
  if (!found) throw new Error(`no ${name} among ${recorded.resources.map((each) => each.name).join(", ")}`);
  return found;
};

test("names are written before a proxy starts, and nothing but the two proxies holds the doors", async () => {
  await declare(null);
  expect(recorded.resources.some(({ type }) => type.includes("Network"))).toBe(false);
  expect(JSON.parse(String(named("front-keep").inputs.stdin))).toMatchObject({
    names: { "shop.example.com": "shop-test" },
  });
  expect(named("front-keep").dependsOn).toContain(named("front-doors").urn);
  expect(named("front-proxy-guard").dependsOn).toContain(named("front-keep").urn);
  for (const place of ["1", "2"]) {
    const { inputs, dependsOn } = named(`front-proxy-${place}`, "Container");
    expect(dependsOn).toContain(named("front-proxy-guard").urn);
    expect(inputs).toMatchObject({
      networkMode: "host",
      restart: "always",
      volumes: [{ containerPath: "/run/slipway" }, { containerPath: "/run/doors", volumeName: "front-test-doors" }],
    });
  }
});

test("another image goes into the place that does not serve", async () => {
  await declare({ place: 1, id: "another" });
  expect(named("front-proxy-1", "Container").ignoreChanges).toEqual(["*"]);
  expect(named("front-proxy-2", "Container").ignoreChanges).not.toContain("*");
  expect(JSON.parse(String(named("front-proxy-switch").inputs.stdin))).toMatchObject({ place: 2 });
});
