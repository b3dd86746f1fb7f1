import type { HostSettings, HostsSettings } from "./schema.ts";

/** A stack's hosts, as its settings have them. */
export interface ClockedHosts extends Pick<HostsSettings, "hosts"> {
  readonly host?: HostSettings | undefined;
}

/** Hosts on which Slipway may set no timer of systemd's, with where each stands in the settings; the first one has no name. */
export const hostsWithoutClock = ({ host, hosts }: ClockedHosts): { name: string | undefined; path: string }[] =>
  [
    { name: undefined, path: "slipway:host", of: host },
    ...Object.entries(hosts).map(([name, of]) => ({ name, path: `slipway:hosts.${name}`, of })),
  ].filter(({ of }) => of !== undefined && (of.kind !== "ssh" || of.admin === undefined));
