import type { HostLook } from "../hosts/look.ts";
import type { Problem } from "../problem.ts";
import type { Declared } from "./declared-on-host.ts";
import type { Ledger } from "./ledger.ts";

/**
 * Whether live listens at the port that the settings say. Proxy and controller look for both slots at one port: another one would cut live
 * off at once, while the new release is only on its way.
 */
export function servicePortProblems(
  { containers }: HostLook,
  { live, slots }: Ledger,
  { names, servicePort }: Declared,
): Problem[] {
  const release = live === null ? null : slots[live].release;
  if (live === null || release === null) return [];
  const port = containers.get(names.replica(live, 1))?.port ?? "";
  if (port === "" || port === String(servicePort)) return [];
  return [
    {
      path: "slipway:port",
      problem: `release ${release.id} has the traffic and listens at another port, where nobody would find it any more`,
      got: String(servicePort),
      allowed: port,
      fix:
        `pulumi config set slipway:port ${port}, and let the service listen at the port that the variable PORT tells it; ` +
        "nobody but the proxy sees which one it is",
    },
  ];
}
