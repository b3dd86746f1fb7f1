import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import type { NamedHost } from "../hosts/host-connection.ts";
import type { HostLook } from "../hosts/look.ts";
import type { HostNames } from "../hosts/naming.ts";
import type { Problem } from "../problem.ts";

const answer = z.object({ outputs: z.record(z.string(), z.unknown()) }).catch({ outputs: {} });

/** Resources of this stack that its state knows, by URN. An update that asks is not among them. */
export async function urnsInState(): Promise<ReadonlySet<string>> {
  const stackName = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  const told: unknown = await pulumi.runtime.invoke("pulumi:pulumi:readStackResourceOutputs", { stackName });
  return new Set(Object.keys(answer.parse(told).outputs));
}

/**
 * Why an update must not begin on a host that has this stack's containers while the state knows nothing there: each of them would be made a
 * second time (decision D5). Undefined where state and host belong together.
 *
 * @param known what the state knows; what is made on a host begins with its network
 */
export function lostState(
  { name, path }: Pick<NamedHost, "name" | "path">,
  { prefix }: Pick<HostNames, "prefix">,
  look: HostLook | undefined,
  known: ReadonlySet<string>,
): Problem | undefined {
  const ours = [...(look?.containers.values() ?? [])].filter(({ labels }) => "slipway.stack" in labels);
  const network = `::host${name === undefined ? "" : `-${name}`}-network`;
  if (ours.length === 0 || [...known].some((urn) => urn.endsWith(network))) return undefined;
  return {
    path,
    problem: "has this stack's containers, and the state knows none of them",
    got: `${String(ours.length)} containers of ${prefix}`,
    allowed: "the state that made them, or an empty host",
    fix: "bring that state back; or `slipway adopt`, which takes them into this one and touches none",
  };
}
