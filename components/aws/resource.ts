import * as pulumi from "@pulumi/pulumi";
import { awsPlugin, awsTypes, type AwsKind } from "../../lib/aws/inputs.ts";

/** The account and region that resources are in. Logs in as the vendor's plugin does: by environment, profile or role. */
export class AwsProvider extends pulumi.ProviderResource {
  constructor(name: string, { region }: { readonly region: string }, opts: pulumi.ResourceOptions) {
    super(awsPlugin.name, name, { region }, { ...opts, version: awsPlugin.version });
  }
}

/** What AWS tells of a resource, where it tells it. */
const told = ["arn", "arnSuffix", "dnsName", "publicIp", "taskDefinition", "versionId"] as const;

/** One resource on AWS, by its kind and inputs; see `awsPlugin` for why no package declares them. */
export class AwsResource extends pulumi.CustomResource {
  declare readonly arn: pulumi.Output<string>;
  /** Of load balancers and target groups: by it CloudWatch knows them. */
  declare readonly arnSuffix: pulumi.Output<string>;
  /** Of a load balancer. */
  declare readonly dnsName: pulumi.Output<string>;
  /** Of an address. */
  declare readonly publicIp: pulumi.Output<string>;
  /** Of a service on ECS: what it is known to run. */
  declare readonly taskDefinition: pulumi.Output<string>;
  /** Of a secret's value. */
  declare readonly versionId: pulumi.Output<string>;

  constructor(kind: AwsKind, name: string, inputs: pulumi.Inputs, opts: pulumi.CustomResourceOptions) {
    const outputs = Object.fromEntries(told.map((output) => [output, undefined]));
    super(awsTypes[kind], name, { ...outputs, ...inputs }, opts);
  }
}

/** What the resources of a stack have in common. */
export interface OnAws {
  readonly provider: AwsProvider;
  readonly tags: Readonly<Record<string, string>>;
}

/** The policy by which a service of AWS may take a role. */
export const trusting = (service: string): string => {
  const trust = { Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: service } };
  return JSON.stringify({ Version: "2012-10-17", Statement: [trust] });
};
