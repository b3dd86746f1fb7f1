import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { alertRules, usualGoals, type Goals } from "../../monitoring/alert-rules.ts";
import { guideAlerts } from "../../monitoring/guide-alerts.ts";
import { ruleFile } from "../../monitoring/rule-file.ts";
import { promtool } from "../support/prometheus-tools.ts";

const scope = { service: "api", environment: "production" };
// A month at one sample a minute takes promtool minutes.
const goals = { ...usualGoals, availabilityDays: 1 };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "slipway-rules-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** Values by series, one a minute, in promtool's notation; each gets the labels of a controller. */
type Series = Readonly<Record<string, string>>;

const target = 'service="api",environment="production",host="one",instance="10.213.0.3:9413"';
const named = (series: string): string => {
  const [name = "", labels = ""] = series.replace("}", "").split("{");
  return `${name}{${[target, labels].filter(Boolean).join(",")}}`;
};

/** A host at which nothing is wrong, for two hours: 600 requests a minute, 5 of them slow. */
const fine: Series = {
  'up{part="controller"}': "1x120",
  slipway_proxy_up: "1x120",
  slipway_released: "1x120",
  'slipway_slot_servers_up{slot="blue"}': "1x120",
  'slipway_slot_servers_up{slot="green"}': "1x120",
  'slipway_requests_total{slot="blue"}': "0+600x120",
  'slipway_requests_total{slot="green"}': "0x120",
  'slipway_requests_total{slot="none"}': "0x120",
  'slipway_request_errors_total{slot="blue"}': "0x120",
  'slipway_request_errors_total{slot="green"}': "0x120",
  'slipway_request_errors_total{slot="none"}': "0x120",
  'slipway_request_duration_seconds_bucket{slot="blue",le="0.2"}': "0+595x120",
  'slipway_request_duration_seconds_count{slot="blue"}': "0+600x120",
  slipway_certificate_expiry_timestamp_seconds: "9000000x120",
  slipway_notices_waiting: "0x120",
  'slipway_role_containers{role="worker"}': "2x120",
  'slipway_role_containers_up{role="worker"}': "2x120",
  slipway_request_log_missed_total: "0x120",
  'node_cpu_seconds_total{part="host",cpu="0",mode="idle"}': "0+40x120",
  'node_cpu_seconds_total{part="host",cpu="0",mode="user"}': "0+20x120",
  'node_memory_MemAvailable_bytes{part="host"}': "50x120",
  'node_memory_MemTotal_bytes{part="host"}': "100x120",
};

const without = (...names: readonly string[]): Series =>
  Object.fromEntries(Object.entries(fine).filter(([series]) => !names.some((name) => series.startsWith(name))));

/** What promtool finds wrong in what a test expects. */
async function tested(series: Series, expected: object, interval = "1m", wanted = goals): Promise<string> {
  const input = Object.entries(series).map(([name, values]) => ({ series: named(name), values }));
  const test = {
    rule_files: ["rules.yaml"],
    evaluation_interval: interval,
    tests: [{ interval, input_series: input, ...expected }],
  };
  await writeFile(join(folder, "rules.yaml"), ruleFile(scope, wanted));
  await writeFile(join(folder, "test.yaml"), stringify(test));
  const { code, text } = await promtool(["test", "rules", join(folder, "test.yaml")]);
  return code === 0 ? "" : text;
}

/** Exactly these alerts are raised at a time, the watchdog aside. */
async function raised(
  series: Series,
  minute: number,
  alerts: readonly string[],
  ...how: [interval?: string, wanted?: Goals]
): Promise<void> {
  const firing = {
    expr: 'count by (alertname) (ALERTS{alertstate="firing",alertname!="SlipwayWatchdog"})',
    eval_time: `${String(minute)}m`,
    exp_samples: alerts.map((alert) => ({ labels: `{alertname="${alert}"}`, value: 1 })),
  };
  expect(await tested(series, { promql_expr_test: [firing] }, ...how)).toBe("");
}

describe("the rule file", () => {
  it("is one that Prometheus loads", async () => {
    await writeFile(join(folder, "rules.yaml"), ruleFile(scope));
    expect(await promtool(["check", "rules", join(folder, "rules.yaml")])).toMatchObject({ code: 0 });
  });

  it("raises nothing while nothing is wrong", () => raised(fine, 90, []));

  it("raises the watchdog for ever", () => {
    const watchdog = alertRules(scope).find(({ alert }) => alert === "SlipwayWatchdog");
    expect(watchdog).toMatchObject({ expr: "vector(1)", severity: "none" });
  });

  it("has each alert of the guide that Prometheus notices, with its urgency, and no other that wakes anybody", () => {
    const critical = alertRules(scope).filter(({ severity }) => severity === "critical");
    const guide = guideAlerts.filter(({ source }) => source === "prometheus");
    expect(critical.map(({ alert }) => alert).toSorted()).toEqual(guide.map(({ by }) => by).toSorted());
    expect(alertRules({ ...scope, environment: "staging" }).filter(({ severity }) => severity === "critical")).toEqual(
      [],
    );
  });
});

it("says what is wrong, with labels that no switch changes", async () => {
  const alert = {
    exp_labels: { severity: "critical", service: "api", environment: "production" },
    exp_annotations: {
      summary: "More than 5 % of the requests to api fail in production",
      description: "6% of all requests were answered with 5xx. Look: slipway rollout list; slipway rollback.",
      runbook: "docs/alerts.md#slipwayerrorshigh",
    },
  };
  const errors = { ...fine, 'slipway_request_errors_total{slot="blue"}': "0+36x120" };
  const test = { alert_rule_test: [{ eval_time: "60m", alertname: "SlipwayErrorsHigh", exp_alerts: [alert] }] };
  expect(await tested(errors, test)).toBe("");
});

describe("service down", () => {
  const down = ["SlipwayServiceDown"];

  it("is raised when no replica of either slot is healthy", () =>
    raised(
      {
        ...fine,
        'slipway_slot_servers_up{slot="blue"}': "1x30 0x90",
        'slipway_slot_servers_up{slot="green"}': "1x30 0x90",
      },
      33,
      down,
    ));
  it("is not raised while the standby answers in live's place", () =>
    raised({ ...fine, 'slipway_slot_servers_up{slot="blue"}': "1x30 0x90" }, 60, []));
  it("is raised when the proxy does not answer", () =>
    raised(
      {
        ...without("slipway_slot_servers_up"),
        slipway_proxy_up: "1x30 0x90",
        'slipway_slot_servers_up{slot="blue"}': "1x30",
      },
      33,
      down,
    ));
  it("is raised when the host is away", () =>
    raised(
      {
        'up{part="controller"}': "1x30 0x90",
        slipway_released: "1x30",
        'slipway_slot_servers_up{slot="blue"}': "1x30",
      },
      33,
      down,
    ));
  it("is raised when nobody asks the host any more", () =>
    raised({ 'up{part="controller"}': "1x30", 'slipway_slot_servers_up{slot="blue"}': "1x30" }, 40, down));
  it("is not raised before the first release", () =>
    raised(
      {
        ...without("slipway_slot_servers_up"),
        slipway_released: "0x120",
        'slipway_slot_servers_up{slot="blue"}': "0x120",
      },
      90,
      [],
    ));
  it("is not raised by a controller that starts again", () =>
    raised({ ...fine, 'up{part="controller"}': "1x30 0 1x90" }, 31, []));
});

describe("errors", () => {
  const errors = 'slipway_request_errors_total{slot="blue"}';
  const high = "SlipwayErrorsHigh";
  const goal = "SlipwayErrorGoalMissed";

  it("wake somebody above 5 %, in whatever slot they are", () =>
    raised({ ...fine, 'slipway_request_errors_total{slot="none"}': "0+36x120" }, 60, [high, goal]));
  it("wake nobody at 5 %, but miss the goal of 1 %", () => raised({ ...fine, [errors]: "0+30x120" }, 90, [goal]));
  it("are fine at 1 %", () => raised({ ...fine, [errors]: "0+6x120" }, 90, []));
  it("wake somebody whom 6.25 % for two hours would cost, which no burn rate sees", () =>
    raised({ ...fine, [errors]: "0+37.5x120" }, 115, [high, goal]));
  it("are chance when there is one among five requests an hour", () =>
    raised(
      {
        ...fine,
        'slipway_requests_total{slot="blue"}': "0+0.0833x120",
        [errors]: "0x30 1x90",
        'slipway_request_duration_seconds_count{slot="blue"}': "0+0.0833x120",
      },
      32,
      [],
    ));
  it("are none when nobody asks", () => raised({ ...fine, 'slipway_requests_total{slot="blue"}': "0x120" }, 90, []));
  it("wake somebody where one of two requests a minute fails", () =>
    raised({ ...fine, 'slipway_requests_total{slot="blue"}': "0+2x120", [errors]: "0+1x120" }, 60, [high, goal]));
  it("that are over wake nobody any more, although the hour was bad", () =>
    raised({ ...fine, [errors]: "0x30 0+600x5 3000x90" }, 55, []));
  it("go on through a switch of slots as one alert", () =>
    raised(
      {
        ...fine,
        'slipway_requests_total{slot="blue"}': "0+600x40 24000x80",
        'slipway_requests_total{slot="green"}': "0x40 0+600x80",
        [errors]: "0+60x40 2400x80",
        'slipway_request_errors_total{slot="green"}': "0x40 0+60x80",
      },
      43,
      [high, goal],
    ));
});

describe("the goals", () => {
  const bucket = 'slipway_request_duration_seconds_bucket{slot="blue",le="0.2"}';
  const count = 'slipway_request_duration_seconds_count{slot="blue"}';

  it("are missed when more than 5 % take longer than 200 ms", () =>
    raised({ ...fine, [bucket]: "0+564x120" }, 60, [
      "SlipwayResponseTimeBudgetBurnsSlowly",
      "SlipwayResponseTimeGoalMissed",
    ]));
  it("are met when 5 % do", () => raised({ ...fine, [bucket]: "0+576x120" }, 60, []));
  it("are not missed by a few slow answers at night", () =>
    raised({ ...fine, [bucket]: "0+1x120", [count]: "0+2x120" }, 45, []));
  it("are missed by a busy processor", () =>
    raised({ ...fine, 'node_cpu_seconds_total{part="host",cpu="0",mode="idle"}': "0+15x120" }, 60, [
      "SlipwayCpuGoalMissed",
    ]));
  it("are missed by full memory", () =>
    raised({ ...fine, 'node_memory_MemAvailable_bytes{part="host"}': "19x120" }, 60, ["SlipwayMemoryGoalMissed"]));
  it.each([
    // Of one day a thousandth is a minute and a half.
    ["missed when it was away for more than a thousandth of the time", "0x2", ["SlipwayAvailabilityGoalMissed"]],
    ["not missed by one bad minute", "0", []],
  ])("are %s", (_, away, missed) =>
    raised(
      {
        ...fine,
        'up{part="controller"}': "1x120",
        'slipway_slot_servers_up{slot="blue"}': `1x60 ${away} 1x90`,
        'slipway_slot_servers_up{slot="green"}': `1x60 ${away} 1x90`,
      },
      90,
      ["SlipwayAvailabilityBudgetBurnsFast", ...missed],
    ),
  );
});

describe("budgets", () => {
  const bucket = 'slipway_request_duration_seconds_bucket{slot="blue",le="0.2"}';
  const count = 'slipway_request_duration_seconds_count{slot="blue"}';
  const [fastTime, slowTime] = ["SlipwayResponseTimeBudgetBurnsFast", "SlipwayResponseTimeBudgetBurnsSlowly"];
  const [fastAway, slowAway] = ["SlipwayAvailabilityBudgetBurnsFast", "SlipwayAvailabilityBudgetBurnsSlowly"];
  const missed = "SlipwayAvailabilityGoalMissed";

  it("burn where too little traffic hides from the plain rule that every second answer is slow", () =>
    raised({ ...fine, [bucket]: "0+1x120", [count]: "0+2x120" }, 90, [fastTime, slowTime]));
  it("do not burn by fewer slow answers than tell anything", () =>
    raised({ ...fine, [bucket]: "0+0.2x120", [count]: "0+0.5x120" }, 110, []));

  /** The real windows, by samples five minutes apart: three days. Away in the order of the samples. */
  const days = (away: string) => ({
    ...Object.fromEntries(
      Object.entries(fine).map(([series, values]) => [series, values.replace("x120", "x1000")] as const),
    ),
    'node_cpu_seconds_total{part="host",cpu="0",mode="idle"}': "0+200x1000",
    'slipway_slot_servers_up{slot="blue"}': away,
    'slipway_slot_servers_up{slot="green"}': "0x1000",
    [count]: "0x1000",
    [bucket]: "0x1000",
  });
  /** Of 288 a day. */
  const at = (samples: number) => samples * 5;
  const burning = (away: string, samples: number, alerts: readonly string[]) =>
    raised(days(away), at(samples), alerts, "5m", { ...usualGoals, availabilityDays: 30 });

  it("burn fast by a service that flaps, which is never down for long enough to wake anybody", () =>
    burning("1x300 0 1x5 0 1x5 0 1x1000", 313, [fastAway, slowAway]));
  it("burn slowly by one bad moment in five hours", () => burning("1x600 0 1x60 0 1x1000", 671, [slowAway]));
  it("burn no longer when the last bad moment is six hours ago", () => burning("1x300 0 1x1000", 380, []));
  // Of thirty days a thousandth is 43 minutes.
  it("are gone after three quarters of an hour, however short the time that it is watched", () =>
    burning("1x300 0x9 1x1000", 600, [missed]));
  it("are not gone after half an hour, which is a hundredth of the time that it is watched", () =>
    burning("1x300 0x6 1x1000", 600, []));
  it("do not burn by one bad minute of a stack that is watched only just", () =>
    raised(
      { ...fine, 'slipway_slot_servers_up{slot="blue"}': "0 1x119", 'slipway_slot_servers_up{slot="green"}': "0x120" },
      20,
      [],
    ));
});

describe("what nobody else notices", () => {
  it("is a certificate that ends", () =>
    raised({ ...fine, slipway_certificate_expiry_timestamp_seconds: "1200000x120" }, 60, ["SlipwayCertificateEnds"]));
  it("is a backup that is too old", () =>
    raised({ ...fine, slipway_backup_last_timestamp_seconds: "-2590000x120" }, 60, ["SlipwayBackupOld"]));
  it.each([
    ["is nearly full", "/", "9x120", ["SlipwayDiskFull"]],
    ["has room", "/", "11x120", []],
    ["is none that fills up", "/boot", "9x120", []],
  ])("is a disk that %s, as it is", (_, mountpoint, free, alerts) => {
    const disk = `{part="host",mountpoint="${mountpoint}"}`;
    const series = { [`node_filesystem_avail_bytes${disk}`]: free, [`node_filesystem_size_bytes${disk}`]: "100x120" };
    return raised({ ...fine, ...series }, 60, alerts);
  });
  it.each([
    [50, []],
    [70, ["SlipwayClockNotKept"]],
  ])("is a clock that nothing keeps right, after an hour: %s minutes", (minutes, alerts) =>
    raised({ ...fine, 'node_timex_sync_status{part="host"}': "0x120" }, minutes, alerts),
  );
  it("tell of a backup that failed", () =>
    raised({ ...fine, slipway_backup_failing: "1x120" }, 60, ["SlipwayBackupFailing"]));
  it.each([
    ["that failed", { slipway_backup_copy_failing: "1x120" }, ["SlipwayBackupNotCopied"]],
    [
      "that nobody told of",
      { slipway_backup_last_timestamp_seconds: "0x120", slipway_backup_copy_last_timestamp_seconds: "-22000x120" },
      ["SlipwayBackupNotCopied"],
    ],
    [
      "that is under way",
      { slipway_backup_last_timestamp_seconds: "0x120", slipway_backup_copy_last_timestamp_seconds: "-3600x120" },
      [],
    ],
  ])("tell of a copy %s as it is", (_, series, alerts) => raised({ ...fine, ...series }, 60, alerts));
  it("is not a backup of thirty days", () =>
    raised({ ...fine, slipway_backup_last_timestamp_seconds: "-2588000x120" }, 60, []));
  it("is a machine whose exporter does not answer", () =>
    raised({ ...fine, 'up{part="host"}': "1x20 0x100" }, 60, ["SlipwayMachineNotSeen"]));
  it("is a database that does not answer, within minutes, and not the one beside it", () =>
    raised(
      {
        ...fine,
        'pg_up{part="database",database="postgres"}': "1x20 0x100",
        'redis_up{part="database",database="redis"}': "1x120",
      },
      23,
      ["SlipwayDatabaseDown"],
    ));
  it("is a database whose exporter does not answer", () =>
    raised({ ...fine, 'up{part="database",database="redis"}': "1x20 0x100" }, 60, ["SlipwayDatabaseNotSeen"]));
  it("is a role of which a container is gone, within minutes", () =>
    raised({ ...fine, 'slipway_role_containers_up{role="worker"}': "2x20 1x100" }, 23, ["SlipwayRoleDown"]));
  it("is a role of which none is left", () =>
    raised({ ...fine, 'slipway_role_containers_up{role="worker"}': "2x20 0x100" }, 23, ["SlipwayRoleDown"]));
  it("is a role by the clock whose last run failed", () =>
    raised({ ...fine, 'slipway_role_run_failing{role="nightly"}': "0x20 1x100" }, 23, ["SlipwayRoleRunFailing"]));
  it("is a clock that looks no more", () =>
    raised({ ...fine, slipway_role_clock_last_timestamp_seconds: "0+60x20 1200x100" }, 33, ["SlipwayRoleRunFailing"]));
  it("is not a clock that looks", () =>
    raised({ ...fine, slipway_role_clock_last_timestamp_seconds: "0+60x120" }, 33, []));
  it("is notices that nobody takes", () =>
    raised({ ...fine, slipway_notices_waiting: "0x20 2x100" }, 60, ["SlipwayNoticesWaiting"]));
  it("is not notices that are on their way", () =>
    raised({ ...fine, slipway_notices_waiting: "0x20 2x7 0x100" }, 29, []));
  it("is requests that were not counted", () =>
    raised({ ...fine, slipway_request_log_missed_total: "0x20 5+5x100" }, 60, ["SlipwayRequestsMissed"]));
});
