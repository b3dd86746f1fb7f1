import { join as joinWords } from "shlex";
import type { HostNames } from "../lib/hosts/naming.ts";
import type { HostsSettings } from "../lib/hosts/schema.ts";
import { tunnelCommand, type Forward } from "../lib/hosts/ssh.ts";
import { tunnelledHosts, watchAccount } from "../lib/hosts/watch-account.ts";
import { metricsPort } from "../router/paths.ts";
import type { MonitoringSettings } from "./schema.ts";
import type { Target } from "./targets.ts";
import { watcherPorts } from "./watcher-ports.ts";

type TunnelledSettings = Pick<HostsSettings, "hosts"> & MonitoringSettings;
type Names = Pick<HostNames, "address" | "prefix">;

/** Where the container finds its private key. */
export const keysFolder = "/keys";
/** How long a lost tunnel rests before it is tried again, in seconds. */
const retrySeconds = 5;

/** What is asked of a further host, at a port of the tunnel for each: the same on all of them, as their networks are the same. */
const asked = [
  { part: "controller", port: metricsPort, firstListen: 20_001 },
  { part: "exporter", port: watcherPorts.exporter, firstListen: 21_001 },
] as const;

/** Addresses on a further host that the tunnel may reach there, and no other. */
export const tunnelMayReach = (names: Pick<HostNames, "address">): string[] =>
  asked.map(({ part, port }) => `${names.address(part)}:${String(port)}`);

/** Whom Prometheus asks through the tunnel. */
export const tunnelTargets = (names: Pick<HostNames, "address">, settings: TunnelledSettings): Target[] =>
  tunnelledHosts(settings).flatMap((host, index) =>
    asked.map(({ part, firstListen }) => ({
      address: `${names.address("tunnel")}:${String(firstListen + index)}`,
      part: part === "exporter" ? "host" : part,
      host,
    })),
  );

/** Shell text that keeps a connection to each further host: one that is lost is made again, and no other waits for it. */
export function tunnelScript(names: Names, settings: TunnelledSettings): string {
  const reached = tunnelMayReach(names);
  const loops = tunnelledHosts(settings).map((host, index) => {
    const server = settings.hosts[host];
    if (server === undefined) throw new Error(`no host ${host}`);
    const { address, port, hostKey } = server;
    const forwards = asked.map(({ firstListen }, each): Forward => ({
      listen: firstListen + index,
      to: reached[each] ?? "",
    }));
    const access = { address, port, hostKey, user: watchAccount(names.prefix) };
    const ssh = joinWords(tunnelCommand(access, `${keysFolder}/key`, forwards));
    return `(while :; do ${ssh} || true; sleep ${String(retrySeconds)}; done) &`;
  });
  return [...loops, "wait"].join("\n");
}
