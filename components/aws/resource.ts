import * as pulumi from "@pulumi/pulumi";
import { awsPlugin, awsTypes, type AwsKind } from "../../lib/aws/inputs.ts";

/** The account and region that resources are in. Logs in as the vendor's plugin does: by environment, profile or role. */
export class AwsProvider extends pulumi.ProviderResource {
  constructor(name: string, { region }: { readonly region: string }, opts: pulumi.ResourceOptions) {
    super(awsPlugin.name, name, { region }, { ...opts, version: awsPlugin.version });
  }
}

/** One resource on AWS, by its kind and inputs; see `awsPlugin` for why no package declares them. */
export class AwsResource extends pulumi.CustomResource {
  /** Known after its creation, where it is told an address. */
  declare readonly publicIp: pulumi.Output<string>;

  constructor(kind: AwsKind, name: string, inputs: pulumi.Inputs, opts: pulumi.CustomResourceOptions) {
    super(awsTypes[kind], name, { publicIp: undefined, ...inputs }, opts);
  }
}
