import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { Databases } from "../../components/databases.ts";
import { HostByHost } from "../../components/host-by-host.ts";
import { Host } from "../../components/host.ts";
import { HostMonitoring } from "../../components/monitoring/host-monitoring.ts";
import { Router } from "../../components/router.ts";
import { Service } from "../../components/service.ts";
import { connectionTo } from "../../lib/hosts/host-connection.ts";
import { HostNames } from "../../lib/hosts/naming.ts";
import { containerSpec } from "../../lib/releases/container.ts";
import { emptyLedger } from "../../lib/releases/ledger.ts";
import { makeRelease } from "../../lib/releases/release.ts";
import { planSlots } from "../../lib/releases/slot-plan.ts";
import { rules } from "../../policy/rules/index.ts";
import { parseSettings } from "../../settings/settings.ts";
import { reportedOf } from "../support/asked-policy.ts";
import { recordGitHub } from "../support/github-program.ts";
import { rawConfig } from "../support/raw-config.ts";
import { record, type Recorded } from "../support/recorder.ts";

const broken = (resources: readonly Recorded[]) =>
  resources.flatMap((each) => rules.flatMap((rule) => reportedOf(rule, each)));

/** All that a stack declares on its first host, with secrets, and watched from there. */
async function declared(stack: string): Promise<readonly Recorded[]> {
  const { resources, stop } = await record();
  const raw = rawConfig(stack, { monitoring: { kind: "host" }, notices: { slack: {} } });
  const parsed = parseSettings(raw, { secrets: ["api-token"], noticeSecrets: ["slack-url"] });
  if ("problems" in parsed) throw new Error(JSON.stringify(parsed.problems));
  const { settings } = parsed;
  const { service, subnet, host: section, monitoring, image } = settings;
  if (section === undefined || monitoring?.kind !== "host") throw new Error("no host");
  const connection = connectionTo(section);
  const names = new HostNames(service, stack, subnet);
  const login = { server: "ghcr.io", username: "bot", password: "planted-password" };
  const host = new Host("host", { service, stack, subnet, names, connection, login, backups: "/b", ports: [443] });
  const noticeSecrets = { "slack-url": "planted-url" };
  const router = new Router("router", {
    host,
    settings,
    serving: null,
    noticeSecrets,
    previewSecret: "planted",
    tlsKey: "",
  });
  const container = containerSpec(settings, { "api-token": "planted-token" });
  const release = makeRelease({
    version: settings.version,
    image: image.name === undefined ? "ape:abc" : `${image.name}:1.0.0@sha256:${"a".repeat(64)}`,
    container,
  });
  const build = image.build === undefined ? {} : { build: { context: image.build, args: {} } };
  const planned = { ledger: emptyLedger, plan: planSlots(emptyLedger, release), container, ...build };
  const databases = new Databases("databases", { ...settings, host });
  new Service("api", { host, router, databases, planned, settings, hostByHost: new HostByHost(1) });
  new HostMonitoring("monitoring", { host, router, databases, settings, monitoring, secrets: noticeSecrets });
  await pulumi.runtime.disconnect();
  stop();
  return resources;
}

test.each(["local", "staging", "production"])("the stack %s breaks no rule of the policy pack", async (stack) => {
  const resources = await declared(stack);
  expect(resources.length).toBeGreaterThan(40);
  expect(broken(resources)).toEqual([]);
});

test("nor does what the stack governance declares on GitHub", async () => {
  expect(broken(await recordGitHub())).toEqual([]);
});
