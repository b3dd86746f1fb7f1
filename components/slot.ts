import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { databaseKinds } from "../lib/databases/schema.ts";
import { environmentOf, userOf, writableFolders, type ContainerSpec } from "../lib/releases/container.ts";
import {
  imageStartScript,
  parseImageStart,
  readingSecrets,
  type ImageStart,
} from "../lib/releases/secret-variables.ts";
import { removeSlot } from "../lib/releases/step-aside.ts";
import type { Databases } from "./databases.ts";
import { inMemory, limitProcesses, memoryLimit, unprivileged } from "./hardening.ts";
import { HostCommand } from "./host-command.ts";
import { mendableFrozen } from "./mend.ts";
import { roleContainers } from "./role-containers.ts";
import type { Router } from "./router.ts";
import { SecretFiles } from "./secret-files.ts";
import { slotImage, type SlotImageArgs } from "./slot-image.ts";
import { writableVolumes } from "./writable-volumes.ts";

/** One of the two places for the service on a host. */
export interface SlotArgs extends SlotImageArgs {
  readonly router: Router;
  /** Number of the rollout that the containers are made for: another attempt at the same release gets fresh ones. */
  readonly rollout: number;
  /** What must be done before anything but the image is touched. It is nothing that the component itself waits for, and the image with it. */
  readonly after: pulumi.Resource[];
  /** What must be done before a container starts; image and secrets are prepared meanwhile. */
  readonly startAfter: readonly pulumi.Resource[];
  /** Declares further steps before that, which need what the containers need. @default none */
  readonly steps?: (prepared: PreparedSlot) => readonly pulumi.Resource[];
  /** What the settings say of its containers. */
  readonly container: ContainerSpec;
  /** Where its data are. */
  readonly databases: Databases;
}

/** What containers of a slot are made of. */
export interface PreparedSlot {
  readonly image: pulumi.Output<string>;
  readonly secrets: pulumi.Output<string>;
  readonly envs: readonly string[];
  /** What they start. @default what their image says */
  readonly start?: { readonly entrypoints: string[]; readonly image: pulumi.Output<ImageStart> };
}

/**
 * A slot's image and containers, one a replica.
 *
 * They are always declared, whatever the plan. What must never happen here: a container that has traffic is replaced or stopped. So a
 * frozen slot ignores every change, and the containers of the other one wait for the guard (see `Service`), which asks the host.
 */
export class Slot extends pulumi.ComponentResource {
  readonly image: docker.RemoteImage;
  /** What has to be there, and in order, before anything of the slot is touched. */
  readonly ready: readonly pulumi.Resource[];

  constructor(name: string, args: SlotArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:service:Slot", name, {}, opts);
    const { host, slot, plan, container } = args;
    const { version } = plan.release;
    const { command, user, stopSeconds, secretVariables } = container.process;
    const files = { ...container.secrets, ...args.databases.urls };
    const step = {
      parent: this,
      dependsOn: args.after,
      ...(plan.frozen ? { ignoreChanges: ["*"] } : {}),
    };
    const child = { ...step, provider: host.provider };

    const secrets = new SecretFiles(
      `${name}-secrets`,
      {
        host,
        volume: host.names.part(`${slot}-secrets`),
        image: args.router.controllerImage,
        owner: user.replace(/:.*/, ""),
        files,
        passwordsOf: databaseKinds.filter((kind) => container.databases[kind] !== undefined),
      },
      child,
    );
    this.image = slotImage(name, args, { parent: this, ...(plan.frozen ? { ignoreChanges: ["*"] } : {}) });
    const { image } = this;
    this.ready = [image, ...writableVolumes(`${name}-volumes`, { ...args, image }, this)];
    const volumes = Object.entries(container.volumes).map(([volume, folder]) => ({
      volumeName: host.names.volume(volume),
      containerPath: folder,
    }));
    // The guard makes room for new containers, as one may still have streams; so the engine removes none.
    const removal = new HostCommand(
      `${name}-removal`,
      {
        host,
        run: removeSlot(host.names, slot),
        runsWhen: "deleted",
        env: { NETWORK: host.network, VOLUME: secrets.volume },
        timeoutSeconds: 120,
      },
      { parent: this },
    );
    const envs = environmentOf(container, { version, slot, secretFiles: Object.keys(files) });
    const start = secretVariables && {
      entrypoints: readingSecrets(secretVariables),
      image: new HostCommand(
        `${name}-start`,
        { host, run: imageStartScript, env: { IMAGE: image.imageId, ONE_OFF: host.oneOff }, timeoutSeconds: 60 },
        step,
      ).stdout.apply(parseImageStart),
    };
    const startedWith = (words?: string[]) =>
      start
        ? {
            entrypoints: start.entrypoints,
            command: start.image.apply((of) => [...of.entrypoint, ...(words ?? of.command)]),
          }
        : words
          ? { command: words }
          : {};
    const steps =
      args.steps?.({ image: image.imageId, secrets: secrets.volume, envs, ...(start ? { start } : {}) }) ?? [];
    const { memoryMb, cpus, readOnly } = container.limits;
    const common = {
      image: image.imageId,
      volumes: [{ volumeName: secrets.volume, containerPath: "/run/secrets", readOnly: true }, ...volumes],
      user: userOf(container),
      stopTimeout: stopSeconds,
      // The rollout controller judges health; the provider would only report a crash with less to go on.
      mustRun: false,
      ...unprivileged,
      ...memoryLimit(memoryMb),
      ...(cpus === undefined ? {} : { cpus: String(cpus) }),
      readOnly,
      tmpfs: inMemory(writableFolders(container), userOf(container)),
      logDriver: "local",
    };
    const labels = [
      ...host.labels,
      { label: "slipway.slot", value: slot },
      { label: "slipway.release", value: plan.release.id },
      { label: "slipway.rollout", value: String(args.rollout) },
    ];
    const opened = pulumi.mergeOptions(
      { ...child, deleteBeforeReplace: true, retainOnDelete: true },
      { dependsOn: [...args.startAfter, ...steps, removal] },
    );
    const containers: docker.Container[] = [];
    for (let replica = 1; replica <= plan.release.replicas; replica++) {
      const containerName = host.names.replica(slot, replica);
      const mend = plan.frozen ? mendableFrozen(containerName, host.mending, labels) : { labels };
      const made = new docker.Container(
        `${name}-${String(replica)}`,
        {
          ...common,
          ...startedWith(command && [...command]),
          name: containerName,
          envs,
          restart: "unless-stopped",
          networksAdvanced: [
            { name: host.network, ipv4Address: host.names.replicaAddress(slot, replica, plan.release.row) },
          ],
          labels: mend.labels,
        },
        { ...opened, ...mend },
      );
      containers.push(made);
    }
    const beside = { host, slot, plan, container, common, envs, labels, startedWith };
    containers.push(...roleContainers(name, beside, opened));
    limitProcesses(`${name}-limits`, host, containers, this);
    this.registerOutputs({});
  }
}
