import * as pulumi from "@pulumi/pulumi";
import { monitoringFiles, type MonitoredStack, type MonitoringFiles } from "../../monitoring/monitoring-files.ts";
import { watchersOf } from "../../monitoring/on-host.ts";

/** Who watches a stack. */
export interface MonitoringArgs {
  /** Its name. */
  readonly stack: string;
  readonly settings: MonitoredStack;
}

/**
 * What a Prometheus that the team has already needs to watch this stack: rules, targets, and whom to tell.
 *
 * What must never happen here: something is installed or opened. The files are outputs; who watches fetches them.
 */
export class Monitoring extends pulumi.ComponentResource {
  readonly files: MonitoringFiles;

  constructor(name: string, { stack, settings }: MonitoringArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:monitoring:Monitoring", name, {}, opts);
    this.files = monitoringFiles(stack, settings);
    this.registerOutputs({ files: this.files });
  }
}

/** The stack's output `monitoring`: files for a Prometheus that is there, or where its own are reached. */
export const monitoringOutput = ({ stack, settings }: MonitoringArgs) =>
  settings.monitoring?.kind === "host"
    ? watchersOf(stack, settings)
    : new Monitoring("monitoring", { stack, settings }).files;
