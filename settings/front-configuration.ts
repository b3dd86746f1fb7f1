import type { FrontConfig } from "../router/front.ts";
import { workerUser } from "./controller-configuration.ts";
import type { Settings } from "./settings.ts";

/** What a front is told; nothing in it is secret. */
export const frontConfiguration = ({
  listenAddress,
  listenPort,
  clients,
  front: { names, httpPort, connections },
}: Pick<Settings, "listenAddress" | "listenPort" | "clients"> & {
  readonly front: NonNullable<Settings["front"]>;
}): FrontConfig => ({
  address: listenAddress,
  port: listenPort,
  httpPort,
  names,
  connections,
  ofOneClient: clients.connections,
  user: workerUser,
});
