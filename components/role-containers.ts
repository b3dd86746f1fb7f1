import * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import type { Slot } from "../lib/hosts/naming.ts";
import type { ContainerSpec } from "../lib/releases/container.ts";
import { roleContainers as containersOf, runByClock } from "../lib/releases/roles.ts";
import type { SlotPlan } from "../lib/releases/slot-plan.ts";
import { memoryLimit } from "./hardening.ts";
import type { Host } from "./host.ts";
import { mendableFrozen } from "./mend.ts";

/** What a slot's containers of roles are made of. */
export interface RoleContainersArgs {
  readonly host: Host;
  readonly slot: Slot;
  readonly plan: SlotPlan;
  readonly container: ContainerSpec;
  /** What they have like the slot's replicas. */
  readonly common: Omit<docker.ContainerArgs, "envs" | "labels">;
  readonly envs: readonly string[];
  readonly labels: readonly { readonly label: string; readonly value: string }[];
  /** What a container of the slot that is started with these words is declared with. */
  readonly startedWith: (command: string[]) => Pick<docker.ContainerArgs, "command" | "entrypoints">;
}

/**
 * Containers of a slot beside its replicas, which have no port.
 *
 * They are made and not started: which slot's run is the host's to say, as its rollout controller knows who is live (see `rolesStep`). Until
 * then Docker does not start them either, whatever becomes of it. One of a role with a schedule is the clock's to start (`RoleClock`).
 */
export function roleContainers(
  name: string,
  { host, slot, plan, container, common, envs, labels, startedWith }: RoleContainersArgs,
  opts: pulumi.CustomResourceOptions,
): docker.Container[] {
  return containersOf(plan.release).map(({ role, number, place }) => {
    const containerName = host.names.role(slot, role, number);
    // One of a frozen slot may have left the settings; nothing of it is changed.
    const settings = container.roles[role];
    const { command = [], memoryMb, cpus, healthcheck } = settings ?? {};
    const clock = settings && runByClock(settings);
    const own = [
      ...labels,
      { label: "slipway.role", value: role },
      ...(clock
        ? [
            { label: "slipway.due", value: clock.due },
            { label: "slipway.limit", value: clock.limit },
          ]
        : []),
    ];
    const mend = plan.frozen ? mendableFrozen(containerName, host.mending, own) : { labels: own };
    return new docker.Container(
      `${name}-${role}-${String(number)}`,
      {
        ...common,
        ...startedWith([...command]),
        name: containerName,
        envs: [...envs, `SLIPWAY_ROLE=${role}`],
        labels: mend.labels,
        start: false,
        restart: "no",
        // The image's own asks for what listens at its port. Docker fills what is not said here from there, and the engine would take that for a change.
        healthcheck: {
          tests: healthcheck ? ["CMD", ...healthcheck] : ["NONE"],
          interval: "5s",
          timeout: "5s",
          startPeriod: "1s",
          retries: 3,
        },
        ...(memoryMb === undefined ? {} : memoryLimit(memoryMb)),
        ...(cpus === undefined ? {} : { cpus: String(cpus) }),
        networksAdvanced: [{ name: host.network, ipv4Address: host.names.roleAddress(slot, place) }],
      },
      // Once it has been judged Docker starts it again (roles.sh), so what an adoption finds there is no change.
      {
        ...opts,
        ignoreChanges: ["restart", ...("ignoreChanges" in mend ? mend.ignoreChanges : (opts.ignoreChanges ?? []))],
      },
    );
  });
}
