import { HostNames } from "../lib/hosts/naming.ts";
import type { Watcher } from "../lib/releases/declared-on-host.ts";
import { alertmanagerConfig } from "./alertmanager-config.ts";
import { channelsOf, replicaTargets, targetsOf, type MonitoredStack } from "./monitoring-files.ts";
import { ruleFile } from "./rule-file.ts";
import type { HostMonitoringSettings } from "./schema.ts";
import { prometheusConfig, targetFile, type ServiceTargets } from "./targets.ts";

/** Where they listen, at their addresses in the stack's own network. */
export const watcherPorts = { prometheus: 9090, alertmanager: 9093, exporter: 9100 } as const;
/** Where they keep what outlives them. */
export const watcherData = { prometheus: "/prometheus", alertmanager: "/alertmanager" } as const;
/** Where they find their files. */
export const filesFolder = "/etc/slipway";
/** Where the exporter sees the host's own files. */
export const hostFolders = { "/proc": "/host/proc", "/": "/host/root" } as const;

/** Answers once it can do its work. */
export const readyPaths = { prometheus: "/-/ready", alertmanager: "/-/ready", exporter: "/metrics" } as const;

/** Where one of them is reached in the stack's own network: `10.213.0.8:9090`. */
export const watcherAddress = (names: Pick<HostNames, "address">, watcher: Watcher): string =>
  `${names.address(watcher)}:${String(watcherPorts[watcher])}`;

/** The stack's output `monitoring`: where a person looks, from the host itself or through a tunnel. */
export function watchersOf(stack: string, { service, subnet }: Pick<MonitoredStack, "service" | "subnet">) {
  const names = new HostNames(service, stack, subnet);
  const url = (watcher: Watcher) => `http://${watcherAddress(names, watcher)}`;
  return { prometheus: url("prometheus"), alertmanager: url("alertmanager") };
}

/**
 * The words after each one's name. Prometheus keeps neither longer nor more than it may. Alertmanager writes down each second whom it has
 * told: otherwise one that is killed tells twice, or never of an end. It talks to no other Alertmanager. Prometheus goes on waiting where it was
 * killed: by its default of ten minutes an alert would be over for as long as it has to hold.
 */
export const watcherCommands = ({
  retentionDays,
  diskMegabytes,
}: Pick<HostMonitoringSettings, "retentionDays" | "diskMegabytes">): Readonly<Record<Watcher, string[]>> => ({
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
    ...["cpu", "meminfo", "filesystem", "loadavg"].map((collector) => `--collector.${collector}`),
    `--path.procfs=${hostFolders["/proc"]}`,
    `--path.rootfs=${hostFolders["/"]}`,
    "--web.disable-exporter-metrics",
    `--web.listen-address=:${String(watcherPorts.exporter)}`,
  ],
});

/** Links in alerts work for who has opened the tunnel that the docs name. */
const throughTunnel = (watcher: Watcher) => `http://127.0.0.1:${String(watcherPorts[watcher])}`;

/** What they read, by file name. */
export interface WatcherFiles {
  /** What they read at their start only. Of a mail server that wants a login it says who logs in, which is a secret. */
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
  const { service, subnet, notices } = settings;
  const scope = { service, environment: stack };
  const names = new HostNames(service, stack, subnet);
  const user = notices.email?.login ? secrets["smtp-user"] : undefined;
  const needed = [
    ...(notices.pagerduty ? ["pagerduty-routing-key"] : []),
    ...(notices.slack ? ["slack-url"] : []),
    ...(user === undefined ? [] : ["smtp-password"]),
  ];
  return {
    configuration: {
      "rules.yaml": ruleFile(scope),
      "targets.json": targetFile(scope, [
        { address: watcherAddress(names, "exporter"), part: "host", host: "host" },
        ...targetsOf(stack, settings).filter(({ host, part }) => host !== "host" || part !== "host"),
      ]),
      "prometheus.yaml": prometheusConfig({
        rules: "rules.yaml",
        targets: "targets.json",
        alertmanager: watcherAddress(names, "alertmanager"),
        service: serviceTargets(stack, settings),
      }),
      "alertmanager.yaml": alertmanagerConfig(channelsOf(notices, user), filesFolder),
    },
    keys: Object.fromEntries(needed.map((name) => [name, secrets[name] ?? ""])),
  };
}

/** What the service tells of itself, where the settings say at which port. */
function serviceTargets(stack: string, settings: MonitoredStack): ServiceTargets | undefined {
  const { service, monitoring } = settings;
  if (monitoring?.kind !== "host" || monitoring.service === undefined) return undefined;
  const { port, path } = monitoring.service;
  return { scope: { service, environment: stack }, path, targets: replicaTargets(stack, settings, port) };
}
