import * as pulumi from "@pulumi/pulumi";
import { toolchainCommand } from "../lib/folders.ts";
import { resourceNamed, resourcesInState } from "../lib/own-state.ts";
import type { Problem } from "../lib/problem.ts";
import { refuseOrWarn } from "../lib/refuse-or-warn.ts";
import type { StackSettings } from "../settings/load-settings.ts";
import type { Proxy } from "./proxy.ts";
import type { Service } from "./service.ts";

/** What runs the service: a machine with a Docker engine, or an engine that exists elsewhere. Never changed in place. */
export interface Target {
  /** Declares everything that the service needs there, and its release. */
  deliver(stack: StackSettings): Promise<Delivered>;
}

/** What a stack shows: of the first host, and under their names of the others. */
export type Delivered = Partial<Pick<Service, "url"> & DeliveredHost> & {
  readonly hosts: Readonly<Record<string, DeliveredHost>>;
};

/** What is known of one host after an update. */
export interface DeliveredHost extends Pick<Service, "live" | "standby"> {
  /** The proxy that serves, for previews that ask no host. Marked as secret, because it tells people nothing. */
  readonly proxy: Proxy["serving"];
}

/**
 * Of a stack that declares no service.
 *
 * What must never happen here: a lost line of the stack's file takes down what serves.
 *
 * @throws pulumi.RunError where the last update declared one
 */
export const noTarget: Target = {
  async deliver({ stack }) {
    if (resourceNamed(await resourcesInState(), "host-network") !== undefined) await refuseOrWarn([lostHost(stack)]);
    await pulumi.log.info(`Stack ${stack} has no slipway:host, so no service is declared.`);
    return { hosts: {} };
  },
};

const lostHost = (stack: string): Problem => ({
  path: "slipway:host",
  problem: "is not there any more, and without it the service would be removed, live slot and all",
  got: "no host",
  allowed: "the one of the last update",
  fix: `put it back into Pulumi.${stack}.yaml; to end the service: ${toolchainCommand("down", { stack })}, with the host in that file`,
});
