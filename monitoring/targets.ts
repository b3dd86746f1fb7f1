import { stringify } from "yaml";
import type { StackScope, TargetPart } from "./stack-scope.ts";

/** One address that Prometheus asks for `/metrics`. */
export interface Target {
  /** `host:port`. */
  readonly address: string;
  readonly part: TargetPart;
  /** Name of the host. */
  readonly host: string;
  /** Which of several it is: the slot of a replica, the kind of a database. @default there is one */
  readonly which?: Readonly<Partial<Record<"slot" | "database", string>>>;
}

/** A file for `file_sd_configs`: static, as nothing may need Docker's socket, which is root. */
export const targetFile = (scope: StackScope, targets: readonly Target[]): string =>
  `${JSON.stringify(
    targets.map((target) => labelled(scope, target)),
    null,
    2,
  )}\n`;

const labelled = (scope: StackScope, { address, part, host, which }: Target) => ({
  targets: [address],
  labels: { service: scope.service, environment: scope.environment, host, part, ...which },
});

/** What the service tells of itself, at every place that a replica may have. Those that nobody has answer nothing, and no alert is about them. */
export interface ServiceTargets {
  readonly scope: StackScope;
  readonly path: string;
  readonly targets: readonly Target[];
}

/** More series than so many are not taken from one replica, so that the service can't fill the host's memory. */
const mostSeries = 2_000;
/** What others tell: who could say so of itself could raise their alerts, and end them. */
const notTheServices = "(slipway|node|pg|redis)_.*|up";

/** How often Prometheus asks, unless it is told otherwise. */
export const scrapeSeconds = 15;

/** What a Prometheus reads and tells. Paths count from the folder of its configuration. */
export interface PrometheusArgs {
  readonly rules: string;
  readonly targets: string;
  /** Address of its Alertmanager. */
  readonly alertmanager: string;
  /** @default it is not asked */
  readonly service?: ServiceTargets | undefined;
  /** How often it asks and thinks. @default {@link scrapeSeconds} */
  readonly intervalSeconds?: number;
}

/** A configuration for Prometheus. */
export const prometheusConfig = ({
  rules,
  targets,
  alertmanager,
  service,
  intervalSeconds = scrapeSeconds,
}: PrometheusArgs): string =>
  stringify({
    global: { scrape_interval: `${intervalSeconds}s`, evaluation_interval: `${intervalSeconds}s` },
    rule_files: [rules],
    scrape_configs: [
      { job_name: "slipway", file_sd_configs: [{ files: [targets] }] },
      ...(service ? [serviceJob(service)] : []),
    ],
    alerting: { alertmanagers: [{ static_configs: [{ targets: [alertmanager] }] }] },
  });

const serviceJob = ({ scope, path, targets }: ServiceTargets) => ({
  job_name: "service",
  metrics_path: path,
  sample_limit: mostSeries,
  static_configs: targets.map((target) => labelled(scope, target)),
  metric_relabel_configs: [{ source_labels: ["__name__"], regex: notTheServices, action: "drop" }],
});
