import type * as pulumi from "@pulumi/pulumi";
import { everywhere } from "../../lib/aws/open-to.ts";
import { AwsResource, type OnAws } from "./resource.ts";

/** Who is let in where. */
export interface SecurityGroupArgs extends Pick<OnAws, "tags"> {
  readonly vpc: string;
  /** AWS makes another group for another one. */
  readonly description: string;
  /** Inputs of what lets somebody in at a port of TCP, by the end of its name. */
  readonly ways: readonly (readonly [name: string, port: number, from: pulumi.Inputs])[];
}

/** A security group that lets in whom it names, and everything out to everywhere. */
export function securityGroup(
  name: string,
  { vpc, description, tags, ways }: SecurityGroupArgs,
  opts: pulumi.CustomResourceOptions,
): AwsResource {
  const group = new AwsResource("securityGroup", name, { vpcId: vpc, description, tags }, opts);
  const securityGroupId = group.id;
  for (const [way, port, from] of ways) {
    const rule = { securityGroupId, ipProtocol: "tcp", fromPort: port, toPort: port, ...from };
    new AwsResource("ingress", `${name}-${way}`, rule, opts);
  }
  new AwsResource("egress", `${name}-out`, { securityGroupId, ipProtocol: "-1", cidrIpv4: everywhere }, opts);
  return group;
}
