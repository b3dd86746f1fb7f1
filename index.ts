import * as pulumi from "@pulumi/pulumi";
import { Databases } from "./components/databases.ts";
import { HostByHost } from "./components/host-by-host.ts";
import { Host } from "./components/host.ts";
import type { Proxy } from "./components/proxy.ts";
import { Router } from "./components/router.ts";
import { Service } from "./components/service.ts";
import { keepRules, type Rules } from "./github/weakening/last-rules.ts";
import { hostsOf } from "./lib/hosts/host-connection.ts";
import { loadSettings } from "./settings/load-settings.ts";
import { HostNames } from "./lib/hosts/naming.ts";
import { planReleases } from "./lib/releases/plan-release.ts";
import type { Settings } from "./settings/settings.ts";
import { portsOf } from "./lib/tls/tls-settings.ts";

// Node strips types in place, so its own stack traces are right. The SDK's hook would look up source maps for each of the thousands of
// promises whose origin it notes: a sixth of a preview.
Reflect.deleteProperty(Error, "prepareStackTrace");
await pulumi.requirePulumiVersion(">=3.250.0");

const { stack, settings, secrets, noticeSecrets, githubSecrets, tlsKey, login } = loadSettings();

/** How strict the repository's rules are: the next update may not weaken them unasked. */
export const rules = settings.github ? await governRepository(settings.github) : await keepRules();

/** A stack declares the sections that its configuration names; the service's needs a host. */
export const { url, live, standby, proxy, hosts }: Delivered = settings.host
  ? await deliverService(settings.host)
  : await nothingToDeliver();

/** The repository with its rules, then the environment and what it takes to enter it. */
async function governRepository(section: NonNullable<Settings["github"]>): Promise<Rules> {
  // Loaded here, so that a stack without these sections does not pay for them.
  const { Account, DeploymentEnvironment, fitOlderPlugin, planGitHub, Repository } =
    await import("./components/github.ts");
  const planned = await planGitHub({ ...settings, github: section });
  if (planned.hasOlderPlugin) await fitOlderPlugin();

  const account = new Account("github", planned);
  const repository =
    planned.repository &&
    new Repository("repository", { account, settings: planned.repository, secrets: githubSecrets });
  if (planned.environment) {
    const { environment } = githubSecrets;
    new DeploymentEnvironment("environment", {
      account,
      repository,
      settings: planned.environment,
      secrets: environment,
    });
  }
  return planned.rules;
}

/** What a stack shows: of the first host, and under their names of the others. */
type Delivered = Partial<Pick<Service, "url"> & DeliveredHost> & { hosts: Record<string, DeliveredHost> };
type DeliveredHost = Pick<Service, "live" | "standby"> & { proxy: Proxy["serving"] };

async function deliverService(first: NonNullable<Settings["host"]>): Promise<Delivered> {
  const { service, subnet, databases: databaseSettings, stockImages } = settings;
  const names = new HostNames(service, stack, subnet);
  const common = {
    service,
    stack,
    subnet,
    names,
    ports: portsOf(settings),
    backups: settings.backups.directory,
    login,
  };
  const planned = await planReleases({ hosts: hostsOf(first, settings.hosts), names, settings, secrets, login });

  const delivered: Delivered = { hosts: {} };
  const hostByHost = new HostByHost(planned.length);
  for (const { name, connection, ...release } of planned) {
    const suffix = name === undefined ? "" : `-${name}`;
    const host = new Host(`host${suffix}`, { ...common, connection });
    const serving = release.ledger.proxy;
    const router = new Router(`router${suffix}`, { host, settings, serving, noticeSecrets, tlsKey });
    const databases = new Databases(`databases${suffix}`, { host, databases: databaseSettings, stockImages });
    const args = { host, router, databases, hostByHost, planned: release, settings, secrets };
    const { url, live, standby } = new Service(`api${suffix}`, args);
    const proxy = router.proxy.serving;
    if (name === undefined) Object.assign(delivered, { url, live, standby, proxy });
    else delivered.hosts[name] = { live, standby, proxy };
  }
  return delivered;
}

async function nothingToDeliver(): Promise<Delivered> {
  await pulumi.log.info(`Stack ${stack} has no slipway:host, so no service is declared.`);
  return { hosts: {} };
}
