import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { hostsOf } from "../lib/hosts/host-connection.ts";
import { HostNames, hostSuffix, slots } from "../lib/hosts/naming.ts";
import { tunnelledHosts } from "../lib/hosts/watch-account.ts";
import { lastOutput } from "../lib/own-state.ts";
import { planReleases } from "../lib/releases/plan-release.ts";
import { portsOf } from "../lib/tls/tls-settings.ts";
import type { StackSettings } from "../settings/load-settings.ts";
import type { HostSettings } from "../lib/hosts/schema.ts";
import type { Settings } from "../settings/settings.ts";
import { backupsOnHost } from "../lib/releases/backup-variables.ts";
import { BackupClock } from "./backup-clock.ts";
import { BackupCopies } from "./backup-copy.ts";
import { Databases } from "./databases.ts";
import { HostByHost } from "./host-by-host.ts";
import { Host } from "./host.ts";
import { RoleClock } from "./role-clock.ts";
import { Router } from "./router.ts";
import { Service } from "./service.ts";
import type { DeliveredHost, Target } from "./target.ts";

/**
 * Delivers to machines with a Docker engine: on each a host, its router, its databases and the service.
 *
 * @param first the host whose outputs are the stack's own
 */
export const hostTarget = (first: HostSettings): Target => ({
  async deliver({
    stack,
    settings,
    secrets,
    noticeSecrets,
    backupSecrets,
    previewSecret,
    accessPassword,
    grafanaPassword,
    tlsKey,
    login,
  }: StackSettings) {
    const { service, subnet, stockImages } = settings;
    const names = new HostNames(service, stack, subnet);
    const ports = portsOf(settings);
    const backups = settings.backups.directory;
    const connections = hostsOf(first, settings.hosts);
    const planned = await planReleases({ hosts: connections, names, settings, secrets, login });

    const watch = await watching(settings, noticeSecrets, grafanaPassword);
    const hostByHost = new HostByHost(planned.length);
    const delivered = planned.map(({ name, connection, mending, ...release }) => {
      const suffix = hostSuffix(name);
      const host = new Host(`host${suffix}`, {
        service,
        stack,
        subnet,
        names,
        ports,
        backups,
        login,
        connection,
        mending,
        serves: release.ledger.live !== null,
      });
      const serving = release.ledger.proxy;
      const router = new Router(`router${suffix}`, {
        host,
        settings,
        serving,
        noticeSecrets,
        previewSecret,
        accessPassword,
        tlsKey,
      });
      const { databases: declared, deleteData, backups: kept, volumes } = settings;
      const databases = new Databases(`databases${suffix}`, {
        host,
        databases: declared,
        deleteData,
        backups: kept,
        stockImages,
        volumes,
      });
      const saved = backupsOnHost(settings, { names, service, stack }, name);
      const place = saved.copies;
      const copies = place && new BackupCopies(`copies${suffix}`, { host, router, place, secrets: backupSecrets });
      if (kept.every !== undefined)
        new BackupClock(
          `backups${suffix}`,
          { host, backups: saved, every: kept.every },
          { dependsOn: [router, databases, ...(copies ? [copies] : [])] },
        );
      // Also while only the way back leads to a release that has some.
      if (connection.deployer !== undefined && slots.some((slot) => release.plan.slots[slot].release.schedules))
        new RoleClock(`roles${suffix}`, { host }, { dependsOn: [router] });
      const args = { host, router, databases, copies, hostByHost, planned: release, settings };
      const { url, live, standby } = new Service(`api${suffix}`, args);
      const shown: DeliveredHost = { live, standby, proxy: pulumi.secret(router.proxy.serving) };
      return { name, url, shown, parts: { host, router, databases } };
    });
    watch?.(delivered);
    const others = delivered.flatMap(({ name, shown }) => (name === undefined ? [] : [[name, shown] as const]));
    const own = delivered.find(({ name }) => name === undefined);
    return { ...(own && { url: own.url, ...own.shown }), hosts: Object.fromEntries(others) };
  },
});

/** The output of a stack that was watched from its own host. */
const wasWatched = z.object({ prometheus: z.string() });
const leaving =
  "slipway:monitoring is not of kind host any more: Prometheus and Alertmanager leave the host, and all figures that they have kept are deleted";

/** From the first host all are watched. Loaded only where it is wanted, so that other stacks do not pay for it. */
async function watching(settings: Settings, secrets: StackSettings["noticeSecrets"], password: string) {
  const { monitoring } = settings;
  if (monitoring?.kind !== "host") {
    if (wasWatched.safeParse(await lastOutput("monitoring")).success) await pulumi.log.warn(leaving);
    return undefined;
  }
  const [{ HostMonitoring }, { Tunnel }] = await Promise.all([
    import("./monitoring/host-monitoring.ts"),
    import("./monitoring/tunnel.ts"),
  ]);
  const grafana = monitoring.grafana ? await import("./monitoring/grafana.ts") : undefined;
  const tunnelled = tunnelledHosts(settings);
  return (delivered: readonly { readonly name?: string | undefined; readonly parts: HostParts }[]) => {
    const first = delivered.find(({ name }) => name === undefined)?.parts;
    if (first === undefined) return;
    new HostMonitoring("monitoring", { ...first, settings, monitoring, secrets });
    if (grafana) new grafana.Grafana("grafana", { ...first, settings, password });
    const further = delivered.flatMap(({ name, parts }) =>
      name !== undefined && tunnelled.includes(name) ? [{ name, ...parts }] : [],
    );
    if (further.length > 0) new Tunnel("tunnel", { ...first, further, settings, monitoring });
  };
}

/** What one host has. */
interface HostParts {
  readonly host: Host;
  readonly router: Router;
  readonly databases: Databases;
}
