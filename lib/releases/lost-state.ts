import type { NamedHost } from "../hosts/host-connection.ts";
import type { HostLook } from "../hosts/look.ts";
import type { HostNames } from "../hosts/naming.ts";
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
  known: ReadonlySet<string>,
): Problem | undefined {
  const ours = [...(look?.containers.values() ?? [])].filter((each) => isOurs(each, names));
  const network = `::host${name === undefined ? "" : `-${name}`}-network`;
  if (ours.length === 0 || [...known].some((urn) => urn.endsWith(network))) return undefined;
  return {
    path,
    problem: "has this stack's containers, and the state knows none of them",
    got: `${String(ours.length)} containers of ${names.prefix}`,
    allowed: "the state that made them, or an empty host",
    fix: "bring that state back; or `slipway adopt`, which takes them into this one and touches none",
  };
}
