import * as pulumi from "@pulumi/pulumi";
import { Databases } from "./components/databases.ts";
import { defaultDockerHost, Host } from "./components/host.ts";
import { Router } from "./components/router.ts";
import { Service } from "./components/service.ts";
import { loadSettings } from "./lib/load-settings.ts";
import { HostNames } from "./lib/naming.ts";
import { planRelease } from "./lib/plan-release.ts";
import type { Settings } from "./lib/settings.ts";

// Node strips types in place, so its own stack traces are right. The SDK's hook would look up source maps for each of the thousands of
// promises whose origin it notes: a sixth of a preview.
Reflect.deleteProperty(Error, "prepareStackTrace");
await pulumi.requirePulumiVersion(">=3.250.0");

const { stack, settings, secrets, noticeSecrets, githubSecrets } = loadSettings();

if (settings.github) await governRepository(settings.github);

/** A stack declares the sections that its configuration names; the service's needs a host. */
export const { url, live, standby }: Partial<Service> = settings.host
  ? await deliverService(settings.host)
  : await nothingToDeliver();

/** The repository with its rules, then the environment and what it takes to enter it. */
async function governRepository(section: NonNullable<Settings["github"]>): Promise<void> {
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
}

async function deliverService(section: NonNullable<Settings["host"]>): Promise<Service> {
  const { service, subnet, databases: databaseSettings, stockImages } = settings;
  const names = new HostNames(service, stack, subnet);
  const dockerHost = section.dockerHost ?? defaultDockerHost();
  const planned = await planRelease(dockerHost, names, settings, secrets);

  const host = new Host("host", { service, stack, subnet, dockerHost, names });
  const router = new Router("router", { host, settings, noticeSecrets });
  const databases = new Databases("databases", { host, databases: databaseSettings, stockImages });
  return new Service("api", { host, router, databases, planned, settings, secrets });
}

async function nothingToDeliver() {
  await pulumi.log.info(`Stack ${stack} has no slipway:host, so no service is declared.`);
  return {};
}
