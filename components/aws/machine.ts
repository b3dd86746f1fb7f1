import * as pulumi from "@pulumi/pulumi";
import type { AwsSettings, MachineSettings } from "../../lib/aws/schema.ts";
import { userData } from "../../lib/aws/user-data.ts";
import { AwsResource, trusting, type AwsProvider } from "./resource.ts";
import { securityGroup } from "./security-group.ts";

/** One machine on AWS. */
export interface MachineArgs {
  readonly provider: AwsProvider;
  readonly aws: AwsSettings;
  readonly machine: MachineSettings;
  /** Ports that people reach, and from which networks. */
  readonly open: { readonly ports: readonly number[]; readonly networks: readonly string[] };
  /** Whose it is. */
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * A machine with a disk for its data and an address that stays. What runs on it is a host's to say.
 *
 * What must never happen here: the machine, its data or its address go by a change of configuration, or by a newer image (invariant I14).
 * So they are protected, and image and user data are those of its first day.
 */
export class Machine extends pulumi.ComponentResource {
  /** Where it is reached. */
  readonly address: pulumi.Output<string>;
  /** Its id on AWS: `i-…`. */
  readonly instance: pulumi.Output<string>;

  constructor(name: string, args: MachineArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:aws:Machine", name, {}, opts);
    const { aws, machine } = args;
    const tags = { ...args.tags, Name: `${name}.${args.tags["slipway.stack"] ?? ""}` };
    const child = { parent: this, provider: args.provider };
    const kept = { ...child, protect: true };

    const volume = new AwsResource(
      "volume",
      `${name}-data`,
      { availabilityZone: aws.zone, size: machine.dataGb, type: "gp3", encrypted: true, tags },
      kept,
    );
    const instance = new AwsResource(
      "instance",
      name,
      {
        ami: machine.ami,
        instanceType: machine.type,
        availabilityZone: aws.zone,
        subnetId: aws.subnet,
        vpcSecurityGroupIds: [this.#entrance(`${name}-entrance`, args, tags, child).id],
        iamInstanceProfile: this.#profile(`${name}-role`, tags, child).id,
        // A container can't take over the machine's role: its answer would need a second hop.
        metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
        rootBlockDevice: { encrypted: true, volumeType: "gp3", volumeSize: machine.rootGb },
        userData: volume.id.apply((id) => userData({ adminKey: aws.adminKey, volume: id })),
        tags,
      },
      { ...kept, ignoreChanges: ["ami", "userData"] },
    );
    new AwsResource(
      "attachment",
      `${name}-data-attachment`,
      { deviceName: "/dev/sdf", instanceId: instance.id, volumeId: volume.id, stopInstanceBeforeDetaching: true },
      child,
    );
    const address = new AwsResource("address", `${name}-address`, { domain: "vpc", tags }, kept);
    new AwsResource(
      "addressOf",
      `${name}-address-association`,
      { allocationId: address.id, instanceId: instance.id },
      child,
    );

    this.address = address.publicIp;
    this.instance = instance.id;
    this.registerOutputs({ address: this.address, instance: this.instance });
  }

  /** SSH for those who deploy, the proxy's ports for those whom the settings name, and out to everywhere. */
  #entrance(
    name: string,
    { aws, open }: MachineArgs,
    tags: Readonly<Record<string, string>>,
    opts: pulumi.CustomResourceOptions,
  ): AwsResource {
    const pairs = [
      ...aws.sshFrom.map((network) => [22, network] as const),
      ...open.ports.flatMap((port) => open.networks.map((network) => [port, network] as const)),
    ];
    const ways = pairs.map(([port, network]) => {
      const from = network.includes(":") ? { cidrIpv6: network } : { cidrIpv4: network };
      return [`${port}-from-${network}`, port, from] as const;
    });
    return securityGroup(name, { vpc: aws.vpc, description: "A host of Slipway", tags, ways }, opts);
  }

  /** What the machine itself may do: be reached by Session Manager, where its image has the agent. */
  #profile(name: string, tags: Readonly<Record<string, string>>, opts: pulumi.CustomResourceOptions): AwsResource {
    const assumeRolePolicy = trusting("ec2.amazonaws.com");
    // A role's id is its name.
    const role = new AwsResource("role", name, { assumeRolePolicy, tags }, opts);
    const managed = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore";
    new AwsResource("rolePolicy", `${name}-session-manager`, { role: role.id, policyArn: managed }, opts);
    return new AwsResource("instanceProfile", `${name}-profile`, { role: role.id, tags }, opts);
  }
}
