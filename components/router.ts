import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { ownMemoryMb } from "../lib/releases/declared-on-host.ts";
import type { Ledger } from "../lib/releases/ledger.ts";
import { controllerConfiguration } from "../settings/controller-configuration.ts";
import type { Settings } from "../settings/settings.ts";
import { domainsOf } from "../lib/tls/tls-settings.ts";
import { doorsOf } from "../lib/front/names.ts";
import { accessHashFile, hashOfLogin } from "../router/access.ts";
import { previewSecretFile } from "../router/paths.ts";
import { CertificateFiles } from "./certificate-files.ts";
import { CertificateKeeper } from "./certificate-keeper.ts";
import { controllerImage } from "./controller-image.ts";
import { limitProcesses, memoryLimit, unprivileged } from "./hardening.ts";
import type { Host } from "./host.ts";
import { mendable } from "./mend.ts";
import { awaitLoaded, Proxy } from "./proxy.ts";
import { SecretFiles } from "./secret-files.ts";

/** Data plane and control plane of a host. */
export interface RouterArgs {
  readonly host: Host;
  readonly settings: Settings;
  /** The ledger's word on which proxy serves. */
  readonly serving: Ledger["proxy"];
  /** Files for the notices by name: addresses and keys of those who are told. */
  readonly noticeSecrets: Readonly<Record<string, string>>;
  /** With which testers choose a slot. @default nobody can */
  readonly previewSecret?: string;
  /** With which `slipway:access.user` is let in. @default nobody is */
  readonly accessPassword?: string;
  /** The given certificate's private key. */
  readonly tlsKey: string;
}

/** The controller's user; its image gives it the folders that it shares with the proxy. */
const user = "7007";

/**
 * The proxy and, beside it, the rollout controller that alone moves its weights.
 *
 * The controller is not in the data path and may be replaced at any time: a rollout goes on from its journal.
 */
export class Router extends pulumi.ComponentResource {
  /** Image of the controller, which also writes secret files. */
  readonly controllerImage: pulumi.Output<string>;
  readonly proxy: Proxy;

  constructor(
    name: string,
    { host, settings, serving, noticeSecrets, previewSecret = "", accessPassword = "", tlsKey }: RouterArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("slipway:router:Router", name, {}, opts);
    const child = { parent: this, provider: host.provider };
    const { names } = host;

    const { image, imageName } = controllerImage(`${name}-controller`, host, settings.stockImages.node, this);
    const journal = new docker.Volume(
      `${name}-controller-volume`,
      { name: names.part("controller"), labels: [...host.labels] },
      child,
    );
    const mendRun = mendable("volume", names.part("run"), host.mending, host.labels);
    const run = new docker.Volume(
      `${name}-run-volume`,
      { name: names.part("run"), labels: mendRun.labels },
      { ...child, ignoreChanges: mendRun.ignoreChanges },
    );
    const { user: client } = settings.access ?? {};
    const files = {
      ...noticeSecrets,
      ...(previewSecret === "" ? {} : { [previewSecretFile]: previewSecret }),
      ...(client === undefined ? {} : { [accessHashFile]: hashOfLogin(client, accessPassword) }),
    };
    const secrets = new SecretFiles(
      `${name}-notices`,
      { host, volume: names.part("notices"), image: image.imageId, owner: user, files },
      { parent: this },
    );
    const { tls } = settings;
    const shared = { host, image: image.imageId, runVolume: run.name, group: user };
    const given =
      tls.kind === "files"
        ? new CertificateFiles(
            `${name}-certificate`,
            { ...shared, certificate: tls.certificate, key: tlsKey },
            { parent: this },
          )
        : null;
    const mend = mendable("container", names.part("controller"), host.mending, host.labels);
    const configuration = controllerConfiguration(host, settings, accessPassword);
    const controller = new docker.Container(
      `${name}-controller`,
      {
        name: names.part("controller"),
        image: image.imageId,
        user: `${user}:${user}`,
        restart: "always",
        ...unprivileged,
        ...memoryLimit(ownMemoryMb.controller),
        // Docker puts no file into a container that can't change its files.
        envs: [`SLIPWAY_CONTROLLER_JSON=${configuration}`],
        labels: mend.labels,
        logDriver: "local",
        networksAdvanced: [{ name: host.network, ipv4Address: names.address("controller") }],
        volumes: [
          { volumeName: journal.name, containerPath: "/var/lib/slipway" },
          { volumeName: run.name, containerPath: "/run/slipway" },
          { volumeName: secrets.volume, containerPath: "/run/secrets/notices", readOnly: true },
        ],
      },
      {
        ...child,
        deleteBeforeReplace: true,
        ignoreChanges: mend.ignoreChanges,
        ...host.afterImages(names.part("controller"), given ? [given.kept] : []),
      },
    );
    this.proxy = new Proxy(
      `${name}-proxy`,
      {
        host,
        serving,
        image: settings.stockImages.haproxy,
        runVolume: run.name,
        group: user,
        drainSeconds: settings.drainSeconds,
        takeoverSeconds: settings.health.gateSeconds,
        logMegabytes: settings.accessLog.megabytes,
        doors: settings.behind === undefined ? undefined : doorsOf(settings.behind),
        after: controller,
      },
      { parent: this },
    );
    awaitLoaded(`${name}-loaded`, host, configuration, settings.health.gateSeconds, {
      parent: this,
      dependsOn: this.proxy,
    });
    given?.awaitServed(this.proxy);
    if (tls.kind === "acme") {
      const { lego } = settings.stockImages;
      const args = { ...shared, imageName, lego, tls, domains: domainsOf(settings), after: [image, this.proxy] };
      new CertificateKeeper(`${name}-certificate`, args, { parent: this });
    }
    limitProcesses(`${name}-limits`, host, [controller, ...this.proxy.containers], this);
    this.controllerImage = image.imageId;
    this.registerOutputs({ controllerImage: this.controllerImage });
  }
}
