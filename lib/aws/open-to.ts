import type { EntranceSettings } from "../entrance/schema.ts";
import type { HostsSettings } from "../hosts/schema.ts";
import { isLoopback } from "../hosts/loopback.ts";
import { portsOf } from "../tls/tls-settings.ts";

/** All of IPv4. */
export const everywhere = "0.0.0.0/0";

/** Which ports of a machine people reach, and from where: what the proxy listens at, and none where only the machine itself asks. Pure. */
export function openTo({
  listenAddress,
  loadBalancer,
  ...rest
}: Pick<HostsSettings, "listenAddress"> & Pick<EntranceSettings, "loadBalancer"> & Parameters<typeof portsOf>[0]): {
  readonly ports: readonly number[];
  readonly networks: readonly string[];
} {
  if (isLoopback(listenAddress)) return { ports: [], networks: [] };
  const networks = loadBalancer?.addresses.map((address) =>
    address.includes("/") ? address : `${address}/${address.includes(":") ? 128 : 32}`,
  );
  return { ports: portsOf(rest), networks: networks ?? [everywhere] };
}
