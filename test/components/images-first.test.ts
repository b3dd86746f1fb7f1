import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { Databases } from "../../components/databases.ts";
import { Host } from "../../components/host.ts";
import { HostMonitoring } from "../../components/monitoring/host-monitoring.ts";
import { Router } from "../../components/router.ts";
import { localConnection } from "../../lib/hosts/host-connection.ts";
import { HostNames } from "../../lib/hosts/naming.ts";
import { nothingToMend } from "../../lib/releases/mending.ts";
import { record, type Recorded } from "../support/recorder.ts";
import { settingsOf } from "../support/settings-of.ts";

/** All that a host has beside the service, as a stack declares it. */
async function declared(serves: boolean, missing: readonly string[] = []): Promise<readonly Recorded[]> {
  const { resources, stop } = await record();
  const databases = { postgres: { name: "ape", user: "ape" }, redis: {} };
  const settings = settingsOf({ databases, monitoring: { kind: "host" } });
  const { monitoring, subnet } = settings;
  if (monitoring?.kind !== "host") throw new Error("no kind host");
  const names = new HostNames("api", "test", subnet);
  const place = { service: "api", stack: "test", subnet, backups: "/b", ports: [], names };
  const recreate = { ...nothingToMend.recreate, container: new Set(missing) };
  const mending = { ...nothingToMend, recreate };
  const host = new Host("host", { ...place, connection: localConnection("unix:///d.sock"), serves, mending });
  const router = new Router("router", { host, settings, serving: null, noticeSecrets: {}, tlsKey: "" });
  const beside = { host, router, databases: new Databases("databases", { ...settings, host }) };
  new HostMonitoring("monitoring", { ...beside, settings, monitoring, secrets: {} });
  await pulumi.runtime.disconnect();
  stop();
  return resources;
}

/** Containers that are removed before they are made anew, with how many of the images each waits for. */
const waiting = (resources: readonly Recorded[]) => {
  const images = resources.filter(({ type }) => type.endsWith("RemoteImage")).map(({ urn }) => urn);
  const containers = resources.filter(
    ({ type, deleteBeforeReplace }) => type.endsWith(":Container") && deleteBeforeReplace,
  );
  const direct = containers.filter(({ name }) => !name.startsWith("router-proxy-"));
  return Object.fromEntries(
    direct.map(({ name, dependsOn }) => [name, images.filter((urn) => dependsOn.includes(urn)).length / images.length]),
  );
};

const all = ["router-controller", "databases-postgres", "databases-redis"];
const watchers = ["prometheus", "alertmanager", "exporter", "postgres-exporter", "redis-exporter"].map(
  (name) => `monitoring-${name}`,
);

test("on a host that serves, what is removed to be made anew waits for every image, and nothing for itself", async () => {
  expect(waiting(await declared(true))).toEqual(Object.fromEntries([...all, ...watchers].map((name) => [name, 1])));
});

test("what is away already waits for none but its own, and so does a first release", async () => {
  expect(waiting(await declared(true, ["api-test-controller"]))["router-controller"]).toBeLessThan(0.3);
  for (const part of Object.values(waiting(await declared(false)))) expect(part).toBeLessThan(0.3);
});
