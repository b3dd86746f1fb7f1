import { scryptSync } from "node:crypto";
import { endsTlsElsewhere, hostsOf } from "../lib/entrance/entrance-settings.ts";
import { maxReplicas, subnetPrefix, type HostNames } from "../lib/hosts/naming.ts";
import { noticesConfiguration } from "../lib/notices/controller-notices.ts";
import { challengePort } from "../lib/tls/tls-settings.ts";
import { doorsFolder } from "../router/behind.ts";
import type { AccessConfig, ControllerJson } from "../router/controller-config.ts";
import { healthRequest } from "../router/health-request.ts";
import { metricsPort } from "../router/paths.ts";
import type { Settings } from "./settings.ts";

/** What HAProxy's workers become. It owns nothing and is in no group: code in a worker reaches neither configuration nor sockets. */
export const workerUser = 7008;

/** The controller's configuration, as JSON; nothing in it is secret. */
export function controllerConfiguration(
  { names, stack }: { readonly names: HostNames; readonly stack: string },
  settings: Settings,
  accessPassword = "",
): string {
  const { port, subnet, strategy, profile, verdict, sticky, preview, drainSeconds } = settings;
  return JSON.stringify({
    service: names.prefix,
    port,
    subnetPrefix: subnetPrefix(subnet),
    maxReplicas,
    health: healthConfiguration(settings.health),
    strategy,
    profile,
    verdict,
    sticky,
    preview,
    drainSeconds,
    ...listenConfiguration(settings),
    tls: tlsConfiguration(names, settings.tls),
    behindTls: endsTlsElsewhere(settings),
    hosts: hostsOf(settings),
    clients: settings.clients,
    loadBalancer: settings.loadBalancer ?? null,
    // Another one makes another controller, which then reads its hash.
    ...(settings.access ? { access: accessConfiguration(names, settings.access, accessPassword) } : {}),
    accessLog: settings.accessLog.megabytes > 0,
    proxyUser: workerUser,
    // Counting each request costs the proxy processor time, which a stack that nobody watches does not pay.
    metrics: settings.monitoring ? { address: names.address("controller"), port: metricsPort } : null,
    notices: noticesConfiguration(stack, settings.notices),
  } satisfies ControllerJson);
}

/** Behind a front it is asked where people ask that one. */
function listenConfiguration({
  listenAddress,
  listenPort,
  behind,
  url,
}: Settings): Pick<ControllerJson, "listen" | "doors"> {
  if (behind === undefined) return { listen: { address: listenAddress, port: listenPort } };
  const { port, protocol } = new URL(url);
  const usual = protocol === "https:" ? 443 : 80;
  return { listen: { address: listenAddress, port: port === "" ? usual : Number(port) }, doors: doorsFolder };
}

function accessConfiguration(
  { prefix }: HostNames,
  { addresses, user }: NonNullable<Settings["access"]>,
  password: string,
): AccessConfig {
  // Too short to be held against guesses, and too costly.
  const named = scryptSync(`${String(user)}:${password}`, prefix, 4).toString("hex");
  return { addresses, password: user === undefined ? null : named };
}

/** What is as usual is left out, so that it is not another configuration. */
function healthConfiguration(health: Settings["health"]): ControllerJson["health"] {
  const { path, intervalMs, timeoutMs, gateSeconds } = health;
  const request = healthRequest(health);
  return { path, intervalMs, timeoutMs, gateSeconds, ...(Object.keys(request).length === 0 ? {} : { request }) };
}

/** With HTTP-01, who keeps the certificate answers for it through the proxy. */
function tlsConfiguration(names: HostNames, tls: Settings["tls"]): ControllerJson["tls"] {
  if (tls.kind === "none") return null;
  const { kind: source, httpPort, hstsSeconds } = tls;
  const challenge = source === "acme" ? `${names.address("certificates")}:${String(challengePort)}` : null;
  return { source, httpPort, hstsSeconds, challenge };
}
