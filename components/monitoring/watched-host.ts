import * as pulumi from "@pulumi/pulumi";
import { closeAccount, openAccount, watchAccount } from "../../lib/hosts/watch-account.ts";
import { watcherCommands } from "../../monitoring/on-host.ts";
import type { HostMonitoringSettings } from "../../monitoring/schema.ts";
import { tunnelMayReach } from "../../monitoring/tunnel.ts";
import type { Settings } from "../../settings/settings.ts";
import { limitProcesses } from "../hardening.ts";
import { HostCommand } from "../host-command.ts";
import type { Host } from "../host.ts";
import { ofHost, watcherContainer } from "./watcher-container.ts";

/** A further host that is watched from the first one. */
export interface WatchedHostArgs {
  readonly host: Host;
  readonly stockImages: Settings["stockImages"];
  readonly monitoring: HostMonitoringSettings;
  /** Replicas of each slot. */
  readonly replicas: number;
  /** Public half of the key by which the first host comes. */
  readonly key: pulumi.Input<string>;
}

/**
 * A node exporter, and a user by whom the first host reaches it and the controller. The user goes with the section, or with the host.
 *
 * What must never happen here: that user reaches anything else of the host, or a release waits for it.
 */
export class WatchedHost extends pulumi.ComponentResource {
  constructor(name: string, args: WatchedHostArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:monitoring:WatchedHost", name, {}, opts);
    const { host, monitoring, replicas, key } = args;
    const exporter = watcherContainer(
      name,
      "exporter",
      { ...args, command: watcherCommands(monitoring).exporter, mounts: ofHost },
      this,
    );
    limitProcesses(`${name}-limits`, host, [exporter], this);
    const account = { ACCOUNT: watchAccount(host.names.prefix) };
    const env = {
      ...account,
      OF: host.names.prefix,
      MAY: tunnelMayReach(host.names, { monitoring, replicas }).join(" "),
    };
    const open = { host, asRoot: true, run: openAccount, stdin: key, timeoutSeconds: 30 };
    const opened = new HostCommand(`${name}-account`, { ...open, env }, { parent: this });
    const { account: isMended } = host.mending;
    new HostCommand(
      `${name}-account-again`,
      { ...open, env: { ...env, AT: isMended ? new Date().toISOString() : "" } },
      { parent: this, dependsOn: opened, ...(isMended ? {} : { ignoreChanges: ["*"] }) },
    );
    new HostCommand(
      `${name}-account-closed`,
      { host, asRoot: true, run: closeAccount, runsWhen: "deleted", env: account, timeoutSeconds: 60 },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
