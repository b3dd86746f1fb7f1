import { databaseKinds, type DatabaseKind, type DatabasesSettings } from "../databases/schema.ts";
import { dataOf } from "../databases/public-images.ts";
import type { FoundContainer, HostLook, LookArgs } from "../hosts/look.ts";
import { slots, type HostNames, type Slot } from "../hosts/naming.ts";
import type { ImagesSettings } from "../images/schema.ts";
import { pullable } from "../images/tag.ts";
import type { HostsSettings } from "../hosts/schema.ts";
import { tunnelledHosts, watchAccount, type TunnelledStack } from "../hosts/watch-account.ts";
import { askedPorts, type PortSettings } from "../tls/tls-settings.ts";
import type { Ledger } from "./ledger.ts";
import { roleContainers } from "./roles.ts";
import type { ReleasesSettings } from "./schema.ts";

/** What a stack puts on a host. */
export interface Declared {
  readonly names: HostNames;
  readonly databases: readonly DatabaseKind[];
  /** Names of the volumes that the service keeps. @default none */
  readonly volumes?: readonly string[];
  /** Folder of the stack's backups; it may begin with `~/`. */
  readonly backups: string;
  /** The host gets and renews its certificate itself. */
  readonly keepsCertificate: boolean;
  /** What watches the stack from there; empty where nothing does. */
  readonly watchers: readonly Watcher[];
  /** The user by whom the stack's first host asks this one for figures. @default it does not */
  readonly account?: string | undefined;
  readonly subnet: string;
  /** The stack is a front, which has no network of its own. @default it is none */
  readonly isFront?: boolean;
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
  readonly restart: "always" | "unless-stopped" | "no";
  /** It has a role, which does its work, or rests as its slot is not live. @default it has none, and runs */
  readonly role?: "works" | "rests";
  /** Least memory that it needs. @default the release says */
  readonly memoryMb?: number;
  /** Place of a proxy. */
  readonly place?: string;
  /** @default it is on the host's own network */
  readonly address?: string;
  /** What it has to run, with the names that the image may have. @default any image of ours */
  readonly release?: { readonly id: string; readonly images: readonly string[] };
  /** Folders that it has to have from elsewhere, by volume. @default nobody looks */
  readonly mounts?: Readonly<Record<string, string>>;
}

/**
 * What the settings put on a host of the stack.
 *
 * @param host its name under `slipway:hosts`. @default the first one
 */
export function declaredOnHost(
  names: HostNames,
  settings: TunnelledStack &
    Pick<DatabasesSettings, "databases" | "backups"> &
    PortSettings &
    Pick<HostsSettings, "subnet" | "listenAddress"> &
    Pick<ReleasesSettings, "port" | "volumes"> &
    Pick<ImagesSettings, "stockImages">,
  host?: string,
): Declared {
  const { databases, volumes, backups, tls, subnet, listenAddress, port, stockImages, monitoring } = settings;
  const kinds = databaseKinds.filter((kind) => databases[kind] !== undefined);
  const ports = askedPorts(settings);
  const keepsCertificate = tls.kind === "acme";
  const tunnelled = tunnelledHosts(settings);
  const isAsked = host !== undefined && tunnelled.includes(host);
  const further = isAsked ? furtherWatchers : [];
  const also = [
    ...(tunnelled.length > 0 ? (["tunnel"] as const) : []),
    ...(monitoring?.grafana === true ? (["grafana"] as const) : []),
  ];
  const watching = host !== undefined ? further : monitoring?.kind === "host" ? watchersOf(kinds, also) : [];
  const keeper = keepsCertificate ? (["lego"] as const) : [];
  const copier = backups.copyTo === undefined ? [] : (["restic"] as const);
  const needed = ["node", "haproxy", ...kinds, ...keeper, ...copier, ...watching] as const;
  return {
    names,
    databases: kinds,
    volumes: Object.keys(volumes),
    backups: backupsOf(backups.directory, names),
    keepsCertificate,
    watchers: watching,
    ...(isAsked ? { account: watchAccount(names.prefix) } : {}),
    subnet,
    isFront: settings.front !== undefined,
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
export const lookFor = ({ names, ports, databases, backups, images, account }: Declared): LookArgs => ({
  prefix: names.prefix,
  ports,
  data: databases.map((kind) => ({ volume: names.part(kind), file: dataOf[kind].ready })),
  ...(databases.length > 0 ? { backups } : {}),
  images: Object.values(images),
  account,
});

/** Most memory that Slipway's own containers may take, in megabytes. */
export const ownMemoryMb = {
  controller: 512,
  proxy: 1024,
  certificates: 256,
  prometheus: 512,
  alertmanager: 128,
  exporter: 64,
  "postgres-exporter": 64,
  "redis-exporter": 64,
  tunnel: 64,
  grafana: 512,
} as const;

/** As people know them. */
export const databaseNames = { postgres: "PostgreSQL", redis: "Redis", neo4j: "Neo4j" } as const;

/** Databases whose figures somebody can ask for. */
export const watchedDatabases = ["postgres", "redis"] as const satisfies readonly DatabaseKind[];
export type WatchedDatabase = (typeof watchedDatabases)[number];
export type DatabaseExporter = `${WatchedDatabase}-exporter`;
/** Who asks a database for its figures. */
export const exporterOf = (kind: WatchedDatabase): DatabaseExporter => `${kind}-exporter`;
const databaseExporters: readonly Watcher[] = watchedDatabases.map(exporterOf);

/** What may watch a stack on its first host; the tunnel leads to further ones. */
export const watchers = [
  "prometheus",
  "alertmanager",
  "exporter",
  "postgres-exporter",
  "redis-exporter",
  "tunnel",
  "grafana",
] as const;
export type Watcher = (typeof watchers)[number];
/** What does so on a further host that the first one reaches by its tunnel. */
const furtherWatchers: readonly Watcher[] = ["exporter"];
/** What comes and goes with a part of the stack. */
const onlyWith: readonly Watcher[] = [...databaseExporters, "tunnel", "grafana"];
/** Those on the first host of a stack with these databases. @param also what else it has. @default nothing */
export const watchersOf = (kinds: readonly DatabaseKind[], also: readonly ("tunnel" | "grafana")[] = []): Watcher[] => {
  const asked: readonly Watcher[] = [
    ...watchedDatabases.filter((kind) => kinds.includes(kind)).map(exporterOf),
    ...also,
  ];
  return watchers.filter((watcher) => !onlyWith.includes(watcher) || asked.includes(watcher));
};
/** As people know them. */
const watcherNames = {
  prometheus: "Prometheus",
  alertmanager: "Alertmanager",
  exporter: "the node exporter",
  "postgres-exporter": "the exporter of PostgreSQL",
  "redis-exporter": "the exporter of Redis",
  tunnel: "the tunnel to further hosts",
  grafana: "Grafana",
} as const;
/** What each has on the host beside its container. */
const watcherVolumes = (watcher: Watcher): string[] =>
  watcher === "exporter" ? [] : watcher === "prometheus" ? [watcher, "monitoring"] : [watcher];

/** Variable of a Prometheus that asks further hosts through the tunnel: it tells a tunnel that somebody removed from one that never was. */
export const byTunnel = "SLIPWAY_BY_TUNNEL";

/** Those that an update has put there: none before the first update that wants them. */
export const watchersThere = (
  { containers, volumes, account = "gone" }: Pick<HostLook, "containers" | "volumes" | "account">,
  { names, watchers: wanted }: Pick<Declared, "names" | "watchers">,
): Watcher[] => {
  const isThere = (watcher: Watcher) =>
    containers.has(names.part(watcher)) ||
    (watcher === "tunnel" && containers.get(names.part("prometheus"))?.variables.includes(byTunnel) === true) ||
    watcherVolumes(watcher).some((volume) => volumes.has(names.part(volume)));
  const isBegun = account !== "gone" || wanted.some((watcher) => !onlyWith.includes(watcher) && isThere(watcher));
  return isBegun ? wanted.filter((watcher) => !onlyWith.includes(watcher) || isThere(watcher)) : [];
};

/** Volumes that the service keeps, of the releases that slots hold: those are missed where they are gone. */
export const heldVolumes = (ledger: Ledger): string[] => [
  ...new Set(
    slots.flatMap((slot) => {
      const { release, state } = ledger.slots[slot];
      return slot === ledger.live || state === "holds" ? Object.keys(release?.volumes ?? {}) : [];
    }),
  ),
];

/** Every container of a stack that has had a release: what is broken in a slot that holds nothing is nobody's loss. */
export function expectedContainers(ledger: Ledger, declared: Declared): Expected[] {
  const { names, databases, keepsCertificate, watchers: watching } = declared;
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
    ...watching.map((watcher): Expected => ({
      restart: "always",
      memoryMb: ownMemoryMb[watcher],
      name: names.part(watcher),
      what: watcherNames[watcher],
      address: names.address(watcher),
    })),
    ...slots.flatMap((slot) => expectedInSlot(ledger, slot, names)),
  ];
}

/** Its replicas and the containers of its roles; none of a slot that holds nothing. */
function expectedInSlot(ledger: Ledger, slot: Slot, names: HostNames): Expected[] {
  const { release, state } = ledger.slots[slot];
  const isLive = slot === ledger.live;
  if (release === null || (!isLive && state !== "holds")) return [];
  const where = isLive ? "the live slot" : "the standby";
  const tag = release.image.split(":").at(-1) ?? "";
  const common = {
    release: { id: release.id, images: [pullable(release.image), `${names.prefix}/${slot}:${tag}`] },
    mounts: Object.fromEntries(
      Object.entries(release.volumes ?? {}).map(([name, folder]) => [names.volume(name), folder]),
    ),
  };
  const replicas = Array.from({ length: release.replicas }, (_, index): Expected => ({
    name: names.replica(slot, index + 1),
    what: `replica ${String(index + 1)} of ${where}`,
    ...(isLive ? { serves: "it has the traffic" } : {}),
    restart: "unless-stopped",
    address: names.replicaAddress(slot, index + 1, release.row),
    ...common,
  }));
  const roles = roleContainers(release).map(({ role, number, place }): Expected => ({
    name: names.role(slot, role, number),
    what: `${role} ${String(number)} of ${where}`,
    // What runs by the clock rests most of the time.
    ...(isLive && release.schedules?.[role] === undefined
      ? { restart: "unless-stopped", role: "works" }
      : { restart: "no", role: "rests" }),
    address: names.roleAddress(slot, place),
    ...common,
  }));
  return [...replicas, ...roles];
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
  volumes = [],
  watchers: watching,
}: Declared): { readonly name: string; readonly data?: string }[] {
  return [
    { name: names.part("controller"), data: "the rollout controller, its journal and records" },
    { name: names.part("run") },
    { name: names.part("notices") },
    ...slots.map((slot) => ({ name: names.part(`${slot}-secrets`) })),
    ...watching.flatMap(watcherVolumes).map((volume) => ({ name: names.part(volume) })),
    ...databases.map((kind) => ({ name: names.part(kind), data: databaseNames[kind] })),
    ...volumes.map((name) => ({ name: names.volume(name), data: `slipway:volumes.${name}` })),
  ];
}
