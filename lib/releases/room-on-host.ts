import type { HostLook } from "../hosts/look.ts";
import type { Problem } from "../problem.ts";
import type { Declared } from "./declared-on-host.ts";
import type { Ledger } from "./ledger.ts";

/**
 * Whether a stack can have the ports and the subnet that it asks for. HAProxy shares a port with whoever else sets SO_REUSEPORT, and then
 * the kernel splits the requests between two services (haproxy#868): so somebody must look.
 */
export function roomProblems(
  { taken, networks }: HostLook,
  { live }: Ledger,
  { names, subnet, ports }: Declared,
): Problem[] {
  const problems = ports
    .filter(({ port }) => taken.includes(port))
    .map(({ port, path }): Problem => ({
      path,
      problem: "somebody else listens there",
      got: String(port),
      allowed: "a port of the host that is free",
      fix: `\`ss -ltnp 'sport = :${String(port)}'\` on the host says who; end that, or choose another port: pulumi config set --path ${path} <port>`,
    }));
  if (live !== null) return problems;
  const [other] =
    [...networks].find(([name, subnets]) => name !== names.prefix && subnets.some((each) => overlap(each, subnet))) ??
    [];
  if (other === undefined) return problems;
  const used = [...networks.values()].flat();
  const free = Array.from({ length: 256 }, (_, third) => `10.213.${String(third)}.0/24`).find(
    (each) => !used.some((one) => overlap(one, each)),
  );
  return [
    ...problems,
    {
      path: "slipway:subnet",
      problem: `the network ${other} has addresses of it`,
      got: subnet,
      allowed: `a /24 that no network of the host has${free === undefined ? "" : `, such as ${free}`}`,
      fix: `pulumi config set slipway:subnet ${free ?? "<subnet>"}`,
    },
  ];
}

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
