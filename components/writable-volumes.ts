import type * as docker from "@pulumi/docker";
import { readFileSync } from "node:fs";
import type * as pulumi from "@pulumi/pulumi";
import { userOf, type ContainerSpec } from "../lib/releases/container.ts";
import { HostCommand } from "./host-command.ts";
import type { Databases } from "./databases.ts";
import type { Router } from "./router.ts";
import type { SlotImageArgs } from "./slot-image.ts";

const script = readFileSync(new URL("../lib/releases/volumes.sh", import.meta.url), "utf8");

/** Volumes of the containers that a slot is to get. */
export interface WritableVolumesArgs extends Pick<SlotImageArgs, "host" | "slot" | "plan"> {
  readonly router: Router;
  readonly container: ContainerSpec;
  /** Where the volumes are. */
  readonly databases: Databases;
  readonly image: docker.RemoteImage;
}

/**
 * The step that looks whether the service can write into the volumes that it keeps, before anything of the slot is touched.
 *
 * @returns nothing where it keeps none
 */
export function writableVolumes(
  name: string,
  { host, slot, plan, router, container, databases, image }: WritableVolumesArgs,
  parent: pulumi.Resource,
): HostCommand[] {
  const volumes = Object.entries(container.volumes).map(([volume, folder]) => `${host.names.volume(volume)}=${folder}`);
  if (volumes.length === 0) return [];
  const env = {
    VOLUMES: volumes.join("\n"),
    IMAGE: image.imageId,
    READER: router.controllerImage,
    OWNER: userOf(container),
    NAME: host.names.part(`${slot}-volumes`),
    ONE_OFF: host.oneOff,
  };
  return [
    new HostCommand(
      name,
      { host, run: script, env, timeoutSeconds: 120 },
      { parent, dependsOn: [databases], ...(plan.frozen ? { ignoreChanges: ["*"] } : {}) },
    ),
  ];
}
