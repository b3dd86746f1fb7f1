import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Databases } from "../../components/databases.ts";
import { HostByHost } from "../../components/host-by-host.ts";
import { Host } from "../../components/host.ts";
import { Router } from "../../components/router.ts";
import { Service } from "../../components/service.ts";
import { hostsOf } from "../../lib/hosts/host-connection.ts";
import { HostNames } from "../../lib/hosts/naming.ts";
import { RegistryClient } from "../../lib/images/registry-client.ts";
import { tagOf } from "../../lib/images/tag.ts";
import { formatProblems } from "../../lib/problem.ts";
import { freezeProblem } from "../../lib/releases/freeze.ts";
import { containerSpec } from "../../lib/releases/container.ts";
import { emptyLedger, type Ledger } from "../../lib/releases/ledger.ts";
import { makeRelease } from "../../lib/releases/release.ts";
import { planSlots } from "../../lib/releases/slot-plan.ts";
import { portsOf } from "../../lib/tls/tls-settings.ts";
import { parseConfig } from "../../router/controller-config.ts";
import { renderProxyConfig } from "../../router/haproxy-config.ts";
import { emptyLedger as emptyJournal } from "../../router/ledger.ts";
import { serverWishes } from "../../router/traffic.ts";
import { parsePromotion, parseWish } from "../../router/wire.ts";
import { secretMaps } from "../../settings/secret-keys.ts";
import { settingsSchema } from "../../settings/settings-schema.ts";
import { parseSettings, type Settings } from "../../settings/settings.ts";
import { anyOf } from "../support/any-settings.ts";
import { rawConfig } from "../support/raw-config.ts";
import { recordEach } from "../support/recorder.ts";
import { plainContainer } from "../support/plain-container.ts";

/** Nothing that the settings accept may throw later: all that is made from them without a host is made here. */
const keys = Object.keys(settingsSchema.shape).filter((key) => !secretMaps.some((name) => name === key));
type Key = keyof typeof settingsSchema.shape;
const changeOf = (key: string) => anyOf(settingsSchema.shape[key as Key]).map((value) => [key, value] as const);
const changes = fc
  .uniqueArray(fc.constantFrom(...keys), { minLength: 3, maxLength: 8 })
  .chain((chosen) => fc.tuple(...chosen.map(changeOf)))
  .map((entries) => Object.fromEntries(entries.filter(([, value]) => value !== undefined)));

const everyNotice = ["webhook-url", "slack-url", "smtp-user", "smtp-password", "pagerduty-routing-key"];

/** The settings, or undefined where parts do not fit together: that was said in time. */
function accepted(change: Record<string, unknown>): Settings | undefined {
  const parsed = parseSettings(rawConfig("local", change), { secrets: ["token"], noticeSecrets: everyNotice });
  if ("settings" in parsed) return parsed.settings;
  expect(formatProblems(parsed.problems)).toMatch(/^slipway:\S/);
  return undefined;
}

const recorded = recordEach();

function plan(settings: Settings, ledger: Ledger) {
  const { service, version, image, subnet, host, hosts } = settings;
  if (image.name !== undefined) new RegistryClient(image.name);
  const name = image.name ?? `${service}:${tagOf(version)}-${"0".repeat(16)}`;
  const container = containerSpec(settings, {});
  const planned = planSlots(ledger, makeRelease({ version, image: name, container }));
  freezeProblem(planned, ledger, settings, new Date());
  const build = image.build === undefined ? {} : { build: { context: image.build, args: {} } };
  const connections = hostsOf(host ?? { kind: "local" }, hosts);
  const names = new HostNames(service, "test", subnet);
  return { names, connections, planned: { ledger, plan: planned, container, ...build } };
}

/** Plans a release from a ledger and declares all that it needs. */
async function deliver(settings: Settings, ledger: Ledger): Promise<void> {
  const { service, subnet, backups } = settings;
  const { names, connections, planned } = plan(settings, ledger);
  for (const [index, { connection }] of connections.entries()) {
    const host = new Host(`host${String(index)}`, {
      ...{ service, stack: "test", subnet, connection, names },
      ...{ backups: backups.directory, ports: portsOf(settings) },
    });
    const args = { host, settings, planned, hostByHost: new HostByHost(1), secrets: { token: "x" } };
    const router = new Router(`router${String(index)}`, { ...args, serving: null, noticeSecrets: {}, tlsKey: "" });
    const databases = new Databases(`databases${String(index)}`, { ...settings, host });
    new Service(`api${String(index)}`, { ...args, router, databases });
  }
  await pulumi.runtime.disconnect();
}

/** What the controller and Docker do with what was declared. */
function take(): void {
  for (const { type, inputs } of recorded.resources) {
    if (type === "docker:index/container:Container") {
      expect(inputs.name).toMatch(/^[a-zA-Z0-9][\w.-]{0,127}$/);
      for (const variable of (inputs.envs ?? []) as string[]) expect(variable).toMatch(/^\w+=[^\0]*$/);
      for (const variable of (inputs.envs ?? []) as string[]) {
        const [, json] = /^SLIPWAY_CONTROLLER_JSON=(.*)/s.exec(variable) ?? [];
        if (json !== undefined) render(json);
      }
    }
    if (type === "docker:index/remoteImage:RemoteImage") expect(inputs.name).toMatch(reference);
    const { stdin, environment } = inputs as { stdin?: string; environment?: Record<string, string> };
    if (stdin?.includes('"rollout"') && !stdin.includes('"seconds"')) {
      parseWish(stdin);
      if (stdin.includes('"holds"')) parsePromotion(stdin);
    }
    // What a process gets can't hold NUL, and a file's name has 255 bytes at most.
    for (const value of Object.values(environment ?? {})) expect(value).not.toContain("\0");
    if (environment?.NAME !== undefined) expect(`${environment.NAME}.postgres.dump.mark`.length).toBeLessThan(256);
  }
}

/** As Docker's own grammar has it. */
const part = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const reference = new RegExp(
  `^(?:[a-zA-Z0-9.-]+(?::\\d+)?/)?${part}(?:/${part})*(?::\\w[\\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$`,
);

function render(content: string): void {
  const config = parseConfig(content);
  const text = renderProxyConfig(config, serverWishes(config, emptyJournal), "/run/slipway");
  expect(text).not.toMatch(/undefined|NaN|\[object/);
}

const container = { ...plainContainer, replicas: 2 };
const one = makeRelease({ version: "2024.11.03", image: "ape:1", container });
const released: Ledger = {
  ...emptyLedger,
  ...{ rollout: 1, promoted: 1, live: "blue", served: ["2024.11.03"] },
  slots: { blue: { release: one, state: "holds" }, green: { release: one, state: "holds" } },
};
const ledgers = fc.constantFrom(emptyLedger, released);

describe("no value that the settings accept throws later", () => {
  test.each(keys)("%s, while a release is planned", (key) => {
    const property = fc.property(changeOf(key), ledgers, ([, value], ledger) => {
      const settings = accepted(value === undefined ? {} : { [key]: value });
      // What can't stand alone is refused each time; of the others, as many are tried as there are runs.
      if (!apart.includes(key)) fc.pre(settings !== undefined);
      if (settings !== undefined) plan(settings, ledger);
    });
    fc.assert(property, { numRuns: 30 });
  });

  // Each run declares some fifty resources, so what parts that do not fit together is sorted out before.
  test("several at once, until the controller has its configuration and Docker its containers", async () => {
    const fitting = changes.map(accepted).filter((settings) => settings !== undefined);
    const property = fc.asyncProperty(fitting, ledgers, async (settings, ledger) => {
      recorded.resources.length = 0;
      await deliver(settings, ledger);
      take();
    });
    await fc.assert(property, { numRuns: 15 });
  }, 300_000);
});

/** Valid only together with others. */
const apart = ["tlsKey", "hosts", "repository", "environment"];
