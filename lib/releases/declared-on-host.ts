import { databaseKinds, type DatabaseKind, type DatabasesSettings } from "../databases/schema.ts";
import { slots, type HostNames } from "../hosts/naming.ts";
import type { HostsSettings } from "../hosts/schema.ts";
import type { AddressSettings } from "../tls/schema.ts";
import type { Ledger } from "./ledger.ts";
import type { ReleasesSettings } from "./schema.ts";

/** What a stack puts on a host. */
export interface Declared {
  readonly names: HostNames;
  readonly databases: readonly DatabaseKind[];
  /** The host gets and renews its certificate itself. */
  readonly keepsCertificate: boolean;
  readonly subnet: string;
  /** Address at which the proxy listens, with its ports and the settings that say so. */
  readonly listenAddress: string;
  readonly ports: readonly { readonly port: number; readonly path: string }[];
  /** Port at which the service listens inside its containers. */
  readonly servicePort: number;
}

/** One container that has to be there. */
export interface Expected {
  readonly name: string;
  /** As people know it. */
  readonly what: string;
  /** What would be cut if it were replaced while it runs. @default nothing */
  readonly serves?: "it has the traffic" | "the service uses it";
  /** @default it is on the host's own network */
  readonly address?: string;
  /** What it has to run, with the names that the image may have. @default any image of ours */
  readonly release?: { readonly id: string; readonly images: readonly string[] };
}

/** What the settings put on each host of the stack. */
export function declaredOnHost(
  names: HostNames,
  settings: Pick<DatabasesSettings, "databases"> &
    Pick<AddressSettings, "tls"> &
    Pick<HostsSettings, "subnet" | "listenAddress" | "listenPort"> &
    Pick<ReleasesSettings, "port">,
): Declared {
  const { databases, tls, subnet, listenAddress, listenPort, port } = settings;
  const kinds = databaseKinds.filter((kind) => databases[kind] !== undefined);
  const plain = tls.kind === "none" ? [] : [{ port: tls.httpPort, path: "slipway:tls.httpPort" }];
  const ports = [{ port: listenPort, path: "slipway:listenPort" }, ...plain];
  return {
    names,
    databases: kinds,
    keepsCertificate: tls.kind === "acme",
    subnet,
    listenAddress,
    ports,
    servicePort: port,
  };
}

/** As people know them. */
export const databaseNames = { postgres: "PostgreSQL", redis: "Redis", neo4j: "Neo4j" } as const;

/** Every container of a stack that has had a release: what is broken in a slot that holds nothing is nobody's loss. */
export function expectedContainers(ledger: Ledger, { names, databases, keepsCertificate }: Declared): Expected[] {
  const replicas = slots.flatMap((slot): Expected[] => {
    const { release, state } = ledger.slots[slot];
    const isLive = slot === ledger.live;
    if (release === null || (!isLive && state !== "holds")) return [];
    const tag = release.image.split(":").at(-1) ?? "";
    return Array.from({ length: release.replicas }, (_, index) => ({
      name: names.replica(slot, index + 1),
      what: `replica ${String(index + 1)} of ${isLive ? "the live slot" : "the standby"}`,
      ...(isLive ? { serves: "it has the traffic" } : {}),
      address: names.replicaAddress(slot, index + 1),
      release: { id: release.id, images: [release.image, `${names.prefix}/${slot}:${tag}`] },
    }));
  });
  return [
    { name: names.part("controller"), what: "the rollout controller", address: names.address("controller") },
    ...(["1", "2"] as const).map((place): Expected => ({
      name: names.part(`proxy-${place}`),
      what: `the proxy in place ${place}`,
      ...(String(ledger.proxy?.place) === place ? { serves: "it has the traffic" } : {}),
    })),
    ...databases.map((kind): Expected => ({
      name: names.part(kind),
      what: databaseNames[kind],
      serves: "the service uses it",
      address: names.address(kind),
    })),
    ...(keepsCertificate
      ? [
          {
            name: names.part("certificates"),
            what: "the keeper of the certificate",
            address: names.address("certificates"),
          },
        ]
      : []),
    ...replicas,
  ];
}

/** Every volume of a stack; `data` says whose data it alone has. */
export function volumesOf({ names, databases }: Declared): { readonly name: string; readonly data?: string }[] {
  return [
    { name: names.part("controller"), data: "the rollout controller, its journal and records" },
    { name: names.part("run") },
    { name: names.part("notices") },
    ...slots.map((slot) => ({ name: names.part(`${slot}-secrets`) })),
    ...databases.map((kind) => ({ name: names.part(kind), data: databaseNames[kind] })),
  ];
}
