import { join as joinWords } from "shlex";
import { maxReplicas, type HostNames } from "../lib/hosts/naming.ts";
import type { HostsSettings } from "../lib/hosts/schema.ts";
import { tunnelCommand, type Forward } from "../lib/hosts/ssh.ts";
import { tunnelledHosts, watchAccount } from "../lib/hosts/watch-account.ts";
import { metricsPort } from "../router/paths.ts";
import type { MonitoringSettings } from "./schema.ts";
import { servicePlaces, type TellingService } from "./service-places.ts";
import type { Target } from "./targets.ts";
import { watcherPorts } from "./watcher-ports.ts";

type TunnelledSettings = Pick<HostsSettings, "hosts"> & Pick<MonitoringSettings, "monitoring"> & TellingService;
type Names = Pick<HostNames, "address" | "replicaAddress">;

/** Where the container finds its private key. */
export const keysFolder = "/keys";
/** How long a lost tunnel rests before it is tried again, in seconds. */
const retrySeconds = 5;

/** What is asked of a further host, at a port of the tunnel for each: the same on all of them, as their networks are the same. */
const asked = [
  { part: "controller", port: metricsPort, firstListen: 20_001 },
  { part: "exporter", port: watcherPorts.exporter, firstListen: 21_001 },
] as const;

/** Port of the tunnel for the first place of the service on the first of the hosts; each host has as many as there may ever be. */
const firstServiceListen = 22_001;
const mostPlaces = 2 * 2 * maxReplicas;
/** Where the tunnel listens for a place of the service on a host, both counted from 0. */
const serviceListen = (host: number, place: number): number => firstServiceListen + host * mostPlaces + place;

/** Addresses on a further host that the tunnel may reach there, and no other. */
export const tunnelMayReach = (names: Names, settings: TellingService): string[] => [
  ...asked.map(({ part, port }) => `${names.address(part)}:${String(port)}`),
  ...servicePlaces(names, settings).map(({ address }) => address),
];

/** Whom Prometheus asks through the tunnel. */
export const tunnelTargets = (names: Pick<HostNames, "address">, settings: TunnelledSettings): Target[] =>
  tunnelledHosts(settings).flatMap((host, index) =>
    asked.map(({ part, firstListen }) => ({
      address: `${names.address("tunnel")}:${String(firstListen + index)}`,
      part: part === "exporter" ? "host" : part,
      host,
    })),
  );

/** What the service tells of itself on further hosts, at every place that a replica may have there. */
export const tunnelledService = (names: Names, settings: TunnelledSettings): Target[] =>
  tunnelledHosts(settings).flatMap((host, index) =>
    servicePlaces(names, settings).map(({ slot }, place) => ({
      address: `${names.address("tunnel")}:${String(serviceListen(index, place))}`,
      part: "service",
      host,
      which: { slot },
    })),
  );

/** Shell text that keeps a connection to each further host: one that is lost is made again, and no other waits for it. */
export function tunnelScript(names: Names & Pick<HostNames, "prefix">, settings: TunnelledSettings): string {
  const reached = tunnelMayReach(names, settings);
  const loops = tunnelledHosts(settings).map((host, index) => {
    const server = settings.hosts[host];
    if (server === undefined) throw new Error(`no host ${host}`);
    const { address, port, hostKey } = server;
    const forwards = reached.map((to, each): Forward => {
      const { firstListen } = asked[each] ?? {};
      return {
        listen: firstListen === undefined ? serviceListen(index, each - asked.length) : firstListen + index,
        to,
      };
    });
    const access = { address, port, hostKey, user: watchAccount(names.prefix) };
    const ssh = joinWords(tunnelCommand(access, `${keysFolder}/key`, forwards));
    return `(while :; do ${ssh} || true; sleep ${String(retrySeconds)}; done) &`;
  });
  return [...loops, "wait"].join("\n");
}
