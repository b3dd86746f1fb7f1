import * as pulumi from "@pulumi/pulumi";
import { toolchainCommand } from "../lib/folders.ts";
import { resourceNamed, resourcesInState } from "../lib/own-state.ts";
import { isFront, lostFront } from "../lib/front/in-state.ts";
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

/** What a stack shows: of the first host, and under their names of the others; or of what runs elsewhere. */
export type Delivered = Partial<Pick<Service, "url"> & Pick<DeliveredHost, "standby" | "proxy">> & {
  /** What has the traffic. */
  readonly live?: pulumi.Output<object>;
  /** Name in DNS of the load balancer, where the stack makes one. */
  readonly balancer?: pulumi.Output<string>;
  /** Versions that have been live, oldest first, where no journal on a host knows them. */
  readonly served?: pulumi.Output<readonly string[]>;
  readonly hosts: Readonly<Record<string, DeliveredHost>>;
};

/** What is known of one host after an update. */
export interface DeliveredHost extends Pick<Service, "live" | "standby"> {
  /** The proxy that serves, for previews that ask no host. Marked as secret, because it tells people nothing. */
  readonly proxy: Proxy["serving"];
}

/** What only a stack of that target has. */
const marks = { host: "host-network", ecs: "api-cluster" } as const;

/**
 * A target is never changed in place (decision D8): what serves would go before the other one has its traffic.
 *
 * @throws pulumi.RunError in an update
 */
export async function refuseOtherTarget(stack: string, target: keyof typeof marks): Promise<void> {
  const known = await resourcesInState();
  const other = target === "host" ? "ecs" : "host";
  if (resourceNamed(known, marks[other]) === undefined) return;
  await refuseOrWarn([
    {
      path: "slipway:target",
      problem: "is another one than the last update's, and what serves would go before the other one has its traffic",
      got: target,
      allowed: other,
      fix: `pulumi config set slipway:target ${other}, and bring the other one up as a stack of its own: docs/aws.md#from-a-host-to-ecs. To end stack ${stack}: ${toolchainCommand("down", { stack })}`,
    },
  ]);
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
    const known = await resourcesInState();
    if (resourceNamed(known, marks.host) !== undefined) await refuseOrWarn([lostHost(stack)]);
    if (isFront(known)) await refuseOrWarn([lostFront]);
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
