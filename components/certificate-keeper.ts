import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { hashBuildContext } from "../lib/images/build-context.ts";
import { ownMemoryMb } from "../lib/releases/declared-on-host.ts";
import type { TlsSettings } from "../lib/tls/schema.ts";
import { challengePort } from "../lib/tls/tls-settings.ts";
import type { KeeperConfig } from "../router/certificates/certificate-keeper.ts";
import { limitProcesses, memoryLimit, unprivileged } from "./hardening.ts";
import { HostCommand } from "./host-command.ts";
import type { Host } from "./host.ts";
import { mendable } from "./mend.ts";
import { pullImage } from "./pull-image.ts";
import { ownSource } from "../lib/folders.ts";

/** A certificate that its host gets and renews by itself. */
export interface CertificateKeeperArgs {
  readonly host: Host;
  /** Name of the controller's image, on which the keeper's is built. */
  readonly imageName: string;
  /** lego's image, as the settings name it. */
  readonly lego: string;
  /** Name of the volume that controller and proxies share. */
  readonly runVolume: pulumi.Input<string>;
  /** Group that may use the volume, a number. */
  readonly group: string;
  readonly tls: Extract<TlsSettings, { readonly kind: "acme" }>;
  /** Names in the certificate. */
  readonly domains: readonly string[];
  /** What has to be there before: the controller's image, and the proxy that passes challenges on. */
  readonly after: readonly pulumi.Resource[];
}

/**
 * An ACME client beside the proxy, which passes it the challenges (HTTP-01). It renews in the last third of a certificate's life, without
 * Pulumi, and gives the new one to the running proxy, so a renewal is no change of the stack.
 *
 * Account and keys are files in the shared volume that root alone reads. The container is root without any capability: so its files are
 * what the proxy's root, which has no right to read others' files, reads at its start.
 */
export class CertificateKeeper extends pulumi.ComponentResource {
  constructor(name: string, args: CertificateKeeperArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:router:CertificateKeeper", name, {}, opts);
    const { host, imageName, lego, runVolume, group, domains } = args;
    const { email, directoryUrl, authority } = args.tls;
    const child = { parent: this, provider: host.provider };

    const context = ownSource("router/certificates");
    const pull = pullImage(`${name}-pull`, host, lego, { parent: this });
    const built = new docker.RemoteImage(
      `${name}-image`,
      {
        name: `${host.names.prefix}/certificates:${hashBuildContext(context, imageName, lego)}`,
        keepLocally: true,
        build: {
          ...host.builder,
          context,
          dockerfile: "Dockerfile",
          buildArgs: { LEGO_IMAGE: lego, CONTROLLER_IMAGE: imageName },
          label: { ...host.imageLabels },
        },
      },
      { ...child, dependsOn: [...pull, ...args.after] },
    );
    const config = JSON.stringify({
      domains,
      email,
      directoryUrl,
      authority: authority ?? null,
      port: challengePort,
    } satisfies KeeperConfig);
    const mend = mendable("container", host.names.part("certificates"), host.mending, host.labels);
    const keeper = new docker.Container(
      `${name}-keeper`,
      {
        name: host.names.part("certificates"),
        image: built.imageId,
        user: `0:${group}`,
        restart: "always",
        ...unprivileged,
        ...memoryLimit(ownMemoryMb.certificates),
        envs: [`SLIPWAY_KEEPER_JSON=${config}`],
        labels: mend.labels,
        logDriver: "local",
        networksAdvanced: [{ name: host.network, ipv4Address: host.names.address("certificates") }],
        volumes: [{ volumeName: runVolume, containerPath: "/run/slipway" }],
      },
      { ...child, dependsOn: [...args.after], deleteBeforeReplace: true, ignoreChanges: mend.ignoreChanges },
    );
    limitProcesses(`${name}-limits`, host, [keeper], this);
    new HostCommand(
      `${name}-obtain`,
      {
        host,
        run: `docker exec -i ${host.names.part("certificates")} flock --wait 300 /run/slipway/certificates.lock slipway-router tend-certificate`,
        stdin: config,
        timeoutSeconds: 600,
      },
      { parent: this, dependsOn: keeper },
    );
    this.registerOutputs({});
  }
}
