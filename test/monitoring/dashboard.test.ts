import { readFileSync } from "node:fs";
import { parser } from "@prometheus-io/lezer-promql";
import { describe, expect, it } from "vitest";
import { dashboard, tellersOf } from "../../monitoring/dashboard.ts";
import { questionsOf } from "../../monitoring/dashboard-data.ts";
import { recordingRules } from "../../monitoring/alert-rules.ts";
import { watchedDatabases } from "../../lib/releases/declared-on-host.ts";
import { grafanaDashboard } from "../../monitoring/grafana-dashboard.ts";
import { hostFamilies } from "../../router/metrics/host-families.ts";
import { nothingCounted, requestFamilies } from "../../router/metrics/request-counts.ts";
import type { Digested } from "../../router/telling/digest.ts";
import { view } from "../router/support/host-view.ts";
import { settingsOf } from "../support/settings-of.ts";

const scope = { service: "api", environment: "production" };
const everything = { service: true, databases: watchedDatabases };
const questions = questionsOf(dashboard(scope, everything));

/** What a question speaks of; "⚠" where it is none. */
function namesIn(expr: string): string[] {
  const names: string[] = [];
  parser.parse(expr).iterate({
    enter: ({ type, from, to }) => {
      if (type.isError) names.push(`⚠ ${expr.slice(0, from)}`);
      if (type.name === "Identifier" && /^(slipway|node|service|process|pg|redis)_|:/.test(expr.slice(from, to)))
        names.push(expr.slice(from, to));
    },
  });
  return names;
}

/** All that the controller and the exporter tell. */
function told(): Set<string> {
  const rollouts = [{ kind: "release", verdict: "promoted", backedUp: true, startedAt: "2026-01-01T00:00:00Z" }];
  const families = [...requestFamilies(nothingCounted, 0), ...hostFamilies(view({ rollouts: rollouts as Digested[] }))];
  const names = families.flatMap(({ name, type }) =>
    type === "histogram" ? ["_bucket", "_count", "_sum"].map((end) => name + end) : [name],
  );
  const ofExporter = ["cpu_seconds_total", "memory_MemAvailable_bytes", "memory_MemTotal_bytes"];
  const ofDisks = ["filesystem_avail_bytes", "filesystem_size_bytes"];
  const recorded = recordingRules(scope).map(({ record }) => record);
  return new Set([
    ...names,
    ...recorded,
    ...[...ofExporter, ...ofDisks].map((name) => `node_${name}`),
    ...ofService(),
    ...ofDatabases,
  ]);
}

/** What the sample service tells, as its page has it. */
function ofService(): string[] {
  const page = readFileSync(new URL("../../examples/ape-2026/README.md", import.meta.url), "utf8");
  return [...page.matchAll(/`((?:service|process)_\w+)/g)].flatMap(([, name]) => name ?? []);
}

/** What exporters of databases tell; test/e2e/watched-databases.test.ts asks real ones. */
const ofDatabases = [
  ...["stat_activity_count", "database_size_bytes"].map((name) => `pg_${name}`),
  ...["blks_hit", "blks_read", "xact_commit", "xact_rollback"].map((name) => `pg_stat_database_${name}`),
  ...["memory_used_bytes", "connected_clients"].map((name) => `redis_${name}`),
  ...["evicted_keys", "expired_keys", "keyspace_hits", "keyspace_misses"].map((name) => `redis_${name}_total`),
];

describe("each question of the dashboard", () => {
  it.each(questions)("%s is one, about what is told, of this stack only", (expr) => {
    const names = namesIn(expr);
    expect(names.filter((name) => !told().has(name))).toEqual([]);
    expect(names.length).toBeGreaterThan(0);
    const own = expr.split('service="api",environment="production"').length - 1;
    expect(own).toBe(names.length);
  });
});

it("asks a service of itself only where the settings say that it answers", () => {
  const asked = (monitoring: Record<string, unknown>) =>
    questionsOf(dashboard(scope, tellersOf(settingsOf({ monitoring }).monitoring))).join("\n");
  expect(asked({ kind: "host" })).not.toContain("service_");
  expect(asked({ kind: "existing" })).not.toContain("service_");
  expect(asked({ kind: "host", service: { port: 8001 } })).toContain("service_queue_depth");
});

it("asks a database only where an exporter of Slipway's watches it", () => {
  const asked = (monitoring: Record<string, unknown>) =>
    questionsOf(dashboard(scope, tellersOf(settingsOf({ monitoring }).monitoring, ["redis", "neo4j"]))).join("\n");
  expect(asked({ kind: "host" })).toContain("redis_memory_used_bytes");
  expect(asked({ kind: "host" })).not.toContain("pg_");
  expect(asked({ kind: "existing" })).not.toContain("redis_");
});

describe("the dashboard for Grafana", () => {
  const made = (service: string, environment: string) =>
    JSON.parse(grafanaDashboard({ service, environment }, "prom-1", everything)) as {
      uid: string;
      title: string;
      panels: { title: string; gridPos: object; datasource: object; targets: { expr: string; refId: string }[] }[];
      annotations: { list: { expr: string; datasource: object }[] };
    };
  const { panels, annotations } = made("api", "production");

  it("asks what the page asks, of the Prometheus that is named", () => {
    const asked = [...panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)), annotations.list[0]?.expr];
    expect(asked).toEqual([...questions.slice(0, -1), `${questions.at(-1) ?? ""} == 1`]);
    expect(panels.map(({ datasource }) => datasource)).toEqual(
      panels.map(() => ({ type: "prometheus", uid: "prom-1" })),
    );
  });

  it("has each title once, and no two panels in one place", () => {
    const unique = (values: readonly unknown[]) => new Set(values.map((value) => JSON.stringify(value))).size;
    expect(unique(panels.map(({ title }) => title))).toBe(panels.length);
    expect(unique(panels.map(({ gridPos }) => gridPos))).toBe(panels.length);
    for (const { targets } of panels) expect(unique(targets.map(({ refId }) => refId))).toBe(targets.length);
  });

  it("is another one for each stack, in title and uid, and Grafana takes its uid", () => {
    const all = [
      made("api", "production"),
      made("api", "staging"),
      made("a-very-long-name-of-a-service", "production"),
    ];
    expect(new Set(all.map(({ uid }) => uid)).size).toBe(3);
    expect(new Set(all.map(({ title }) => title)).size).toBe(3);
    for (const { uid } of all) expect(uid).toMatch(/^[\w-]{1,40}$/);
  });
});
