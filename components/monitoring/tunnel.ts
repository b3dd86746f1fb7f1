import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { HostMonitoringSettings } from "../../monitoring/schema.ts";
import { keysFolder, tunnelScript, tunnelTargets } from "../../monitoring/tunnel.ts";
import type { Settings } from "../../settings/settings.ts";
import { HostCommand } from "../host-command.ts";
import type { Host } from "../host.ts";
import { mendable, mendedAt } from "../mend.ts";
import type { Router } from "../router.ts";
import { limitAndAwait } from "./await-watchers.ts";
import { WatchedHost } from "./watched-host.ts";
import { nobody, watcherContainer, watcherImage } from "./watcher-container.ts";

/** The way from a stack's first host to those that it watches. */
export interface TunnelArgs {
  /** The first one. */
  readonly host: Host;
  readonly router: Router;
  /** Those at its other ends, by name, with what has to answer there. */
  readonly further: readonly { readonly name: string; readonly host: Host; readonly router: Router }[];
  readonly settings: Settings;
  readonly monitoring: HostMonitoringSettings;
}

/**
 * A container with an SSH client that keeps a connection to each further host, whose key is pinned as in the settings, and gives Prometheus what
 * answers there. Its key is made on the first host.
 *
 * What must never happen here: the private key leaves the first host, or a port is published on it.
 */
export class Tunnel extends pulumi.ComponentResource {
  constructor(name: string, args: TunnelArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:monitoring:Tunnel", name, {}, opts);
    const { host, router, further, settings, monitoring } = args;
    const { stockImages, replicas } = settings;
    const common = { host, stockImages };
    const image = watcherImage(name, "tunnel", common, this);
    const part = host.names.part("tunnel");
    const { labels, ignoreChanges } = mendable("volume", part, host.mending, host.labels);
    const volume = new docker.Volume(
      `${name}-key`,
      { name: part, labels },
      { parent: this, provider: host.provider, ignoreChanges },
    );
    const made = new HostCommand(
      `${name}-key-made`,
      {
        host,
        run: keyScript,
        env: {
          VOLUME: volume.name,
          IMAGE: image.imageId,
          OWNER: nobody,
          ONE_OFF: host.oneOff,
          MENDED: volume.labels.apply(mendedAt),
        },
        timeoutSeconds: 60,
      },
      { parent: this },
    );
    const key = made.stdout.apply((said) => /^ssh-ed25519 [A-Za-z0-9+/=]+/m.exec(said)?.[0] ?? "");
    const watched = further.map(
      ({ name: which, host: there }) =>
        new WatchedHost(`${name}-${which}`, { host: there, stockImages, monitoring, replicas, key }, { parent: this }),
    );
    const container = watcherContainer(
      name,
      "tunnel",
      {
        ...common,
        image,
        entrypoint: ["/bin/sh", "-c"],
        command: [tunnelScript(host.names, settings)],
        // Another key is another tunnel.
        envs: key.apply((text) => [`SLIPWAY_KEY=${text}`]),
        mounts: [{ volumeName: volume.name, containerPath: keysFolder, readOnly: true }],
        after: [made, ...watched],
      },
      this,
    );
    limitAndAwait(
      name,
      {
        host,
        router,
        containers: [container],
        names: [part],
        urls: tunnelTargets(host.names, settings).map(({ address }) => `http://${address}/metrics`),
        after: [...further.map((each) => each.router)],
      },
      this,
    );
    this.registerOutputs({});
  }
}

/** Says the public half. One that was killed begins anew. */
const keyScript = `
$ONE_OFF --user 0 --volume "$VOLUME:/keys" --entrypoint /bin/sh "$IMAGE" -euc '
  cd /keys
  if [ ! -s key ]; then
    rm -f new new.pub
    ssh-keygen -q -t ed25519 -N "" -C "" -f new
    mv new key
    rm -f new.pub
  fi
  chmod 0600 key
  chown '"$OWNER:$OWNER"' . key
  chmod 0700 .
  ssh-keygen -y -f key' < /dev/null
`;
