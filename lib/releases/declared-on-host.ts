import { databaseKinds, type DatabaseKind, type DatabasesSettings } from "../databases/schema.ts";
import { dataOf } from "../databases/public-images.ts";
import type { FoundContainer, HostLook, LookArgs } from "../hosts/look.ts";
import { slots, type HostNames } from "../hosts/naming.ts";
import type { ImagesSettings } from "../images/schema.ts";
import { pullable } from "../images/tag.ts";
import type { HostsSettings } from "../hosts/schema.ts";
import type { AddressSettings } from "../tls/schema.ts";
import type { Ledger } from "./ledger.ts";
import type { ReleasesSettings } from "./schema.ts";

/** What a stack puts on a host. */
export interface Declared {
  readonly names: HostNames;
  readonly databases: readonly DatabaseKind[];
  /** Folder of the stack's backups; it may begin with `~/`. */
  readonly backups: string;
  /** The host gets and renews its certificate itself. */
  readonly keepsCertificate: boolean;
  /** What watches the stack runs on its first host. */
  readonly watches: boolean;
  readonly subnet: string;
  /** Address at which the proxy listens, with its ports and the settings that say so. */
  readonly listenAddress: string;
  readonly ports: readonly { readonly port: number; readonly path: string }[];
  /** Port at which the service listens inside its containers. */
  readonly servicePort: number;
  /** Image that a host has, and in which its journal is read where the controller is gone. */
  readonly reader: string;
  /** What Slipway's own containers run on, by the name in `slipway:stockImages`. */
  readonly images: Readonly<Record<string, string>>;
}

/** One container that has to be there. */
export interface Expected {
  readonly name: string;
  /** As people know it. */
  readonly what: string;
  /** What would be cut if it were replaced while it runs. @default nothing */
  readonly serves?: "it has the traffic" | "the service uses it";
  /** What Docker has to do when it ends. */
  readonly restart: "always" | "unless-stopped";
  /** Least memory that it needs. @default the release says */
  readonly memoryMb?: number;
  /** Place of a proxy. */
  readonly place?: string;
  /** @default it is on the host's own network */
  readonly address?: string;
  /** What it has to run, with the names that the image may have. @default any image of ours */
  readonly release?: { readonly id: string; readonly images: readonly string[] };
}

/** What the settings put on each host of the stack. */
export function declaredOnHost(
  names: HostNames,
  settings: Pick<DatabasesSettings, "databases" | "backups"> &
    Pick<AddressSettings, "tls"> &
    Pick<HostsSettings, "subnet" | "listenAddress" | "listenPort"> &
    Pick<ReleasesSettings, "port"> &
    Pick<ImagesSettings, "stockImages"> & { readonly monitoring?: { readonly kind: string } | undefined },
): Declared {
  const { databases, backups, tls, subnet, listenAddress, listenPort, port, stockImages, monitoring } = settings;
  const kinds = databaseKinds.filter((kind) => databases[kind] !== undefined);
  const plain = tls.kind === "none" ? [] : [{ port: tls.httpPort, path: "slipway:tls.httpPort" }];
  const ports = [{ port: listenPort, path: "slipway:listenPort" }, ...plain];
  const keepsCertificate = tls.kind === "acme";
  const watches = monitoring?.kind === "host";
  const keeper = keepsCertificate ? (["lego"] as const) : [];
  const needed = ["node", "haproxy", ...kinds, ...keeper, ...(watches ? watchers : [])] as const;
  return {
    names,
    databases: kinds,
    backups: backupsOf(backups.directory, names),
    keepsCertificate,
    watches,
    subnet,
    listenAddress,
    ports,
    servicePort: port,
    reader: stockImages.node,
    images: Object.fromEntries(needed.map((name) => [name, stockImages[name]])),
  };
}

/** Folder of one stack's backups. */
export const backupsOf = (directory: string, { prefix }: Pick<HostNames, "prefix">): string =>
  `${directory.replace(/\/$/, "")}/${prefix}`;

/** What is to be looked for on a host. */
export const lookFor = ({ names, ports, databases, backups, images }: Declared): LookArgs => ({
  prefix: names.prefix,
  ports,
  data: databases.map((kind) => ({ volume: names.part(kind), file: dataOf[kind].ready })),
  ...(databases.length > 0 ? { backups } : {}),
  images: Object.values(images),
});

/** Most memory that Slipway's own containers may take, in megabytes. */
export const ownMemoryMb = {
  controller: 512,
  proxy: 1024,
  certificates: 256,
  prometheus: 512,
  alertmanager: 128,
  exporter: 64,
} as const;

/** As people know them. */
export const databaseNames = { postgres: "PostgreSQL", redis: "Redis", neo4j: "Neo4j" } as const;

/** What may watch a stack on its first host. */
export const watchers = ["prometheus", "alertmanager", "exporter"] as const;
export type Watcher = (typeof watchers)[number];
/** As people know them. */
const watcherNames = { prometheus: "Prometheus", alertmanager: "Alertmanager", exporter: "the node exporter" } as const;
/** What they have on the host beside their containers. */
const watcherVolumes = ["monitoring", "prometheus", "alertmanager"] as const;

/** Whether an update has put them there: not on further hosts, nor before the first one that wants them. */
export const isWatched = ({ volumes }: Pick<HostLook, "volumes">, names: HostNames): boolean =>
  watcherVolumes.some((volume) => volumes.has(names.part(volume)));

/** Every container of a stack that has had a release: what is broken in a slot that holds nothing is nobody's loss. */
export function expectedContainers(
  ledger: Ledger,
  { names, databases, keepsCertificate, watches }: Declared,
): Expected[] {
  const replicas = slots.flatMap((slot): Expected[] => {
    const { release, state } = ledger.slots[slot];
    const isLive = slot === ledger.live;
    if (release === null || (!isLive && state !== "holds")) return [];
    const tag = release.image.split(":").at(-1) ?? "";
    return Array.from({ length: release.replicas }, (_, index) => ({
      name: names.replica(slot, index + 1),
      what: `replica ${String(index + 1)} of ${isLive ? "the live slot" : "the standby"}`,
      ...(isLive ? { serves: "it has the traffic" } : {}),
      restart: "unless-stopped",
      address: names.replicaAddress(slot, index + 1, release.row),
      release: { id: release.id, images: [pullable(release.image), `${names.prefix}/${slot}:${tag}`] },
    }));
  });
  return [
    {
      name: names.part("controller"),
      what: "the rollout controller",
      restart: "always",
      memoryMb: ownMemoryMb.controller,
      address: names.address("controller"),
    },
    ...(["1", "2"] as const).map((place): Expected => ({
      name: names.part(`proxy-${place}`),
      what: `the proxy in place ${place}`,
      restart: "always",
      memoryMb: ownMemoryMb.proxy,
      place,
      ...(String(ledger.proxy?.place) === place ? { serves: "it has the traffic" } : {}),
    })),
    ...databases.map((kind): Expected => ({
      name: names.part(kind),
      what: databaseNames[kind],
      serves: "the service uses it",
      restart: "unless-stopped",
      address: names.address(kind),
    })),
    ...(keepsCertificate
      ? [
          {
            restart: "always" as const,
            memoryMb: ownMemoryMb.certificates,
            name: names.part("certificates"),
            what: "the keeper of the certificate",
            address: names.address("certificates"),
          },
        ]
      : []),
    ...watchers.flatMap((watcher): Expected[] =>
      watches
        ? [
            {
              restart: "always",
              memoryMb: ownMemoryMb[watcher],
              name: names.part(watcher),
              what: watcherNames[watcher],
              address: names.address(watcher),
            },
          ]
        : [],
    ),
    ...replicas,
  ];
}

/** Whether a container is this stack's: the names of another one may begin with this one's. */
export function isOurs({ labels }: FoundContainer, { prefix }: Pick<HostNames, "prefix">): boolean {
  const { "slipway.service": service, "slipway.stack": stack } = labels;
  return stack !== undefined && (service === undefined || `${service}-${stack}` === prefix);
}

/** Every volume of a stack; `data` says whose data it alone has. */
export function volumesOf({
  names,
  databases,
  watches,
}: Declared): { readonly name: string; readonly data?: string }[] {
  return [
    { name: names.part("controller"), data: "the rollout controller, its journal and records" },
    { name: names.part("run") },
    { name: names.part("notices") },
    ...slots.map((slot) => ({ name: names.part(`${slot}-secrets`) })),
    ...(watches ? watcherVolumes.map((volume) => ({ name: names.part(volume) })) : []),
    ...databases.map((kind) => ({ name: names.part(kind), data: databaseNames[kind] })),
  ];
}
