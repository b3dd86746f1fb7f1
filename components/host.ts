import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { quote } from "shlex";
import { interpreter, type HostConnection } from "../lib/hosts/host-connection.ts";
import type { HostNames } from "../lib/hosts/naming.ts";
import type { RegistryLogin } from "../lib/images/registry-client.ts";
import { lastRemovalScript, removalSeconds } from "../lib/images/old-images.ts";
import { nothingToMend, type Mending } from "../lib/releases/mending.ts";
import { HostCommand } from "./host-command.ts";
import { HostPreparation } from "./host-preparation.ts";
import { mendable, mendStep } from "./mend.ts";

/** Where one stack's containers run. */
export interface HostArgs {
  /** Name of the service; with the stack's name it prefixes everything on the host. */
  readonly service: string;
  readonly stack: string;
  /** How it is reached. */
  readonly connection: HostConnection;
  /** A /24 for the containers' fixed addresses. @default what runs there is on the host's own network alone */
  readonly subnet?: string;
  /** Folder of the backups. */
  readonly backups: string;
  /** Ports at which the proxy is reached. */
  readonly ports: readonly number[];
  /** Names and addresses of what is put on the host. */
  readonly names: HostNames;
  /** Login to the registry that serves private images. @default none */
  readonly login?: RegistryLogin | undefined;
  /** What somebody changed by hand there and this update mends. @default nothing */
  readonly mending?: Mending;
  /** Whether something is live there. @default false */
  readonly serves?: boolean;
}

/**
 * A machine with a Docker engine, and the network on it that this stack's containers share.
 *
 * Everything on the host is made through {@link provider} or `HostCommand`, so that how the host is reached stays one decision.
 *
 * @example
 * const names = new HostNames("ape-2026", "local", "10.213.0.0/24");
 * new Host("host", { service: "ape-2026", stack: "local", subnet: "10.213.0.0/24", connection: localConnection("unix:///var/run/docker.sock"), backups: "/backups", ports: [8080], names })
 */
export class Host extends pulumi.ComponentResource {
  readonly names: HostNames;
  readonly stack: string;
  readonly connection: HostConnection;
  readonly login: RegistryLogin | undefined;
  /** How images are built here: the provider's buildx asks no engine but that of Docker's own command line. */
  readonly builder: { readonly useLegacyBuilder?: true };
  readonly provider: docker.Provider;
  /** What this update mends. */
  readonly mending: Mending;
  /** Steps that made the host what it is, and mended it; whatever runs on it comes after them. */
  prepared: readonly HostCommand[];
  /** Name of the network; containers are found on it by fixed addresses. */
  readonly network: pulumi.Output<string>;
  /** Labels that say whose a thing on the host is. */
  readonly labels: readonly { readonly label: string; readonly value: string }[];
  /** Shell words that begin a container for a moment. One that is killed before it begins never ends: labels let `make heal` find it. */
  readonly oneOff: string;
  /** The same for images: without it two stacks' images could be one, and go with the first stack that does. */
  readonly imageLabels: Readonly<Record<string, string>>;
  readonly #serves: boolean;
  readonly #images: docker.RemoteImage[] = [];
  readonly #allImages = new Promise<readonly docker.RemoteImage[]>((resolve) =>
    // The program declares all of them in one turn.
    setImmediate(() => {
      resolve(this.#images);
    }),
  );

  constructor(name: string, args: HostArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:host:Host", name, {}, opts);

    this.names = args.names;
    this.#serves = args.serves ?? false;
    this.stack = args.stack;
    this.connection = args.connection;
    this.login = args.login;
    this.builder = args.connection.isOwnEngine ? {} : { useLegacyBuilder: true };
    this.labels = [
      { label: "slipway.service", value: args.service },
      { label: "slipway.stack", value: args.stack },
    ];
    const labelled = this.labels.map(({ label, value }) => `--label ${label}=${value}`);
    this.oneOff = ["docker run --rm --interactive --network none", ...labelled].join(" ");
    this.imageLabels = Object.fromEntries(this.labels.map(({ label, value }) => [label, value]));
    this.mending = args.mending ?? nothingToMend;
    const again = this.mending.prepare ? new Date().toISOString() : undefined;
    const { deployer } = args.connection;
    this.prepared =
      deployer === undefined
        ? []
        : new HostPreparation(`${name}-preparation`, { ...args, host: this, deployer, again }, { parent: this }).steps;
    for (const line of this.mending.says) void pulumi.log.warn(line, this);
    this.prepared = [
      ...this.prepared,
      mendStep(`${name}-mend`, this, this.mending, { parent: this }),
      builtImages(`${name}-images`, this, { SERVICE: args.service, STACK: args.stack }),
    ];
    this.provider = new docker.Provider(
      `${name}-docker`,
      { ...args.connection.provider },
      { parent: this, dependsOn: [...this.prepared] },
    );
    this.network = args.subnet === undefined ? pulumi.output("host") : this.#ownNetwork(name, args.subnet);
    this.registerOutputs({ network: this.network });
  }

  #ownNetwork(name: string, subnet: string): pulumi.Output<string> {
    const mend = mendable("network", this.names.prefix, this.mending, this.labels);
    return new docker.Network(
      `${name}-network`,
      { name: this.names.prefix, ipamConfigs: [{ subnet }], labels: mend.labels },
      { parent: this, provider: this.provider, deleteBeforeReplace: true, ignoreChanges: mend.ignoreChanges },
    ).name;
  }

  /** Notes an image that something here is made of. @returns the same */
  needs(image: docker.RemoteImage): docker.RemoteImage {
    this.#images.push(image);
    return image;
  }

  /**
   * Options of a container that is removed before it is made anew: not before every image of this update is there. One that can't be had ends
   * the update wherever it is, and what was removed by then stays away.
   *
   * @param name of the container
   * @param dependsOn what else it waits for
   */
  afterImages(name: string, dependsOn: readonly pulumi.Resource[] = []): Pick<pulumi.ResourceOptions, "dependsOn"> {
    // Where nothing serves yet, or it is away already, there is nothing to lose, and images take long.
    if (!this.#serves || this.mending.recreate.container.has(name)) return { dependsOn: [...dependsOn] };
    const all: Promise<pulumi.Resource[]> = this.#allImages.then((images) => [...dependsOn, ...images]);
    return { dependsOn: all };
  }
}

/**
 * Whatever is made on the host comes after this step, which does nothing; so `pulumi destroy` comes to it last, and takes away what was
 * built there. A host that is gone by then holds nothing up.
 */
function builtImages(name: string, host: Host, env: Readonly<Record<string, string>>): HostCommand {
  const remove = host.connection.command({ text: lastRemovalScript, env, timeoutSeconds: removalSeconds });
  const words = interpreter(remove.limitSeconds).join(" ");
  const variables = Object.entries(remove.environment).map(([variable, value]) => `${variable}=${quote(value)}`);
  return new HostCommand(
    name,
    {
      host,
      run: ":",
      timeoutSeconds: 10,
      runOnDelete: `env ${variables.join(" ")} ${words} ${quote(remove.text)} < /dev/null || true`,
    },
    { parent: host },
  );
}
