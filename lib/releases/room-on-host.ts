import { isIPv4 } from "node:net";
import type { HostLook } from "../hosts/look.ts";
import type { Problem } from "../problem.ts";
import { isOurs, type Declared } from "./declared-on-host.ts";
import type { Ledger } from "./ledger.ts";

/** Ports that a stack asks for on a host. */
type AskedPorts = Pick<Declared, "names" | "ports" | "listenAddress">;

/**
 * Whether a stack can have the ports that it asks for. A process that shares a port gets its part of the requests (haproxy#868), so
 * somebody must look before the proxy does.
 */
export function portProblems(look: HostLook, { names, ports, listenAddress }: AskedPorts): Problem[] {
  const { containers } = look;
  // Both proxies share one socket while one takes over from the other. A paused one has it, too, and so has one that was renamed.
  const hasProxy = [...containers.values()].some(
    (one) => isOurs(one, names) && one.place !== "" && ["running", "paused"].includes(one.status),
  );
  // Those of the controller that runs; one that is only declared is nobody's yet, or another one's.
  const own = [...containers.values()].flatMap((one) => (isOurs(one, names) ? one.controller : []));
  return ports.flatMap(({ port, path }): Problem[] => {
    const isKnown = own.length === 0 || own.includes(port) || look.isOutdated;
    const isOwn = hasProxy && isKnown;
    const sockets = look.listeners.filter((one) => one.port === port && overlaps(one.address, listenAddress));
    // One of each kind of address where both are meant.
    const owned = listenAddress === "::" ? 2 : 1;
    if (new Set(sockets.map(({ inode }) => inode)).size <= (isOwn ? owned : 0)) return [];
    return [
      {
        path,
        problem: "somebody else listens there",
        got: `${listenAddress}:${String(port)}`,
        allowed: "a port of the host that is free",
        fix: `\`ss -ltnp 'sport = :${String(port)}'\` on the host says who; end that, or choose another: pulumi config set --path ${path} <port>`,
      },
    ];
  });
}

/** Whether a stack can have the ports and the subnet that it asks for. */
export function roomProblems(look: HostLook, { live }: Ledger, declared: Declared): Problem[] {
  const { names, subnet } = declared;
  const { networks } = look;
  const problems = portProblems(look, declared);
  if (declared.isFront) return problems;
  const network = networks.get(names.prefix);
  if (live !== null && network !== undefined) return [...problems, ...movedSubnet(network, subnet)];
  const [other] =
    [...networks].find(([name, subnets]) => name !== names.prefix && subnets.some((each) => overlap(each, subnet))) ??
    [];
  if (other === undefined) return problems;
  const free = freeSubnet(networks);
  return [
    ...problems,
    {
      path: "slipway:subnet",
      problem: `the network ${other} has addresses of it`,
      got: subnet,
      ...(live === null
        ? {
            allowed: `a /24 that no network of the host has${free === undefined ? "" : `, such as ${free}`}`,
            fix: `pulumi config set slipway:subnet ${free ?? "<subnet>"}`,
          }
        : {
            allowed: "nobody's but the live service's, whose own network is gone",
            fix: `docker network rm ${other} on the host, once nothing needs it`,
          }),
    },
  ];
}

/** One that no network of a host has; undefined if all that Slipway proposes are taken. */
export function freeSubnet(networks: HostLook["networks"]): string | undefined {
  const used = [...networks.values()].flat();
  return Array.from({ length: 256 }, (_, third) => `10.213.${String(third)}.0/24`).find(
    (each) => !used.some((one) => overlap(one, each)),
  );
}

/** Every container would have to be made anew at once for another one, those that serve included. */
function movedSubnet([has]: readonly string[], subnet: string): Problem[] {
  if (has === undefined || has === subnet) return [];
  const path = "slipway:subnet";
  return [
    {
      path,
      problem: "is not the one that the live service has",
      got: subnet,
      allowed: has,
      fix: `pulumi config set ${path} ${has}; or, for another one, pulumi destroy and up: the data stay`,
    },
  ];
}

/** Whether two processes that listen at these addresses share a port; `::` takes IPv4 too. */
const overlaps = (one: string, other: string): boolean =>
  one === other || [one, other].includes("::") || ([one, other].includes("0.0.0.0") && isIPv4(one) && isIPv4(other));

/** Of IPv4 only: the stack's own is of that kind. */
function overlap(one: string, other: string): boolean {
  const [a, b] = [rangeOf(one), rangeOf(other)];
  return a !== undefined && b !== undefined && a.first < b.first + b.size && b.first < a.first + a.size;
}

function rangeOf(subnet: string): { readonly first: number; readonly size: number } | undefined {
  const [, address = "", bits] = /^([\d.]+)\/(\d+)$/.exec(subnet) ?? [];
  if (bits === undefined) return undefined;
  const size = 2 ** (32 - Number(bits));
  const number = address.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0);
  return { first: Math.floor(number / size) * size, size };
}

/** What an update pulls to a host first, and where to turn if it can't: Docker says that in words of its own. At most one line. */
export function toPull({ absent }: Pick<HostLook, "absent">, { images }: Pick<Declared, "images">): string[] {
  const missing = Object.keys(images).filter((name) => absent.has(images[name] ?? ""));
  const [first] = missing;
  if (first === undefined) return [];
  return [
    `Not on the host yet, so pulumi up pulls from their registries: ${missing.map((name) => images[name] ?? "").join(", ")}. ` +
      `Where it reaches none: pulumi config set --path slipway:stockImages.${first} <reference of an image that it has>`,
  ];
}
