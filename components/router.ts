import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { hashBuildContext } from "../lib/build-context.ts";
import { maxReplicas, subnetPrefix } from "../lib/naming.ts";
import type { Settings } from "../lib/settings.ts";
import type { Host } from "./host.ts";
import { SecretFiles } from "./secret-files.ts";

/** Data plane and control plane of a host. */
export interface RouterArgs {
  readonly host: Host;
  readonly settings: Settings;
  /** Files for the notices by name: addresses and keys of those who are told. */
  readonly noticeSecrets: Readonly<Record<string, string>>;
}

/** The user of proxy and controller; the controller's image gives it the folders that they share. */
const user = "7007";

/**
 * The proxy (HAProxy, stock image) and, beside it, the rollout controller that alone moves its weights.
 *
 * The proxy serves all traffic, so nothing that a release changes is among its inputs (invariant I2): its configuration lies in a
 * volume that the controller writes. The controller is not in the data path and may be replaced at any time.
 */
export class Router extends pulumi.ComponentResource {
  /** Image of the controller, which also writes secret files. */
  readonly controllerImage: pulumi.Output<string>;

  constructor(name: string, { host, settings, noticeSecrets }: RouterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:router:Router", name, {}, opts);
    const child = { parent: this, provider: host.provider };
    const { names, labels } = host;

    const image = new docker.RemoteImage(
      `${name}-controller-image`,
      {
        name: `${names.prefix}/controller:${hashBuildContext("router", settings.stockImages.node)}`,
        build: {
          context: "router",
          dockerfile: "Dockerfile",
          buildArgs: { NODE_IMAGE: settings.stockImages.node },
          label: { ...host.imageLabels },
        },
      },
      child,
    );
    const haproxy = new docker.RemoteImage(
      `${name}-proxy-image`,
      { name: settings.stockImages.haproxy, keepLocally: true },
      child,
    );
    const [journal, run] = ["controller", "run"].map(
      (part) => new docker.Volume(`${name}-${part}-volume`, { name: names.part(part), labels: [...labels] }, child),
    ) as [docker.Volume, docker.Volume];
    const secrets = new SecretFiles(
      `${name}-notices`,
      { host, volume: names.part("notices"), image: image.imageId, owner: user, files: noticeSecrets },
      { parent: this },
    );
    const common = {
      user: `${user}:${user}`,
      restart: "always",
      capabilities: { drops: ["ALL"] },
      labels: [...labels],
      logDriver: "local",
    };

    const controller = new docker.Container(
      `${name}-controller`,
      {
        ...common,
        name: names.part("controller"),
        image: image.imageId,
        networksAdvanced: [{ name: host.network, ipv4Address: names.address("controller") }],
        volumes: [
          { volumeName: journal.name, containerPath: "/var/lib/slipway" },
          { volumeName: run.name, containerPath: "/run/slipway" },
          { volumeName: secrets.volume, containerPath: "/run/secrets/notices", readOnly: true },
        ],
        uploads: [
          {
            file: "/etc/slipway/controller.json",
            content: controllerConfiguration(host, settings),
            permissions: "0444",
          },
        ],
      },
      { ...child, deleteBeforeReplace: true },
    );
    new docker.Container(
      `${name}-proxy`,
      {
        ...common,
        name: names.part("proxy"),
        readOnly: true,
        image: haproxy.imageId,
        command: ["haproxy", "-W", "-db", "-S", "/run/slipway/master.sock,mode,600", "-f", "/run/slipway/haproxy.cfg"],
        networksAdvanced: [{ name: host.network, ipv4Address: names.address("proxy") }],
        ports: [{ internal: 8080, external: settings.listenPort, ip: settings.listenAddress }],
        volumes: [{ volumeName: run.name, containerPath: "/run/slipway" }],
        // HAProxy leaves softly on USR1 and at once on TERM; connections are the controller's business, not Docker's.
        stopSignal: "SIGUSR1",
        destroyGraceSeconds: 1,
      },
      { ...child, deleteBeforeReplace: true, dependsOn: controller },
    );
    this.controllerImage = image.imageId;
    this.registerOutputs({ controllerImage: this.controllerImage });
  }
}

/** `/etc/slipway/controller.json`. */
function controllerConfiguration({ names, stack }: Host, settings: Settings): string {
  const { port, subnet, health, strategy, profile, verdict, sticky, preview, drainSeconds } = settings;
  return JSON.stringify({
    service: names.prefix,
    port,
    subnetPrefix: subnetPrefix(subnet),
    maxReplicas,
    health,
    strategy,
    profile,
    verdict,
    sticky,
    preview,
    drainSeconds,
    notices: noticesConfiguration(stack, settings.notices),
  });
}

/** The controller takes the names of secret files; here they follow from the channel. */
function noticesConfiguration(environment: string, { stuckAfterSeconds, email, ...channels }: Settings["notices"]) {
  if (email === undefined) return { environment, stuckAfterSeconds, channels };
  const { login, ...server } = email;
  const files = login ? { userFile: "smtp-user", passwordFile: "smtp-password" } : {};
  return { environment, stuckAfterSeconds, channels: { ...channels, email: { ...server, ...files } } };
}
