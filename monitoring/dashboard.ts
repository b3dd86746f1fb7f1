import type { DatabaseKind } from "../lib/databases/schema.ts";
import { watchedDatabases, type WatchedDatabase } from "../lib/releases/declared-on-host.ts";
import { usualGoals } from "./alert-rules.ts";
import { databasePanels } from "./database-panels.ts";
import type { Panel, PanelQuery } from "./panel.ts";
import type { MonitoringSettings } from "./schema.ts";
import { matchers, type StackScope } from "./stack-scope.ts";

/** What is drawn of a stack, whoever draws it. */
export interface Dashboard {
  readonly title: string;
  readonly panels: readonly Panel[];
  /** 1 while a rollout runs. */
  readonly rollouts: string;
}

const perSlot = "by (slot)";
const perHost = "by (host)";
const bySlot = { label: "slot" };
const byHost = { label: "host" };
const day = 86_400;

/** What tells of a stack beside its controllers. */
export interface Tellers {
  /** The service, of itself. @default false */
  readonly service?: boolean;
  /** Databases, by their exporters. @default none */
  readonly databases?: readonly WatchedDatabase[];
}

/** Who tells of a stack that is so watched. @param databases that it has */
export const tellersOf = (
  monitoring: MonitoringSettings["monitoring"],
  databases: readonly DatabaseKind[] = [],
): Tellers => ({
  service: monitoring?.kind === "host" && monitoring.service !== undefined,
  databases: monitoring?.kind === "host" ? watchedDatabases.filter((kind) => databases.includes(kind)) : [],
});

/** @param availability the goal, a share of the time. @default that of the alerts */
export function dashboard(scope: StackScope, tellers: Tellers = {}, { availability } = usualGoals): Dashboard {
  const own = matchers(scope);
  return {
    title: `${scope.service} ${scope.environment}`,
    panels: [
      ...trafficPanels(own),
      ...(tellers.service ? servicePanels(own) : []),
      ...releasePanels(own),
      ...goalPanels(own, availability),
      ...machinePanels(own),
      ...(tellers.databases ?? []).flatMap((kind) => databasePanels[kind](own)),
    ],
    rollouts: `max(slipway_rollout_running{${own}})`,
  };
}

function trafficPanels(own: string): Panel[] {
  const duration = "slipway_request_duration_seconds";
  const rate = (series: string, by = "") => `sum ${by} (rate(${series}{${own}}[5m]))`;
  const quantile = (share: number): PanelQuery => ({
    // Without traffic it is no number.
    expr: `histogram_quantile(${share}, ${rate(`${duration}_bucket`, "by (le)")}) >= 0`,
    legend: { text: `p${share * 100}` },
  });
  return [
    {
      title: "Requests",
      description: "Requests that are over, by the slot that answered; none is the proxy alone.",
      unit: "per second",
      queries: [{ expr: rate("slipway_requests_total", perSlot), legend: bySlot }],
    },
    {
      title: "Errors",
      description: "Share of the requests that were answered with 5xx.",
      unit: "share",
      queries: [
        {
          expr: `${rate("slipway_request_errors_total")} / (${rate("slipway_requests_total")} > 0)`,
          legend: { text: "errors" },
        },
      ],
    },
    {
      title: "Response times",
      description: "From the whole request to the head of the answer.",
      unit: "seconds",
      queries: [0.5, 0.95, 0.99].map(quantile),
    },
    {
      title: "Response times by version",
      description: "The 95th percentile of each version that has traffic.",
      unit: "seconds",
      queries: [
        {
          expr:
            `max by (version) ((histogram_quantile(0.95, ${rate(`${duration}_bucket`, "by (host, slot, le)")}) >= 0) ` +
            // The newest alone: where nobody asked while a release came, the one before is there for some minutes more.
            `* on (host, slot) group_left (version) (topk by (host, slot) (1, timestamp(slipway_release_info{${own}})) > bool 0))`,
          legend: { label: "version" },
        },
      ],
    },
    {
      title: "Open requests",
      description: "Requests and streams under way.",
      unit: "count",
      queries: [{ expr: `sum ${perSlot} (slipway_slot_open_requests{${own}})`, legend: bySlot }],
    },
  ];
}

/** By names that a service has to choose, but for those that every client of Prometheus has. */
const servicePanels = (own: string): Panel[] => [
  {
    title: "In flight in the service",
    description: "Requests that the service itself is at, those of the proxy's checks included.",
    unit: "count",
    queries: [{ expr: `sum ${perSlot} (service_requests_in_flight{${own}})`, legend: bySlot }],
  },
  {
    title: "Queue depth",
    description: "What waits in line inside the service, by queue.",
    unit: "count",
    queries: [{ expr: `sum by (queue) (service_queue_depth{${own}})`, legend: { label: "queue" } }],
  },
  {
    title: "Exceptions",
    description: "Requests that an exception ended, by kind.",
    unit: "per second",
    queries: [{ expr: `sum by (kind) (rate(service_exceptions_total{${own}}[5m]))`, legend: { label: "kind" } }],
  },
  {
    title: "Processor of the service",
    description: "Cores that all replicas of a slot keep busy.",
    unit: "count",
    queries: [
      {
        expr: `sum ${perSlot} (rate(process_cpu_seconds_total{${own},part="service"}[5m]))`,
        legend: bySlot,
      },
    ],
  },
  {
    title: "Memory of the service",
    description: "What all replicas of a slot hold.",
    unit: "bytes",
    queries: [{ expr: `sum ${perSlot} (process_resident_memory_bytes{${own},part="service"})`, legend: bySlot }],
  },
];

const releasePanels = (own: string): Panel[] => [
  {
    title: "Traffic by slot",
    description: "Shares as the journal has them. A rollout moves them step by step.",
    unit: "share",
    queries: [{ expr: `avg ${perSlot} (slipway_slot_traffic_percent{${own}}) / 100`, legend: bySlot }],
  },
  {
    title: "Healthy replicas",
    description: "Replicas that the proxy has checked and found well.",
    unit: "count",
    queries: [{ expr: `sum ${perSlot} (slipway_slot_servers_up{${own}})`, legend: bySlot }],
  },
  {
    title: "Certificate and backup",
    description: "How long the certificate lasts, and how old the last backup and its copy elsewhere are.",
    unit: "days",
    queries: [
      {
        expr: `(min(slipway_certificate_expiry_timestamp_seconds{${own}}) - time()) / ${day}`,
        legend: { text: "certificate left" },
      },
      {
        expr: `(time() - max(slipway_backup_last_timestamp_seconds{${own}})) / ${day}`,
        legend: { text: "backup's age" },
      },
      {
        expr: `(time() - max(slipway_backup_copy_last_timestamp_seconds{${own}})) / ${day}`,
        legend: { text: "copy's age" },
      },
    ],
  },
];

function goalPanels(own: string, availability: number): Panel[] {
  const available = `avg_over_time(slipway:available{${own}}[30d])`;
  return [
    {
      title: "Availability",
      description: "Share of the last 30 days in which each host's service could answer.",
      unit: "share",
      queries: [{ expr: `avg ${perHost} (${available})`, legend: byHost }],
    },
    {
      title: "Error budget left",
      description: "Share of the time that the service may be away in 30 days and was not. Below 0 the goal is missed.",
      unit: "share",
      queries: [
        {
          expr: `1 - (1 - avg ${perHost} (${available})) / ${String(Number((1 - availability).toFixed(6)))}`,
          legend: byHost,
        },
      ],
    },
  ];
}

const machinePanels = (own: string): Panel[] => [
  {
    title: "Processors",
    description: "Share of the time in which they work.",
    unit: "share",
    queries: [{ expr: `1 - avg ${perHost} (rate(node_cpu_seconds_total{${own},mode="idle"}[5m]))`, legend: byHost }],
  },
  {
    title: "Memory",
    description: "Share that is in use.",
    unit: "share",
    queries: [
      {
        expr: `1 - max ${perHost} (node_memory_MemAvailable_bytes{${own}}) / max ${perHost} (node_memory_MemTotal_bytes{${own}})`,
        legend: byHost,
      },
    ],
  },
  {
    title: "Disk",
    description: "Share of the root file system that is in use.",
    unit: "share",
    queries: [
      {
        expr:
          `1 - max ${perHost} (node_filesystem_avail_bytes{${own},mountpoint="/"}) ` +
          `/ max ${perHost} (node_filesystem_size_bytes{${own},mountpoint="/"})`,
        legend: byHost,
      },
    ],
  },
];
