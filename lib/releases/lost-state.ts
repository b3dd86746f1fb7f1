import { z } from "zod";
import type { NamedHost } from "../hosts/host-connection.ts";
import type { HostLook } from "../hosts/look.ts";
import { hostSuffix, slots, type HostNames } from "../hosts/naming.ts";
import { resourceNamed } from "../own-state.ts";
import type { Problem } from "../problem.ts";
import { isOurs } from "./declared-on-host.ts";

/**
 * Why an update must not begin on a host that has this stack's containers while the state knows nothing there: each of them would be made a
 * second time (decision D5). Undefined where state and host belong together.
 *
 * @param known what the state knows; what is made on a host begins with its network
 */
export function lostState(
  { name, path }: Pick<NamedHost, "name" | "path">,
  names: Pick<HostNames, "prefix">,
  look: HostLook | undefined,
  known: ReadonlyMap<string, unknown>,
): Problem | undefined {
  const ours = [...(look?.containers.values() ?? [])].filter((each) => isOurs(each, names));
  if (ours.length === 0 || resourceNamed(known, `host${hostSuffix(name)}-network`) !== undefined) return undefined;
  return {
    path,
    problem: "has this stack's containers, and the state knows none of them",
    got: `${String(ours.length)} containers of ${names.prefix}`,
    allowed: "the state that made them, or an empty host",
    fix: "bring that state back, or, where it is lost, `slipway adopt`, which takes them into this one and touches none; is it another clone's service: give this one a slipway:service of its own",
  };
}

const labelledInState = z.object({
  outputs: z.object({ labels: z.array(z.object({ label: z.string(), value: z.string() })) }),
});

/** What the state knows of a resource of that name: the value of one of its labels; undefined if nothing. */
const labelInState = (known: ReadonlyMap<string, unknown>, name: string, label: string): string | undefined =>
  labelledInState.safeParse(resourceNamed(known, name)).data?.outputs.labels.find((each) => each.label === label)
    ?.value;

/**
 * Whether the stack is up under another name of its service. Every object would be made anew under the new name, and the old ones would be
 * removed while they serve. Undefined if it is not.
 *
 * @param hosts names of the stack's hosts
 */
export function renamedService(
  service: string,
  hosts: readonly Pick<NamedHost, "name">[],
  known: ReadonlyMap<string, unknown>,
): Problem | undefined {
  const was = hosts
    .map(({ name }) => labelInState(known, `host${hostSuffix(name)}-network`, "slipway.service"))
    .find((each) => each !== undefined && each !== service);
  if (was === undefined) return undefined;
  return {
    path: "slipway:service",
    problem: `this stack is up as ${was}, and under another name everything of it would be made anew`,
    got: service,
    allowed: was,
    fix: `pulumi config set slipway:service ${was}; or take the stack down first, with that name: the data of ${was} stay under it`,
  };
}

/**
 * Whether the state is an older one than that of the last update: a host has a replica of a later rollout in a place where the state knows
 * an earlier one. Its objects would be made a second time. Undefined if nothing says so.
 */
export function olderState(
  { name, path }: Pick<NamedHost, "name" | "path">,
  names: Pick<HostNames, "replica">,
  look: HostLook | undefined,
  known: ReadonlyMap<string, unknown>,
): Problem | undefined {
  for (const slot of slots) {
    const knows = Number(labelInState(known, `api${hostSuffix(name)}-${slot}-1`, "slipway.rollout") ?? NaN);
    const has = Number(look?.containers.get(names.replica(slot, 1))?.labels["slipway.rollout"] ?? NaN);
    if (!(has > knows)) continue;
    return {
      path,
      problem: "has gone on since this state was written, which is an older one",
      got: `${names.replica(slot, 1)} of rollout ${String(has)} there, and of rollout ${String(knows)} in the state`,
      allowed: "the state of the last update",
      fix: "bring that state back; or, where it is lost, `pulumi state delete --all` and `slipway adopt`: neither touches the host",
    };
  }
  return undefined;
}
