import * as pulumi from "@pulumi/pulumi";
import { addressOf } from "../lib/entrance/entrance-settings.ts";
import { planFront } from "../lib/front/plan-front.ts";
import { hostsOf } from "../lib/hosts/host-connection.ts";
import { HostNames } from "../lib/hosts/naming.ts";
import type { HostSettings } from "../lib/hosts/schema.ts";
import { portsOf } from "../lib/tls/tls-settings.ts";
import type { StackSettings } from "../settings/load-settings.ts";
import type { Settings } from "../settings/settings.ts";
import { Front } from "./front.ts";
import { Host } from "./host.ts";
import type { Target } from "./target.ts";

/** Declares the front of a host, and no service. */
export const frontTarget = (section: HostSettings, front: NonNullable<Settings["front"]>): Target => ({
  async deliver({ stack, settings, login }: StackSettings) {
    const { service, subnet } = settings;
    const names = new HostNames(service, stack, subnet);
    const [first] = hostsOf(section, {});
    const planned = await planFront(first, names, settings);
    const host = new Host("host", {
      service,
      stack,
      names,
      login,
      ports: portsOf(settings),
      backups: settings.backups.directory,
      connection: first.connection,
      serves: planned.serving !== null,
    });
    const { proxy } = new Front("front", { host, settings: { ...settings, front }, planned });
    if (!pulumi.runtime.isDryRun()) {
      proxy.serving.apply(() => {
        void pulumi.log.info(
          `✓ the front at ${addressOf(settings)} serves; \`slipway status\` shows where each name leads`,
          proxy,
        );
      });
    }
    return { hosts: {} };
  },
});
