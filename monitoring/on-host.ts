import { HostNames } from "../lib/hosts/naming.ts";
import { watcherFile, watcherUser } from "../lib/databases/watched.ts";
import type { DatabasesSettings } from "../lib/databases/schema.ts";
import { exporterOf, watchedDatabases, type WatchedDatabase, type Watcher } from "../lib/releases/declared-on-host.ts";
import { alertmanagerConfig } from "./alertmanager-config.ts";
import { channelsOf, goalsOf, targetsOf, type MonitoredStack } from "./monitoring-files.ts";
import { ruleFile } from "./rule-file.ts";
import { watchdogUrl, type HostMonitoringSettings } from "./schema.ts";
import { servicePlaces } from "./service-places.ts";
import { prometheusConfig, targetFile, type ServiceTargets } from "./targets.ts";
import { tunnelledService, tunnelTargets } from "./tunnel.ts";
import { watcherPorts } from "./watcher-ports.ts";

/** Those that answer by themselves: behind the tunnel others do. */
export type AnsweringWatcher = Exclude<Watcher, "tunnel">;
/** Those that are told by words what to do; Grafana is by its environment. */
type CommandedWatcher = Exclude<AnsweringWatcher, "grafana">;
export const answers = (watcher: Watcher): watcher is AnsweringWatcher => watcher !== "tunnel";
/** Where they keep what outlives them. */
export const watcherData = { prometheus: "/prometheus", alertmanager: "/alertmanager" } as const;
/** Where they find their files. */
export const filesFolder = "/etc/slipway";
/** Where the exporter sees the host's own files. */
export const hostFolders = { "/proc": "/host/proc", "/": "/host/root" } as const;

/** Answers once it can do its work. */
export const readyPaths = {
  prometheus: "/-/ready",
  alertmanager: "/-/ready",
  exporter: "/metrics",
  "postgres-exporter": "/metrics",
  "redis-exporter": "/metrics",
  grafana: "/api/health",
} as const;

/** Where one of them is reached in the stack's own network: `10.213.0.8:9090`. */
export const watcherAddress = (names: Pick<HostNames, "address">, watcher: AnsweringWatcher): string =>
  `${names.address(watcher)}:${String(watcherPorts[watcher])}`;

/** The stack's output `monitoring`: where a person looks, from the host itself or through a tunnel. */
export function watchersOf(
  stack: string,
  { service, subnet, monitoring }: Pick<MonitoredStack, "service" | "subnet" | "monitoring">,
) {
  const names = new HostNames(service, stack, subnet);
  const url = (watcher: AnsweringWatcher) => `http://${watcherAddress(names, watcher)}`;
  const grafana = monitoring?.kind === "host" && monitoring.grafana ? { grafana: url("grafana") } : {};
  return { prometheus: url("prometheus"), alertmanager: url("alertmanager"), ...grafana };
}

/**
 * The words after each one's name. Prometheus keeps neither longer nor more than it may. Alertmanager writes down each second whom it has
 * told: otherwise one that is killed tells twice, or never of an end. It talks to no other Alertmanager. Prometheus goes on waiting where it was
 * killed: by its default of ten minutes an alert would be over for as long as it has to hold.
 */
export const watcherCommands = ({
  retentionDays,
  diskMegabytes,
}: Pick<HostMonitoringSettings, "retentionDays" | "diskMegabytes">): Readonly<Record<CommandedWatcher, string[]>> => ({
  prometheus: [
    `--config.file=${filesFolder}/prometheus.yaml`,
    `--storage.tsdb.path=${watcherData.prometheus}`,
    `--storage.tsdb.retention.time=${String(retentionDays)}d`,
    `--storage.tsdb.retention.size=${String(diskMegabytes)}MB`,
    "--rules.alert.for-grace-period=1s",
    `--web.listen-address=:${String(watcherPorts.prometheus)}`,
    `--web.external-url=${throughTunnel("prometheus")}`,
  ],
  alertmanager: [
    `--config.file=${filesFolder}/alertmanager.yaml`,
    `--storage.path=${watcherData.alertmanager}`,
    "--data.maintenance-interval=1s",
    "--cluster.listen-address=",
    `--web.listen-address=:${String(watcherPorts.alertmanager)}`,
    `--web.external-url=${throughTunnel("alertmanager")}`,
  ],
  exporter: [
    "--collector.disable-defaults",
    ...["cpu", "meminfo", "filesystem", "loadavg", "timex"].map((collector) => `--collector.${collector}`),
    `--path.procfs=${hostFolders["/proc"]}`,
    `--path.rootfs=${hostFolders["/"]}`,
    "--web.disable-exporter-metrics",
    `--web.listen-address=:${String(watcherPorts.exporter)}`,
  ],
  "postgres-exporter": [
    "--disable-settings-metrics",
    `--web.listen-address=:${String(watcherPorts["postgres-exporter"])}`,
  ],
  "redis-exporter": [
    "--redis-only-metrics",
    // What its user may not say: CONFIG would show the owner's password.
    "--config-command=-",
    "--set-client-name=false",
    "--connection-timeout=3s",
    `--web.listen-address=:${String(watcherPorts["redis-exporter"])}`,
  ],
});

/** Ports of the databases. */
const databasePorts = { postgres: 5432, redis: 6379 } as const satisfies Record<WatchedDatabase, number>;

/** Where a database is reached in the stack's own network: `10.213.0.4:5432`. */
export const databaseAddress = (names: Pick<HostNames, "address">, kind: WatchedDatabase): string =>
  `${names.address(kind)}:${String(databasePorts[kind])}`;

/**
 * What an exporter is told of its database: whom to log in as, and the file of the password. It gives up before Prometheus, which waits for
 * ten seconds, gives up on it: so a database that is away is not taken for an exporter that is.
 */
export function exporterVariables(
  names: Pick<HostNames, "address">,
  kind: WatchedDatabase,
  databases: DatabasesSettings["databases"],
): Readonly<Record<string, string>> {
  const address = databaseAddress(names, kind);
  const file = `${filesFolder}/${watcherFile[kind]}`;
  return kind === "postgres"
    ? {
        DATA_SOURCE_URI: `${address}/${databases.postgres?.name ?? "postgres"}?sslmode=disable&connect_timeout=3`,
        DATA_SOURCE_USER: watcherUser,
        DATA_SOURCE_PASS_FILE: file,
      }
    : { REDIS_ADDR: `redis://${address}`, REDIS_USER: watcherUser, REDIS_PASSWORD_FILE: file };
}

/** Links in alerts work for who has opened the tunnel that the docs name. */
export const throughTunnel = (watcher: AnsweringWatcher) => `http://127.0.0.1:${String(watcherPorts[watcher])}`;

/** What they read, by file name. */
export interface WatcherFiles {
  /** What they read at their start only. Who logs in to a mail server, and where the watchdog is heard, are secrets in it. */
  readonly configuration: Readonly<
    Record<"rules.yaml" | "targets.json" | "prometheus.yaml" | "alertmanager.yaml", string>
  >;
  /** Read anew for each alert. */
  readonly keys: Readonly<Record<string, string>>;
}

/** @param secrets values of `slipway:noticeSecrets` */
export function watcherFiles(
  stack: string,
  settings: MonitoredStack,
  secrets: Readonly<Record<string, string>>,
): WatcherFiles {
  const { service, subnet, notices, monitoring } = settings;
  const scope = { service, environment: stack };
  const names = new HostNames(service, stack, subnet);
  const user = notices.email?.login ? secrets["smtp-user"] : undefined;
  const watchdog = monitoring?.kind === "host" && monitoring.watchdog ? { url: secrets[watchdogUrl] ?? "" } : undefined;
  const needed = [
    ...(notices.pagerduty ? ["pagerduty-routing-key"] : []),
    ...(notices.slack ? ["slack-url"] : []),
    ...(user === undefined ? [] : ["smtp-password"]),
  ];
  return {
    configuration: {
      "rules.yaml": ruleFile(scope, goalsOf(settings)),
      "targets.json": targetFile(scope, [
        { address: watcherAddress(names, "exporter"), part: "host", host: "host" },
        ...watchedOf(settings).map((kind) => ({
          address: watcherAddress(names, exporterOf(kind)),
          part: "database" as const,
          host: "host",
          which: { database: kind },
        })),
        ...tunnelTargets(names, settings),
        ...targetsOf(stack, settings).filter(({ host, part }) => host !== "host" || part !== "host"),
      ]),
      "prometheus.yaml": prometheusConfig({
        rules: "rules.yaml",
        targets: "targets.json",
        alertmanager: watcherAddress(names, "alertmanager"),
        service: serviceTargets(stack, settings),
      }),
      "alertmanager.yaml": alertmanagerConfig({ ...channelsOf(notices, user), watchdog }, filesFolder),
    },
    keys: Object.fromEntries(needed.map((name) => [name, secrets[name] ?? ""])),
  };
}

/** Databases of a stack whose figures are asked for. */
export const watchedOf = ({ databases }: Pick<MonitoredStack, "databases">): WatchedDatabase[] =>
  watchedDatabases.filter((kind) => databases[kind] !== undefined);

/** What the service tells of itself, where the settings say at which port. */
function serviceTargets(stack: string, settings: MonitoredStack): ServiceTargets | undefined {
  const { service, monitoring } = settings;
  if (monitoring?.kind !== "host" || monitoring.service === undefined) return undefined;
  const names = new HostNames(service, stack, settings.subnet);
  const own = servicePlaces(names, settings).map(({ slot, address }) => ({
    address,
    part: "service" as const,
    host: "host",
    which: { slot },
  }));
  const targets = [...own, ...tunnelledService(names, settings)];
  return { scope: { service, environment: stack }, path: monitoring.service.path, targets };
}
