import { namesIn } from "../tls/certificate.ts";
import type { FrontSettings } from "../front/schema.ts";
import { isLoopback } from "../hosts/loopback.ts";
import type { HostsSettings } from "../hosts/schema.ts";
import type { Problem } from "../problem.ts";
import type { AddressSettings } from "../tls/schema.ts";
import { domainsOf, hostOf } from "../tls/tls-settings.ts";
import type { EntranceSettings } from "./schema.ts";

type Entrance = Pick<AddressSettings, "url" | "tls"> & Pick<EntranceSettings, "loadBalancer">;
type Delivered = Entrance &
  Pick<FrontSettings, "front" | "behind"> &
  Pick<HostsSettings, "host" | "listenAddress"> &
  Pick<EntranceSettings, "access" | "accessPassword">;

/** Where people reach the service. */
export const addressOf = ({
  url,
  listenAddress,
  listenPort,
}: Pick<AddressSettings, "url"> & Pick<HostsSettings, "listenAddress" | "listenPort">): string =>
  url || `http://${listenAddress.includes(":") ? `[${listenAddress}]` : listenAddress}:${String(listenPort)}`;

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

/** What is wrong with who is let in. */
export const entranceProblems = (settings: Delivered): Problem[] => [
  ...balancerProblems(settings),
  ...accessProblems(settings),
];

/** A password that nobody asks for, or that is asked for in plain. */
function accessProblems({ url, tls, listenAddress, access, accessPassword, host, behind }: Delivered): Problem[] {
  const path = "slipway:accessPassword";
  const isAsked = access?.user !== undefined;
  if (host === undefined || (!isAsked && accessPassword === undefined)) return [];
  if (!isAsked) {
    const problem = "is asked of nobody";
    const fix = `pulumi config set --path slipway:access.user <name>, or pulumi config rm ${path}`;
    return [{ path, problem, allowed: "a slipway:access.user whose it is", fix }];
  }
  const isPlain =
    tls.kind === "none" && !url.startsWith("https://") && (behind !== undefined || !isLoopback(listenAddress));
  return [
    ...(accessPassword === undefined
      ? [
          {
            path,
            problem: "is missing, and slipway:access.user needs it",
            fix: `openssl rand -hex 16 | pulumi config set --secret ${path}`,
          },
        ]
      : []),
    ...(isPlain
      ? [
          {
            path: "slipway:access.user",
            problem: "would send its password in plain over the network",
            got: behind === undefined ? `http at ${listenAddress}` : `http behind ${behind}`,
            allowed: "HTTPS, by slipway:tls or a slipway:loadBalancer, or the machine itself",
            fix: "pulumi config set --path slipway:tls.kind acme (docs/tls.md); or slipway:access.addresses alone",
          },
        ]
      : []),
  ];
}

const isSaid = (value: unknown): boolean => value !== undefined;

/** A load balancer that nobody named could be anybody: its address would be every client's, and one address has a bound. */
function balancerProblems(settings: Delivered): Problem[] {
  const { host, loadBalancer, behind, front } = settings;
  // Of a front, and behind one, it is another problem, which is told there.
  if (host === undefined || !endsTlsElsewhere(settings) || [loadBalancer, behind, front].some(isSaid)) return [];
  return [
    {
      path: "slipway:loadBalancer",
      problem: "is missing: slipway:url is https and slipway:tls is none, so something in front ends TLS",
      allowed: "the addresses from which it asks, and from nobody else is it believed who the client is",
      fix: "pulumi config set --path 'slipway:loadBalancer.addresses[0]' 10.0.0.0/24",
    },
  ];
}
