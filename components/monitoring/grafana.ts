import { createHash, scryptSync } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { grafanaData, grafanaFiles, grafanaUser, grafanaVariables } from "../../monitoring/grafana.ts";
import type { MonitoredStack } from "../../monitoring/monitoring-files.ts";
import { readyPaths, watcherAddress } from "../../monitoring/on-host.ts";
import type { Settings } from "../../settings/settings.ts";
import type { Host } from "../host.ts";
import type { Router } from "../router.ts";
import { SecretFiles } from "../secret-files.ts";
import { limitAndAwait } from "./await-watchers.ts";
import { filesOf, watcherContainer } from "./watcher-container.ts";

/** Grafana for a stack that is watched from its own first host. */
export interface GrafanaArgs {
  readonly host: Host;
  /** Its controller's image also writes secret files, and the controller asks whether it answers. */
  readonly router: Router;
  readonly settings: MonitoredStack & Pick<Settings, "stockImages">;
  /** Of its user `admin`. */
  readonly password: string;
}

/**
 * Grafana beside the Prometheus that it asks, with the stack's dashboard, which nobody can change there. It is reached as Prometheus is.
 *
 * What must never happen here: a port is published on the host, somebody gets in without the password, or that is seen elsewhere than in its file.
 */
export class Grafana extends pulumi.ComponentResource {
  constructor(name: string, args: GrafanaArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:monitoring:Grafana", name, {}, opts);
    const { host, router, settings, password } = args;
    const part = host.names.part("grafana");
    const contents = grafanaFiles(host.stack, settings, host.names, password);
    const files = new SecretFiles(
      `${name}-files`,
      { host, volume: part, image: router.controllerImage, owner: grafanaUser, files: contents },
      { parent: this },
    );
    const envs = { ...grafanaVariables, SLIPWAY_FILES: versionOf(contents, password) };
    const container = watcherContainer(
      name,
      "grafana",
      {
        host,
        stockImages: settings.stockImages,
        mounts: [filesOf(files.volume)],
        envs: pulumi.secret(Object.entries(envs).map(([key, value]) => `${key}=${value}`)),
        user: grafanaUser,
        inMemory: [grafanaData],
      },
      this,
    );
    limitAndAwait(
      name,
      {
        host,
        router,
        containers: [container],
        names: [part],
        urls: [`http://${watcherAddress(host.names, "grafana")}${readyPaths.grafana}`],
      },
      this,
    );
    this.registerOutputs({});
  }
}

/** It reads its files at its start only. From what `docker inspect` shows nobody can try out passwords in bulk. */
function versionOf(files: Readonly<Record<string, string>>, password: string): string {
  const salt = createHash("sha256")
    .update(JSON.stringify(Object.keys(files)))
    .digest();
  const shown = Object.values(files).filter((text) => text !== password);
  const key = scryptSync(password, salt, 32);
  return createHash("sha256").update(key).update(JSON.stringify(shown)).digest("hex");
}
