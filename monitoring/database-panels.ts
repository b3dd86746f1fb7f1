import type { WatchedDatabase } from "../lib/releases/declared-on-host.ts";
import type { Panel } from "./panel.ts";

const rate = (series: string, own: string) => `sum (rate(${series}{${own}}[5m]))`;
/** Of what was looked for, what was found; nothing while nobody looks. */
const found = (hits: string, misses: string, own: string) =>
  `${rate(hits, own)} / (${rate(hits, own)} + ${rate(misses, own)} > 0)`;

/** By names that exporters give, old and new ones alike. */
export const databasePanels: Readonly<Record<WatchedDatabase, (own: string) => Panel[]>> = {
  postgres: (own) => [
    {
      title: "Connections of PostgreSQL",
      description: "By what they are at; idle in transaction holds locks.",
      unit: "count",
      queries: [{ expr: `sum by (state) (pg_stat_activity_count{${own}} > 0)`, legend: { label: "state" } }],
    },
    {
      title: "Cache of PostgreSQL",
      description: "Share of the blocks that it found in memory.",
      unit: "share",
      queries: [
        {
          expr: found("pg_stat_database_blks_hit", "pg_stat_database_blks_read", own),
          legend: { text: "found" },
        },
      ],
    },
    {
      title: "Transactions of PostgreSQL",
      description: "Those that were kept, and those that were rolled back.",
      unit: "per second",
      queries: [
        { expr: rate("pg_stat_database_xact_commit", own), legend: { text: "kept" } },
        { expr: rate("pg_stat_database_xact_rollback", own), legend: { text: "rolled back" } },
      ],
    },
    {
      title: "Size of PostgreSQL",
      description: "What each database takes on the disk.",
      unit: "bytes",
      queries: [{ expr: `sum by (datname) (pg_database_size_bytes{${own}})`, legend: { label: "datname" } }],
    },
  ],
  redis: (own) => [
    {
      title: "Memory of Redis",
      description: "What its data take.",
      unit: "bytes",
      queries: [{ expr: `sum (redis_memory_used_bytes{${own}})`, legend: { text: "used" } }],
    },
    {
      title: "Keys that Redis gave up",
      description: "Those that had to make room, and those whose time was over.",
      unit: "per second",
      queries: [
        { expr: rate("redis_evicted_keys_total", own), legend: { text: "made room" } },
        { expr: rate("redis_expired_keys_total", own), legend: { text: "over" } },
      ],
    },
    {
      title: "Keys that Redis found",
      description: "Share of those that somebody asked for.",
      unit: "share",
      queries: [
        { expr: found("redis_keyspace_hits_total", "redis_keyspace_misses_total", own), legend: { text: "found" } },
      ],
    },
    {
      title: "Connections of Redis",
      description: "Clients that are connected.",
      unit: "count",
      queries: [{ expr: `sum (redis_connected_clients{${own}})`, legend: { text: "clients" } }],
    },
  ],
};
