import { copyHours } from "../lib/databases/copied-backups.ts";
import type { Severity } from "./guide-alerts.ts";
import { matchers, type StackScope } from "./stack-scope.ts";

/** One rule that raises an alert. */
export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  /** How long it has to hold, in seconds. Prometheus starts over at each of its restarts: short. */
  readonly forSeconds: number;
  /** `none`: nobody is told, it proves that alerts arrive. */
  readonly severity: Severity | "none";
  readonly summary: string;
  readonly description: string;
}

/** Where it stands what an alert means and what to do. Every alert has a heading of its name there. */
export const runbookOf = (alert: string): string => `docs/alerts.md#${alert.toLowerCase()}`;

/** A value that is computed once and used by name. */
export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
}

/** What is too much. Shares from 0 to 1. */
export interface Goals {
  /** Somebody is woken above it. @default 0.05 */
  readonly pageErrors: number;
  /** @default 0.01 */
  readonly errors: number;
  /** Share of answers that may take longer than 200 ms. @default 0.05, that is p95 */
  readonly slow: number;
  /** Share of the time. @default 0.999 */
  readonly availability: number;
  /** Over so many days. @default 30 */
  readonly availabilityDays: number;
  /** @default 0.7 */
  readonly cpu: number;
  /** @default 0.8 */
  readonly memory: number;
  /** How old the last backup may be, in hours. @default 30 days: they are made before releases */
  readonly backupHours: number;
}

export const usualGoals: Goals = {
  pageErrors: 0.05,
  errors: 0.01,
  slow: 0.05,
  availability: 0.999,
  availabilityDays: 30,
  cpu: 0.7,
  memory: 0.8,
  backupHours: 720,
};

/** A share of fewer errors is chance. */
const fewestErrors = 10;
/** A share of fewer requests is chance. */
export const fewestRequests = 100;
/** When somebody should look why a certificate was not renewed. */
const certificateDays = 14;

/** Disks that fill up in the life of a host. */
const disks = 'mountpoint=~"/|/var|/var/lib/docker|/var/backups"';
/** A disk with a smaller free share wants room now. */
const freeDisk = 0.1;

const perHost = "by (service, environment, host)";
const perRole = "by (service, environment, host, role)";
const perDatabase = "by (service, environment, host, database)";
const perStack = "by (service, environment)";

/** Whether each host's service could answer at each moment. A host that can't be asked could not: nobody has seen it. */
export const recordingRules = (scope: StackScope): RecordingRule[] => {
  const own = matchers(scope);
  const up = `up{${matchers(scope, { part: "controller" })}}`;
  return [
    {
      record: "slipway:available",
      expr:
        `(sum ${perHost} (slipway_slot_servers_up{${own}}) > bool 0 or max ${perHost} (${up}) * 0) ` +
        `unless max ${perHost} (slipway_released{${own}} == 0)`,
    },
  ];
};

/**
 * The alerts of the team's guide that Prometheus notices, its goals, and what nobody else would notice. An alert keeps its labels through a
 * switch of slots and a new version, so that it stays one alert.
 */
export function alertRules(scope: StackScope, goals: Goals = usualGoals): AlertRule[] {
  const own = matchers(scope);
  const page: Severity = scope.environment === "production" ? "critical" : "warning";
  return [...serviceRules(own, scope, page, goals), ...goalRules(own, goals), ...careRules(own, goals)];
}

function serviceRules(own: string, scope: StackScope, page: Severity, { pageErrors }: Goals): AlertRule[] {
  const up = `up{${matchers(scope, { part: "controller" })}}`;
  const released = `on (host) slipway_released{${own}} == 1`;
  return [
    {
      alert: "SlipwayServiceDown",
      expr: [
        `(sum ${perHost} (slipway_slot_servers_up{${own}}) == 0 and ${released})`,
        `(max ${perHost} (slipway_proxy_up{${own}}) == 0 and ${released})`,
        `max ${perHost} (${up}) == 0`,
        `absent(${up})`,
      ].join(" or "),
      forSeconds: 60,
      severity: page,
      summary: "{{ $labels.service }} does not answer in {{ $labels.environment }}",
      description:
        "Host {{ $labels.host }}: no healthy replica, no proxy, or nobody can ask it. Look: slipway status; the runbook's first table.",
    },
    {
      alert: "SlipwayErrorsHigh",
      expr: tooMany(own, pageErrors, [
        ["5m", "5m"],
        // With little traffic, ten errors take longer; what is over must not go on.
        ["1h", "15m"],
      ]),
      forSeconds: 60,
      severity: page,
      summary: `More than ${percent(pageErrors)} of the requests to {{ $labels.service }} fail in {{ $labels.environment }}`,
      description:
        "{{ $value | humanizePercentage }} of all requests were answered with 5xx. Look: slipway rollout list; slipway rollback.",
    },
  ];
}

function goalRules(own: string, { errors, slow, availability, availabilityDays, cpu, memory }: Goals): AlertRule[] {
  const goal = { forSeconds: 300, severity: "warning" } as const;
  const duration = "slipway_request_duration_seconds";
  const count = `sum ${perStack} (increase(${duration}_count{${own}}[10m]))`;
  return [
    {
      ...goal,
      alert: "SlipwayErrorGoalMissed",
      expr: tooMany(own, errors, [["1h", "15m"]]),
      summary: `More than ${percent(errors)} of the requests to {{ $labels.service }} fail in {{ $labels.environment }}`,
      description: "{{ $value | humanizePercentage }} in the last hour.",
    },
    {
      ...goal,
      alert: "SlipwayResponseTimeGoalMissed",
      expr:
        `1 - sum ${perStack} (rate(${duration}_bucket{${own},le="0.2"}[10m])) / sum ${perStack} (rate(${duration}_count{${own}}[10m])) > ${slow} ` +
        `and ${count} >= ${fewestRequests}`,
      summary: `More than ${percent(slow)} of the answers of {{ $labels.service }} take longer than 200 ms in {{ $labels.environment }}`,
      description: "{{ $value | humanizePercentage }} did in the last ten minutes.",
    },
    {
      ...goal,
      alert: "SlipwayAvailabilityGoalMissed",
      expr: awayTooLong(own, availability, availabilityDays),
      summary: `{{ $labels.service }} was not there for more than ${percent(1 - availability)} of the last ${availabilityDays} days in {{ $labels.environment }}`,
      description: "Host {{ $labels.host }}: it could answer {{ $value | humanizePercentage }} of the time.",
    },
    {
      ...goal,
      alert: "SlipwayCpuGoalMissed",
      expr: `1 - avg ${perHost} (rate(node_cpu_seconds_total{${own},mode="idle"}[10m])) > ${cpu}`,
      summary: `The processors of {{ $labels.host }} are busy for more than ${percent(cpu)} of the time`,
      description: "{{ $value | humanizePercentage }} in the last ten minutes.",
    },
    {
      ...goal,
      alert: "SlipwayMemoryGoalMissed",
      expr: `1 - max ${perHost} (node_memory_MemAvailable_bytes{${own}}) / max ${perHost} (node_memory_MemTotal_bytes{${own}}) > ${memory}`,
      summary: `More than ${percent(memory)} of the memory of {{ $labels.host }} is in use`,
      description: "{{ $value | humanizePercentage }} now.",
    },
  ];
}

function careRules(own: string, { backupHours }: Goals): AlertRule[] {
  const care = { forSeconds: 300, severity: "warning" } as const;
  return [
    {
      ...care,
      alert: "SlipwayCertificateEnds",
      expr: `min ${perHost} (slipway_certificate_expiry_timestamp_seconds{${own}}) - time() < ${certificateDays * 86_400}`,
      summary: `The certificate of {{ $labels.service }} ends in less than ${certificateDays} days`,
      description:
        "Host {{ $labels.host }}: {{ $value | humanizeDuration }} left. slipway status says why it is not renewed.",
    },
    {
      ...care,
      alert: "SlipwayDiskFull",
      expr: `min ${perHost} (node_filesystem_avail_bytes{${own},${disks}} / node_filesystem_size_bytes{${own},${disks}}) < ${freeDisk}`,
      summary: `Less than ${percent(freeDisk)} of a disk of {{ $labels.host }} is free`,
      description:
        "{{ $value | humanizePercentage }} now. Releases, databases and backups need room: df -h and docker system df there.",
    },
    {
      ...care,
      alert: "SlipwayClockNotKept",
      expr: `max ${perHost} (node_timex_sync_status{${own}}) == 0`,
      // A machine that just started has not heard of the time yet.
      forSeconds: 3_600,
      summary: "Nothing keeps the clock of {{ $labels.host }} right",
      description: "Certificates, signatures and backups go by it. timedatectl there says whether it is told the time.",
    },
    {
      ...care,
      alert: "SlipwayBackupOld",
      expr: `time() - max ${perHost} (slipway_backup_last_timestamp_seconds{${own}}) > ${backupHours * 3_600}`,
      summary: `The last backup of {{ $labels.service }} is older than ${age(backupHours)}`,
      description:
        "Host {{ $labels.host }}: {{ $value | humanizeDuration }}. They are made before releases, and where slipway:backups.every says so by the clock. slipway backup now makes one.",
    },
    {
      ...care,
      alert: "SlipwayBackupFailing",
      expr: `max ${perHost} (slipway_backup_failing{${own}}) == 1`,
      summary: "The last backup of {{ $labels.service }} failed",
      description:
        "Host {{ $labels.host }}: slipway status says when; slipway backup now makes one and says why it fails.",
    },
    {
      ...care,
      alert: "SlipwayBackupNotCopied",
      expr: [
        `max ${perHost} (slipway_backup_copy_failing{${own}}) == 1`,
        // A copy is made beside its backup, and nobody tells of one that was killed.
        `max ${perHost} (slipway_backup_last_timestamp_seconds{${own}}) - max ${perHost} (slipway_backup_copy_last_timestamp_seconds{${own}}) > ${copyHours * 3_600}`,
      ].join(" or "),
      summary: "The last backup of {{ $labels.service }} lies only on its own host",
      description: "Host {{ $labels.host }}: slipway status says why; slipway backup now makes a backup and its copy.",
    },
    {
      ...care,
      alert: "SlipwayRoleDown",
      expr: `max ${perRole} (slipway_role_containers_up{${own}}) < max ${perRole} (slipway_role_containers{${own}})`,
      forSeconds: 60,
      summary: "Not all containers of {{ $labels.role }} of {{ $labels.service }} run in {{ $labels.environment }}",
      description:
        "Host {{ $labels.host }}: {{ $value }} run. Look: slipway status; slipway logs --role {{ $labels.role }}.",
    },
    {
      ...care,
      alert: "SlipwayRoleRunFailing",
      expr: [
        `max ${perRole} (slipway_role_run_failing{${own}}) == 1`,
        // It looks once a minute.
        `time() - max ${perHost} (slipway_role_clock_last_timestamp_seconds{${own}}) > 600`,
      ].join(" or "),
      forSeconds: 60,
      summary: "What {{ $labels.service }} runs by the clock failed in {{ $labels.environment }}",
      description:
        "Host {{ $labels.host }}, role {{ $labels.role }}: slipway status says why. Without a role the host's clock stands still: systemctl list-timers there.",
    },
    {
      ...care,
      alert: "SlipwayDatabaseDown",
      expr: `max ${perDatabase} (pg_up{${own}} or redis_up{${own}}) == 0`,
      forSeconds: 60,
      summary: "{{ $labels.database }} of {{ $labels.service }} does not answer in {{ $labels.environment }}",
      description: "Host {{ $labels.host }}. Look: slipway status; slipway logs --part {{ $labels.database }}.",
    },
    {
      ...care,
      alert: "SlipwayDatabaseNotSeen",
      expr: `max ${perDatabase} (up{${own},part="database"}) == 0`,
      summary: "Nobody watches {{ $labels.database }} of {{ $labels.service }} in {{ $labels.environment }}",
      description: "Host {{ $labels.host }}: its exporter does not answer.",
    },
    {
      ...care,
      alert: "SlipwayMachineNotSeen",
      expr: `max ${perHost} (up{${own},part="host"}) == 0`,
      summary: "Nobody watches processors and memory of {{ $labels.host }}",
      description: "Its node exporter does not answer.",
    },
    {
      ...care,
      alert: "SlipwayNoticesWaiting",
      expr: `min_over_time(slipway_notices_waiting{${own}}[10m]) > 0`,
      summary: "Notices of rollouts of {{ $labels.service }} are not taken",
      description:
        "Host {{ $labels.host }}: {{ $value }} wait for ten minutes. The log of its controller says for whom, and why.",
    },
    {
      ...care,
      alert: "SlipwayRequestsMissed",
      expr: `increase(slipway_request_log_missed_total{${own}}[15m]) > 0`,
      summary: "Figures of {{ $labels.service }} are too low",
      description:
        "Host {{ $labels.host }}: its controller could not count {{ $value | humanize }} requests in fifteen minutes. They were answered all the same.",
    },
    {
      alert: "SlipwayWatchdog",
      expr: "vector(1)",
      forSeconds: 0,
      severity: "none",
      summary: "Alerts are on their way",
      description: "It is always raised: where it is missing, no other alert arrives either.",
    },
  ];
}

/**
 * Of a stack that is watched only for a while, one bad minute is more than its share of the time: so it also has to be away for as long as it
 * may be in all the days, by samples of the last hour, and be watched for that hour.
 */
function awayTooLong(own: string, availability: number, days: number): string {
  const available = `slipway:available{${own}}`;
  const window = `[${String(days)}d]`;
  const mostHours = Number(((1 - availability) * days * 24).toPrecision(6));
  return (
    `avg_over_time(${available}${window}) < ${String(availability)} ` +
    `and count_over_time(${available}${window}) - sum_over_time(${available}${window}) > ${String(mostHours)} * count_over_time(${available}[1h]) ` +
    `and ${available} offset 1h`
  );
}

/** More than a share of errors over a long window, and still so in a short one, with enough of them. */
function tooMany(own: string, share: number, windows: readonly (readonly [long: string, short: string])[]): string {
  const sum = (series: string, kind: "rate" | "increase", window: string) =>
    `sum ${perStack} (${kind}(${series}{${own}}[${window}]))`;
  const errors = "slipway_request_errors_total";
  const ratio = (window: string) =>
    `${sum(errors, "rate", window)} / ${sum("slipway_requests_total", "rate", window)} > ${share}`;
  return windows
    .map(([long, short]) => {
      const still = short === long ? "" : ` and ${ratio(short)}`;
      return `(${ratio(long)}${still} and ${sum(errors, "increase", long)} >= ${fewestErrors})`;
    })
    .join(" or ");
}

const age = (hours: number): string => (hours % 24 === 0 ? `${hours / 24} days` : `${hours} hours`);

const percent = (share: number): string => `${Number((share * 100).toFixed(3))} %`;
