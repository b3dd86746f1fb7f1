import type { HostLook } from "../hosts/look.ts";
import type { Problem } from "../problem.ts";
import type { Declared } from "./declared-on-host.ts";
import type { Ledger } from "./ledger.ts";

/**
 * Whether live listens at the port that the settings say. Only for one that was made before releases told their port: the controller looks
 * for it where the settings say, and another port would cut it off at once.
 */
export function servicePortProblems(
  { containers }: HostLook,
  { live, slots }: Ledger,
  { names, servicePort }: Declared,
): Problem[] {
  const release = live === null ? null : slots[live].release;
  if (live === null || release === null || release.port !== undefined) return [];
  const port = containers.get(names.replica(live, 1))?.port ?? "";
  if (port === "" || port === String(servicePort)) return [];
  return [
    {
      path: "slipway:port",
      problem: `release ${release.id} has the traffic and listens at another port, where nobody would find it any more`,
      got: String(servicePort),
      allowed: port,
      fix: `pulumi config set slipway:port ${port}, and release once with it; after that release the port may change like any other setting`,
    },
  ];
}
