import { connect } from "node:net";
import { roleAddress } from "../addresses.ts";
import type { Ledger } from "../ledger.ts";
import { roleContainers } from "../roles.ts";

/** Containers of one role in the live slot. */
export interface RoleSeen {
  readonly role: string;
  /** As the release has them. */
  readonly containers: number;
  readonly up: number;
}

/** Nobody listens there: whoever is there refuses. */
const anyPort = 9;
/** Whoever is not there does not answer at all. */
const limitMs = 2_000;

/** Whether a container is at an address of the stack's own network. One that runs refuses a connection, or takes it; in the place of others nobody answers. */
export const isThere = (address: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: address, port: anyPort, timeout: limitMs });
    const end = (is: boolean) => {
      socket.destroy();
      resolve(is);
    };
    socket.once("connect", () => {
      end(true);
    });
    socket.once("timeout", () => {
      end(false);
    });
    socket.once("error", ({ code }: NodeJS.ErrnoException) => {
      end(code === "ECONNREFUSED");
    });
  });

/**
 * Which of live's roles run that run all the time. They have no port, and the controller can't ask Docker.
 *
 * @param isUp whether a container is at an address
 */
export async function lookAtRoles(
  { live, slots }: Pick<Ledger, "live" | "slots">,
  subnetPrefix: string,
  isUp: (address: string) => Promise<boolean> = isThere,
): Promise<RoleSeen[]> {
  const release = live === null ? null : slots[live].release;
  if (live === null || release === null) return [];
  const seen = await Promise.all(
    roleContainers(release)
      .filter(({ role }) => release.schedules?.[role] === undefined)
      .map(async ({ role, place }) => ({
        role,
        up: await isUp(roleAddress(subnetPrefix, live, place)),
      })),
  );
  const always = Object.entries(release.roles ?? {}).filter(([role]) => release.schedules?.[role] === undefined);
  return always.map(([role, containers]) => ({
    role,
    containers,
    up: seen.filter((each) => each.role === role && each.up).length,
  }));
}
