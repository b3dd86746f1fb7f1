import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { doorsOf, frontUser } from "../lib/front/names.ts";
import type { FrontPlan } from "../lib/front/plan-front.ts";
import type { Settings } from "../settings/settings.ts";
import { frontConfiguration } from "../settings/front-configuration.ts";
import { doorsFolder, doorsGroup } from "../router/behind.ts";
import { controllerImage } from "./controller-image.ts";
import { limitProcesses } from "./hardening.ts";
import { HostCommand } from "./host-command.ts";
import type { Host } from "./host.ts";
import { Proxy } from "./proxy.ts";

/** The front of a host. */
export interface FrontArgs {
  readonly host: Host;
  readonly settings: Settings & { readonly front: NonNullable<Settings["front"]> };
  /** What is there already. */
  readonly planned: FrontPlan;
}

/** Longest that a front's proxy may take to come up, in seconds. */
const takeoverSeconds = 30;

/**
 * The front of a host: HAProxy that passes each connection by its name to the proxy of one of several stacks, untouched, through a socket in a
 * volume that only proxies have.
 *
 * What must never happen here: a change of one stack's names, or of the front's own image, costs another one a request. So names are loaded
 * beside those that are in use, and the proxy has two places as a stack's own has ({@link Proxy}).
 */
export class Front extends pulumi.ComponentResource {
  readonly proxy: Proxy;

  constructor(name: string, { host, settings, planned }: FrontArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:front:Front", name, {}, opts);
    const { names } = host;
    const doors = doorsOf(names.prefix);
    const { image } = controllerImage(`${name}-controller`, host, settings.stockImages.node, this);
    const run = new docker.Volume(
      `${name}-run-volume`,
      { name: names.part("run"), labels: [...host.labels] },
      { parent: this, provider: host.provider, ignoreChanges: ["labels"] },
    );
    const labels = host.labels.map(({ label, value }) => `--label ${label}=${value}`).join(" ");
    const env = { IMAGE: image.imageId, ONE_OFF: host.oneOff, DOORS: doors, RUN: run.name };
    const made = new HostCommand(
      `${name}-doors`,
      {
        host,
        env: { ...env, LABELS: labels, GROUP: String(doorsGroup), FOLDER: doorsFolder },
        run: makeDoors,
        timeoutSeconds: 60,
      },
      { parent: this },
    );
    // Stacks that are still behind it hold it, and go on with it when a front comes back.
    new HostCommand(
      `${name}-doors-gone`,
      { host, env: { DOORS: doors }, run: removeDoors, runsWhen: "deleted", timeoutSeconds: 30 },
      { parent: this },
    );
    const step = (command: string) => ({ run: `${inFront} slipway-router front ${command}`, env });
    const kept = new HostCommand(
      `${name}-keep`,
      { host, ...step("keep"), stdin: JSON.stringify(frontConfiguration(settings)), timeoutSeconds: 60 },
      { parent: this, dependsOn: made },
    );
    this.proxy = new Proxy(
      `${name}-proxy`,
      {
        host,
        serving: planned.serving,
        image: settings.stockImages.haproxy,
        runVolume: run.name,
        doors,
        group: frontUser.split(":")[1] ?? "",
        drainSeconds: settings.drainSeconds,
        takeoverSeconds,
        logMegabytes: 0,
        steps: { guard: step("guard"), switch: step("switch") },
        after: kept,
      },
      { parent: this },
    );
    limitProcesses(`${name}-limits`, host, this.proxy.containers, this);
    this.registerOutputs({ serving: this.proxy.serving });
  }
}

const inFront = `$ONE_OFF --user ${frontUser} --cap-drop ALL -v "$RUN:/run/slipway" -v "$DOORS:${doorsFolder}" "$IMAGE"`;

/** Whoever makes a socket there gives it to the front's group, and nobody but root may look into it. */
const makeDoors = `
docker volume create $LABELS "$DOORS" > /dev/null
$ONE_OFF --user 0 -v "$DOORS:$FOLDER" "$IMAGE" sh -c "chown 0:$GROUP $FOLDER && chmod 2710 $FOLDER"
`;

const removeDoors = `docker volume rm "$DOORS" > /dev/null 2>&1 || echo "the volume $DOORS stays: stacks behind the front use it"`;
