import { createHash } from "node:crypto";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { exporterOf, ownMemoryMb, watchersOf, type Watcher } from "../../lib/releases/declared-on-host.ts";
import type { MonitoredStack } from "../../monitoring/monitoring-files.ts";
import {
  exporterVariables,
  filesFolder,
  hostFolders,
  readyPaths,
  watchedOf,
  watcherAddress,
  watcherCommands,
  watcherData,
  watcherFiles,
} from "../../monitoring/on-host.ts";
import type { HostMonitoringSettings } from "../../monitoring/schema.ts";
import type { Settings } from "../../settings/settings.ts";
import { limitProcesses, memoryLimit, unprivileged } from "../hardening.ts";
import type { Databases } from "../databases.ts";
import { HostCommand } from "../host-command.ts";
import type { Host } from "../host.ts";
import { mendable } from "../mend.ts";
import { pullImage } from "../pull-image.ts";
import type { Router } from "../router.ts";
import { SecretFiles } from "../secret-files.ts";
import { watchedDatabase } from "./watched-database.ts";

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

/** Who has no right at all, in Debian's images as in the public ones. */
const nobody = "65534";
type Mount = docker.types.input.ContainerVolume;
/** The machine whose figures are told. Only what everybody on it may read can be. */
const ofHost = Object.entries(hostFolders).map(([hostPath, containerPath]): Mount => ({
  hostPath,
  containerPath,
  readOnly: true,
}));
/** Those that keep what outlives them. */
type Keeper = keyof typeof watcherData;
const isKeeper = (watcher: Watcher): watcher is Keeper => watcher in watcherData;
/** Longest that all of them may take until they answer, in seconds. */
const startSeconds = 60;

/**
 * Prometheus, Alertmanager and exporters of the machine and of its databases, beside the service they watch. They are reached in the stack's own network, by the host and
 * through SSH.
 *
 * What must never happen here: a port is published on the host, or a release waits for what watches it. What they have kept goes with them.
 */
export class HostMonitoring extends pulumi.ComponentResource {
  constructor(name: string, args: HostMonitoringArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:monitoring:HostMonitoring", name, {}, opts);
    const { host, router, databases, settings, secrets } = args;
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
    const read = { volumeName: files.volume, containerPath: filesFolder, readOnly: true };
    const version = createHash("sha256").update(JSON.stringify(configuration)).digest("hex");
    // They read it at their start. It covers a name that is a secret, so it is one in the state.
    const restartBy = pulumi.secret([`SLIPWAY_FILES=${version}`]);
    const kinds = watchedOf(settings);
    const watching = watchersOf(kinds);
    const keepers = watching.filter(isKeeper).map((watcher) => {
      const data = { volumeName: this.#kept(name, watcher, host), containerPath: watcherData[watcher] };
      return this.#watcher(name, watcher, args, { mounts: [read, data], envs: restartBy });
    });
    const exporters = kinds.map((kind) => {
      const watcher = exporterOf(kind);
      const login = { host, databases, stockImages: settings.stockImages, owner: nobody };
      const volumeName = watchedDatabase(`${name}-${watcher}`, kind, login, this);
      const variables = Object.entries(exporterVariables(host.names, kind, settings.databases));
      return this.#watcher(name, watcher, args, {
        mounts: [{ volumeName, containerPath: filesFolder, readOnly: true }],
        envs: variables.map(([key, value]) => `${key}=${value}`),
      });
    });
    const containers = [...keepers, this.#watcher(name, "exporter", args, { mounts: ofHost }), ...exporters];
    limitProcesses(`${name}-limits`, host, containers, this);
    new HostCommand(
      `${name}-ready`,
      {
        host,
        env: {
          CONTROLLER: host.names.part("controller"),
          SECONDS_LEFT: String(startSeconds),
          NAMES: watching.map((watcher) => host.names.part(watcher)).join(" "),
          URLS: watching.map((each) => `http://${watcherAddress(host.names, each)}${readyPaths[each]}`).join(" "),
        },
        run: readyScript,
        stdin: pulumi.all(containers.map(({ id }) => id)).apply((ids) => ids.join(" ")),
        timeoutSeconds: startSeconds + 30,
      },
      { parent: this, dependsOn: [...containers, router] },
    );
    this.registerOutputs({});
  }

  #watcher(
    name: string,
    watcher: Watcher,
    { host, settings, monitoring }: HostMonitoringArgs,
    { mounts, envs }: { readonly mounts: readonly Mount[]; readonly envs?: pulumi.Input<string[]> },
  ): docker.Container {
    const child = { parent: this, provider: host.provider };
    const part = host.names.part(watcher);
    const image = new docker.RemoteImage(
      `${name}-${watcher}-image`,
      { name: settings.stockImages[watcher], keepLocally: true },
      {
        ...child,
        dependsOn: pullImage(`${name}-${watcher}-pull`, host, settings.stockImages[watcher], { parent: this }),
      },
    );
    const mend = mendable("container", part, host.mending, host.labels);
    return new docker.Container(
      `${name}-${watcher}`,
      {
        name: part,
        image: image.imageId,
        command: watcherCommands(monitoring)[watcher],
        user: `${nobody}:${nobody}`,
        restart: "always",
        ...unprivileged,
        ...memoryLimit(ownMemoryMb[watcher]),
        ...(envs === undefined ? {} : { envs }),
        labels: mend.labels,
        logDriver: "local",
        networksAdvanced: [{ name: host.network, ipv4Address: host.names.address(watcher) }],
        volumes: [...mounts],
      },
      { ...child, deleteBeforeReplace: true, ignoreChanges: mend.ignoreChanges },
    );
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

/** Asked by the controller, as not every image has a program that asks. What does not answer is said with its last words. */
const readyScript = `
docker exec -i -e URLS="$URLS" -e SECONDS_LEFT="$SECONDS_LEFT" "$CONTROLLER" node --input-type=module - <<'END' || {
const end = Date.now() + Number(process.env.SECONDS_LEFT) * 1000;
const isThere = async (url) => (await fetch(url, { signal: AbortSignal.timeout(5000) }).catch(() => null))?.ok === true;
for (const url of process.env.URLS.split(" ")) {
  while (!(await isThere(url))) {
    if (Date.now() > end) { console.error(url + " does not answer"); process.exit(1); }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
END
  for name in $NAMES; do docker logs --tail 3 "$name" 2>&1 | sed "s/^/$name: /" >&2; done
  exit 1
}
`;
