import type { Release } from "../../router/ledger.ts";
import type { ContainerSpec } from "./container.ts";
import { fingerprints, newest, numbersOf, sha256, type FingerprintNumber } from "./fingerprint.ts";
import type { Ledger } from "./ledger.ts";
import { countsOf, rolesOn, schedulesOf } from "./roles.ts";

export type { Release };

/** What a release is made of. */
export interface ReleaseArgs {
  readonly version: string;
  /** `name@sha256:…`, or the content-addressed tag of an image that is built on the host. */
  readonly image: string;
  readonly container: ContainerSpec;
}

/**
 * Makes the release for one version, image and configuration.
 *
 * @param number of its fingerprint. @default the newest
 */
export function makeRelease({ version, image, container }: ReleaseArgs, number: FingerprintNumber = newest): Release {
  const fingerprint = fingerprints[number](container);
  const id = `${version}-${sha256(JSON.stringify([version, image, fingerprint])).slice(0, 8)}`;
  const { replicas, port, healthPath, health, volumes, roles } = container;
  const asked = Object.keys(health).length === 0 ? {} : { health };
  const kept = Object.keys(volumes).length === 0 ? {} : { volumes };
  return { id, version, image, fingerprint, replicas, port, healthPath, ...asked, ...kept, ...besideReplicas(roles) };
}

/** What a release tells of its roles; where it has none, nothing, as releases did before there were any. */
function besideReplicas(roles: ContainerSpec["roles"]): Pick<Release, "roles" | "schedules"> {
  const schedules = schedulesOf(roles);
  return {
    ...(Object.keys(roles).length === 0 ? {} : { roles: countsOf(roles) }),
    ...(Object.keys(schedules).length === 0 ? {} : { schedules }),
  };
}

/** The same release on one of several hosts, which has not all of its roles. Its id stays: it is one release everywhere. */
function onHost(release: Release, container: ContainerSpec, host: string | undefined): Release {
  const { roles, schedules, ...rest } = release;
  return roles === undefined && schedules === undefined
    ? release
    : { ...rest, ...besideReplicas(rolesOn(container.roles, host)) };
}

/**
 * The wanted release for each host: as its own slots hold it, else as another host does, so that one release has one id everywhere; else
 * a new one.
 */
export function wantedReleases<Host extends { readonly ledger: Ledger; readonly name?: string | undefined }>(
  args: ReleaseArgs,
  hosts: readonly Host[],
): (Host & { readonly wanted: Release })[] {
  const made = new Map<FingerprintNumber, Release>();
  const make = (number: FingerprintNumber) => {
    const release = made.get(number) ?? makeRelease(args, number);
    made.set(number, release);
    return release;
  };
  const held = hosts.map(({ ledger: { running, live, slots } }) => {
    const inSlots = [slots.blue.release, slots.green.release];
    const releases = [running?.release, ...(live === "green" ? inSlots.reverse() : inSlots)];
    for (const release of releases) {
      const same =
        release &&
        numbersOf(release.fingerprint)
          .map(make)
          .find(({ id }) => id === release.id);
      if (same) return same;
    }
    return undefined;
  });
  const elsewhere = held.find((release) => release !== undefined);
  return hosts.map((host, index) => ({
    ...host,
    wanted: onHost(held[index] ?? elsewhere ?? make(newest), args.container, host.name),
  }));
}
