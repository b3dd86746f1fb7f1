import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { HostNames } from "../lib/naming.ts";

/** Where one stack's containers run. */
export interface HostArgs {
  /** Name of the service; with the stack's name it prefixes everything on the host. */
  readonly service: string;
  readonly stack: string;
  /** Docker address. @default the address in DOCKER_HOST, else unix:///var/run/docker.sock */
  readonly dockerHost: string;
  /** A /24 for the containers' fixed addresses. */
  readonly subnet: string;
  /** Names and addresses of what is put on the host. */
  readonly names: HostNames;
}

/**
 * A machine with a Docker engine, and the network on it that this stack's containers share.
 *
 * Everything on the host is made through {@link provider} or `HostCommand`, so that how the host is reached stays one decision.
 *
 * @example
 * const names = new HostNames("ape-2026", "local", "10.213.0.0/24");
 * new Host("host", { service: "ape-2026", stack: "local", subnet: "10.213.0.0/24", dockerHost: "unix:///var/run/docker.sock", names })
 */
export class Host extends pulumi.ComponentResource {
  readonly names: HostNames;
  readonly stack: string;
  readonly dockerHost: string;
  readonly provider: docker.Provider;
  /** Name of the network; containers are found on it by fixed addresses. */
  readonly network: pulumi.Output<string>;
  /** Labels that say whose a thing on the host is. */
  readonly labels: readonly { readonly label: string; readonly value: string }[];
  /** The same for images: without it two stacks' images could be one, and go with the first stack that does. */
  readonly imageLabels: Readonly<Record<string, string>>;

  constructor(name: string, args: HostArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:host:Host", name, {}, opts);

    this.names = args.names;
    this.stack = args.stack;
    this.dockerHost = args.dockerHost;
    this.labels = [
      { label: "slipway.service", value: args.service },
      { label: "slipway.stack", value: args.stack },
    ];
    this.imageLabels = Object.fromEntries(this.labels.map(({ label, value }) => [label, value]));
    this.provider = new docker.Provider(`${name}-docker`, { host: args.dockerHost }, { parent: this });
    const network = new docker.Network(
      `${name}-network`,
      { name: this.names.prefix, ipamConfigs: [{ subnet: args.subnet }], labels: [...this.labels] },
      { parent: this, provider: this.provider, deleteBeforeReplace: true },
    );
    this.network = network.name;
    this.registerOutputs({ network: this.network });
  }
}

/** The address that Docker's own command line would use. */
export const defaultDockerHost = () => process.env.DOCKER_HOST ?? "unix:///var/run/docker.sock";
