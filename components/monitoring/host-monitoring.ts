import { createHash } from "node:crypto";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { tunnelledHosts } from "../../lib/hosts/watch-account.ts";
import { byTunnel, exporterOf, watchersOf, type Watcher } from "../../lib/releases/declared-on-host.ts";
import type { MonitoredStack } from "../../monitoring/monitoring-files.ts";
import {
  answers,
  exporterVariables,
  readyPaths,
  watchedOf,
  watcherAddress,
  watcherCommands,
  watcherData,
  watcherFiles,
} from "../../monitoring/on-host.ts";
import type { HostMonitoringSettings } from "../../monitoring/schema.ts";
import type { Settings } from "../../settings/settings.ts";
import type { Databases } from "../databases.ts";
import type { Host } from "../host.ts";
import { mendable } from "../mend.ts";
import type { Router } from "../router.ts";
import { SecretFiles } from "../secret-files.ts";
import { limitAndAwait } from "./await-watchers.ts";
import { watchedDatabase } from "./watched-database.ts";
import { filesOf, nobody, ofHost, watcherContainer } from "./watcher-container.ts";

/** What watches a stack from its own first host. */
export interface HostMonitoringArgs {
  readonly host: Host;
  /** Its controller's image also writes secret files, and the controller asks whether they answer. */
  readonly router: Router;
  readonly databases: Databases;
  readonly settings: MonitoredStack & Pick<Settings, "stockImages">;
  readonly monitoring: HostMonitoringSettings;
  /** Values of `slipway:noticeSecrets`: whom alerts are told. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** Those that keep what outlives them. */
type Keeper = keyof typeof watcherData;
const isKeeper = (watcher: Watcher): watcher is Keeper => watcher in watcherData;
/**
 * Prometheus, Alertmanager and exporters of the machine and of its databases, beside the service they watch. They are reached in the stack's own network, by the host and
 * through SSH.
 *
 * What must never happen here: a port is published on the host, or a release waits for what watches it. What they have kept goes with them.
 */
export class HostMonitoring extends pulumi.ComponentResource {
  constructor(name: string, args: HostMonitoringArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:monitoring:HostMonitoring", name, {}, opts);
    const { host, router, databases, settings, monitoring, secrets } = args;
    const { configuration, keys } = watcherFiles(host.stack, settings, secrets);
    const files = new SecretFiles(
      `${name}-files`,
      {
        host,
        volume: host.names.part("monitoring"),
        image: router.controllerImage,
        owner: nobody,
        files: { ...configuration, ...keys },
      },
      { parent: this },
    );
    const common = { host, stockImages: settings.stockImages };
    const commands = watcherCommands(monitoring);
    const version = createHash("sha256").update(JSON.stringify(configuration)).digest("hex");
    // They read it at their start. It covers a name that is a secret, so it is one in the state.
    const restartBy = `SLIPWAY_FILES=${version}`;
    const ways = tunnelledHosts(settings).length > 0 ? [`${byTunnel}=yes`] : [];
    const kinds = watchedOf(settings);
    const watching = watchersOf(kinds).filter(answers);
    const keepers = watching.filter(isKeeper).map((watcher) => {
      const data = { volumeName: this.#kept(name, watcher, host), containerPath: watcherData[watcher] };
      const envs = pulumi.secret([restartBy, ...(watcher === "prometheus" ? ways : [])]);
      const args = { ...common, command: commands[watcher], mounts: [filesOf(files.volume), data], envs };
      return watcherContainer(name, watcher, args, this);
    });
    const exporters = kinds.map((kind) => {
      const watcher = exporterOf(kind);
      const login = { host, databases, stockImages: settings.stockImages, owner: nobody };
      const volumeName = watchedDatabase(`${name}-${watcher}`, kind, login, this);
      const variables = Object.entries(exporterVariables(host.names, kind, settings.databases));
      const envs = variables.map(([key, value]) => `${key}=${value}`);
      const args = { ...common, command: commands[watcher], mounts: [filesOf(volumeName)], envs };
      return watcherContainer(name, watcher, args, this);
    });
    const machine = { ...common, command: commands.exporter, mounts: ofHost };
    const containers = [...keepers, watcherContainer(name, "exporter", machine, this), ...exporters];
    limitAndAwait(
      name,
      {
        host,
        router,
        containers,
        names: watching.map((watcher) => host.names.part(watcher)),
        urls: watching.map((each) => `http://${watcherAddress(host.names, each)}${readyPaths[each]}`),
      },
      this,
    );
    this.registerOutputs({});
  }

  /** What they have seen and told. Nobody's data: it goes with the section, as the plan shows. */
  #kept(name: string, watcher: Keeper, host: Host): pulumi.Output<string> {
    const part = host.names.part(watcher);
    const { labels, ignoreChanges } = mendable("volume", part, host.mending, host.labels);
    const volume = new docker.Volume(
      `${name}-${watcher}-history`,
      { name: part, labels },
      { parent: this, provider: host.provider, ignoreChanges },
    );
    return volume.name;
  }
}
