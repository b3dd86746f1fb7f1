import { stringify } from "yaml";
import type { StackScope, TargetPart } from "./stack-scope.ts";

/** One address that Prometheus asks for `/metrics`. */
export interface Target {
  /** `host:port`. */
  readonly address: string;
  readonly part: TargetPart;
  /** Name of the host. */
  readonly host: string;
}

/** A file for `file_sd_configs`: static, as nothing may need Docker's socket, which is root. */
export const targetFile = (scope: StackScope, targets: readonly Target[]): string =>
  `${JSON.stringify(
    targets.map(({ address, part, host }) => ({
      targets: [address],
      labels: { service: scope.service, environment: scope.environment, host, part },
    })),
    null,
    2,
  )}\n`;

/** What a Prometheus reads and tells. Paths count from the folder of its configuration. */
export interface PrometheusArgs {
  readonly rules: string;
  readonly targets: string;
  /** Address of its Alertmanager. */
  readonly alertmanager: string;
  /** How often it asks and thinks. @default 15 */
  readonly intervalSeconds?: number;
}

/** A configuration for Prometheus. */
export const prometheusConfig = ({ rules, targets, alertmanager, intervalSeconds = 15 }: PrometheusArgs): string =>
  stringify({
    global: { scrape_interval: `${intervalSeconds}s`, evaluation_interval: `${intervalSeconds}s` },
    rule_files: [rules],
    scrape_configs: [{ job_name: "slipway", file_sd_configs: [{ files: [targets] }] }],
    alerting: { alertmanagers: [{ static_configs: [{ targets: [alertmanager] }] }] },
  });
