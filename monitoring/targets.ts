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

/** A configuration for Prometheus that reads rule and target files from its own folder. */
export const prometheusConfig = (alertmanager: string | null): string =>
  stringify({
    global: { scrape_interval: "15s", evaluation_interval: "15s" },
    rule_files: ["rules/*.yaml"],
    scrape_configs: [{ job_name: "slipway", file_sd_configs: [{ files: ["targets/*.json"] }] }],
    ...(alertmanager === null
      ? {}
      : { alerting: { alertmanagers: [{ static_configs: [{ targets: [alertmanager] }] }] } }),
  });
