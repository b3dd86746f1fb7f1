import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { ownMemoryMb } from "../lib/releases/declared-on-host.ts";
import type { Ledger } from "../lib/releases/ledger.ts";
import { places, planProxy, type Place } from "../lib/releases/proxy-plan.ts";
import { doorsFolder } from "../router/behind.ts";
import type { Serving } from "../router/ledger.ts";
import { memoryLimit } from "./hardening.ts";
import { HostCommand, type HostCommandArgs } from "./host-command.ts";
import type { Host } from "./host.ts";
import { mendable, mendableFrozen } from "./mend.ts";
import { pulledImage } from "./pull-image.ts";

/** The data plane of a host. */
export interface ProxyArgs {
  readonly host: Host;
  /** The ledger's word on which proxy serves. */
  readonly serving: Ledger["proxy"];
  /** HAProxy's image, as the settings name it. */
  readonly image: string;
  /** Name of the volume that it shares with the controller. */
  readonly runVolume: pulumi.Input<string>;
  /** Group that reads the shared volume, a number. */
  readonly group: string;
  /** Longest time that open requests and streams may hold up the end of an old proxy, in seconds. */
  readonly drainSeconds: number;
  /** Longest time that a new proxy may take to take over, in seconds. */
  readonly takeoverSeconds: number;
  /**
   * What has to be there before a place is touched. It is nothing that the component itself waits for, and its images with it: that waits for them.
   */
  readonly after: pulumi.Resource;
  /** Volume of a front and those behind it. @default there is none */
  readonly doors?: string | undefined;
  /** What lets a place be replaced, and then lets it take over; both read on stdin what is to serve where. @default the rollout controller */
  readonly steps?: Readonly<Record<"guard" | "switch", Pick<HostCommandArgs, "run" | "env">>>;
  /** How much of the log of requests is kept, in megabytes; 0 keeps what Docker does without a word. */
  readonly logMegabytes: number;
}

/**
 * HAProxy (stock image) in two permanent places, of which one serves. Another version goes into the other place and takes over the
 * listening socket, so no connection is refused; the old one ends what it has.
 *
 * It listens on the host's own network, since a published port belongs to one container only. Its configuration lies in a volume that
 * the controller writes, so nothing that a release changes is among its inputs. What must never happen here: the proxy that serves is
 * replaced or stopped. So its place ignores every change, and the other one waits for the guard, which asks the host (invariant I2).
 */
export class Proxy extends pulumi.ComponentResource {
  /** Which proxy serves: what a preview goes by that asks no host. */
  readonly serving: pulumi.Output<Serving>;
  /** One a place. */
  readonly containers: readonly docker.Container[];

  constructor(name: string, args: ProxyArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:router:Proxy", name, {}, opts);
    const { host, serving } = args;
    const wanted = definition(args);
    // A container gets a volume at its beginning only.
    const whole = args.doors === undefined ? wanted : { ...wanted, doors: args.doors };
    const id = createHash("sha256").update(JSON.stringify(whole)).digest("hex").slice(0, 8);
    const { action, target, frozen } = planProxy(serving, id);
    if (action === "upgrade") {
      void pulumi.log.info(
        `Proxy ${id} goes into place ${String(target)} and takes over; no connection is refused.`,
        this,
      );
    }
    const idle = action === "none" ? { ignoreChanges: ["*"] } : {};
    const ask = `docker exec -i ${host.names.part("controller")} slipway-router`;
    const { steps = { guard: { run: `${ask} guard-proxy` }, switch: { run: `${ask} switch-proxy` } } } = args;
    const stdin = JSON.stringify({ place: target, id } satisfies Serving);

    const guard = new HostCommand(
      `${name}-guard`,
      { host, ...steps.guard, stdin, timeoutSeconds: 30 },
      { parent: this, dependsOn: args.after, ...idle },
    );
    this.containers = places.map((place) =>
      this.place(`${name}-${String(place)}`, place, wanted, args, {
        parent: this,
        provider: host.provider,
        dependsOn: guard,
        ...(frozen.includes(place) ? { ignoreChanges: ["*"] } : {}),
      }),
    );
    const switched = new HostCommand(
      `${name}-switch`,
      { host, ...steps.switch, stdin, timeoutSeconds: args.takeoverSeconds + 30 },
      { parent: this, dependsOn: [...this.containers], ...idle },
    );
    // A preview shows what will be; an update says it only once it is true (invariant I3).
    const served = { place: target, id };
    this.serving = pulumi.runtime.isDryRun() ? pulumi.output(served) : switched.id.apply(() => served);
    this.registerOutputs({ serving: this.serving });
  }

  private place(
    name: string,
    place: Place,
    wanted: ReturnType<typeof definition>,
    { host, image, runVolume, doors }: ProxyArgs,
    opts: pulumi.CustomResourceOptions,
  ): docker.Container {
    const { ignoreChanges } = opts;
    const container = host.names.part(`proxy-${String(place)}`);
    const mend = ignoreChanges
      ? mendableFrozen(container, host.mending, host.labels)
      : mendable("container", container, host.mending, host.labels);
    const pulled = pulledImage(name, host, image, { parent: this, ...(ignoreChanges ? { ignoreChanges } : {}) });
    return new docker.Container(
      name,
      {
        ...wanted,
        name: container,
        image: pulled.imageId,
        envs: [`SLIPWAY_PROXY=${String(place)}`],
        volumes: [
          { volumeName: runVolume, containerPath: "/run/slipway" },
          ...(doors === undefined ? [] : [{ volumeName: doors, containerPath: doorsFolder }]),
        ],
        // No part of what makes it another one: the proxy that serves gets it when there is a reason to replace it.
        ...memoryLimit(ownMemoryMb.proxy),
        labels: mend.labels,
      },
      { ...opts, deleteBeforeReplace: true, ignoreChanges: mend.ignoreChanges },
    );
  }
}

/** When a log is full, the oldest of so many files goes. */
const logFiles = 5;

/** Everything that makes a proxy another one: its image and how it is run. */
function definition({ image, group, drainSeconds, logMegabytes }: ProxyArgs) {
  const bound = { "max-file": String(logFiles), "max-size": `${String(Math.ceil(logMegabytes / logFiles))}m` };
  return {
    image,
    command: ["sh", "-euc", readFileSync(new URL("../router/proxy.sh", import.meta.url), "utf8")],
    networkMode: "host",
    // It binds ports below 1024, then its workers become the user that the configuration names.
    user: `0:${group}`,
    capabilities: { drops: ["ALL"], adds: ["CAP_KILL", "CAP_NET_BIND_SERVICE", "CAP_SETGID", "CAP_SETUID"] },
    securityOpts: ["no-new-privileges:true"],
    readOnly: true,
    restart: "always",
    // HAProxy leaves softly on USR1; then its open requests have the time that they have at every switch.
    stopSignal: "SIGUSR1",
    destroyGraceSeconds: drainSeconds + 5,
    logDriver: "local",
    ...(logMegabytes > 0 ? { logOpts: bound } : {}),
  };
}

/** The step that ends well once the proxy runs the configuration that the controller has written from its own. */
export const awaitLoaded = (
  name: string,
  host: Host,
  configuration: string,
  seconds: number,
  opts: pulumi.CustomResourceOptions,
): HostCommand =>
  new HostCommand(
    name,
    {
      host,
      run: `docker exec ${host.names.part("controller")} slipway-router await-loaded ${String(seconds)}`,
      // Asked again after each change of it.
      stdin: configuration,
      timeoutSeconds: seconds + 30,
    },
    opts,
  );
