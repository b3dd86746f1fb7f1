import { at, listAt, type Seen } from "./seen.ts";

/** Ports of a security group that everybody reaches. */
export interface Opening {
  readonly from: number;
  readonly to: number;
  /** The network: `0.0.0.0/0`. */
  readonly source: string;
}

/** All of IPv4 or IPv6, or half of it: two halves are as good. */
const everybody = /\/[01]$/;
const lastPort = 65_535;

/** What a resource opens to everybody; nothing of other resources, and none that is not known yet. Pure. */
export function openings({ type, props }: Seen): readonly Opening[] {
  switch (type) {
    case "aws:ec2/securityGroup:SecurityGroup":
    case "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup":
      return listAt(props, "ingress").flatMap((rule) =>
        opened(rule, "protocol", [...listAt(rule, "cidrBlocks"), ...listAt(rule, "ipv6CidrBlocks")]),
      );
    case "aws:ec2/securityGroupRule:SecurityGroupRule":
      if (props.type !== "ingress") return [];
      return opened(props, "protocol", [...listAt(props, "cidrBlocks"), ...listAt(props, "ipv6CidrBlocks")]);
    case "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule":
      return opened(props, "ipProtocol", [props.cidrIpv4, props.cidrIpv6]);
    default:
      return [];
  }
}

function opened(rule: unknown, protocol: string, sources: readonly unknown[]): Opening[] {
  const open = sources.filter((source): source is string => typeof source === "string" && everybody.test(source));
  const all = ["-1", "all"].includes(String(at(rule, protocol)));
  const from = at(rule, "fromPort");
  const to = at(rule, "toPort");
  if (all || from === -1) return open.map((source) => ({ from: 0, to: lastPort, source }));
  if (typeof from !== "number" || typeof to !== "number") return [];
  return open.map((source) => ({ from, to, source }));
}
