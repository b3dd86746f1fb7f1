import { namesIn } from "../tls/certificate.ts";
import type { HostsSettings } from "../hosts/schema.ts";
import type { Problem } from "../problem.ts";
import type { AddressSettings } from "../tls/schema.ts";
import { domainsOf, hostOf } from "../tls/tls-settings.ts";
import type { EntranceSettings } from "./schema.ts";

type Entrance = Pick<AddressSettings, "url" | "tls"> & Pick<EntranceSettings, "loadBalancer">;
type Delivered = Entrance & Pick<HostsSettings, "host">;

/** Where people reach the service. */
export const addressOf = ({
  url,
  listenAddress,
  listenPort,
}: Pick<AddressSettings, "url"> & Pick<HostsSettings, "listenAddress" | "listenPort">): string =>
  url || `http://${listenAddress}:${String(listenPort)}`;

/** Somebody else ends TLS: people use https, and the proxy has none. */
export const endsTlsElsewhere = ({ url, tls }: Pick<AddressSettings, "url" | "tls">): boolean =>
  tls.kind === "none" && url.startsWith("https://");

/**
 * Names by which the service may be asked, in lower case; one that begins with a dot stands for all below it. None where people use no
 * name of their own.
 */
export function hostsOf({ url, tls, loadBalancer }: Entrance): readonly string[] {
  if (url === "") return [];
  const certified = tls.kind === "files" ? namesIn(tls.certificate) : domainsOf({ url, tls });
  const all = [hostOf(url), ...certified, ...(loadBalancer?.names ?? [])].map((name) => name.toLowerCase());
  return [...new Set(all)].map((name) => name.replace(/^\*/, ""));
}

/** A load balancer that nobody named could be anybody: its address would be every client's, and one address has a bound. */
export function entranceProblems(settings: Delivered): Problem[] {
  if (settings.host === undefined || !endsTlsElsewhere(settings) || settings.loadBalancer !== undefined) return [];
  return [
    {
      path: "slipway:loadBalancer",
      problem: "is missing: slipway:url is https and slipway:tls is none, so something in front ends TLS",
      allowed: "the addresses from which it asks, and from nobody else is it believed who the client is",
      fix: "pulumi config set --path 'slipway:loadBalancer.addresses[0]' 10.0.0.0/24",
    },
  ];
}
