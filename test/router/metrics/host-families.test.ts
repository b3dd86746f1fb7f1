import { describe, expect, it } from "vitest";
import { exposition } from "../../../router/metrics/exposition.ts";
import { hostFamilies, type HostView } from "../../../router/metrics/host-families.ts";
import type { Digested } from "../../../router/telling/digest.ts";
import { view } from "../support/host-view.ts";
import { parseExposition } from "../support/metrics.ts";
import { release } from "../support/samples.ts";

const samples = (change: Partial<HostView> = {}) =>
  Object.fromEntries(
    parseExposition(exposition(hostFamilies(view(change)))).map(({ name, labels, value }) => [
      `${name} ${Object.values(labels).join(" ")}`.trim(),
      value,
    ]),
  );

const ended = (change: Partial<Digested>): Digested => ({
  rollout: 1,
  kind: "release",
  strategy: "blue-green",
  version: "1.0.0",
  release: "1.0.0-aaaa",
  from: null,
  startedAt: "2026-11-26T10:00:00.000Z",
  endedAt: "2026-11-26T10:01:00.000Z",
  verdict: "promoted",
  reachedPercent: 100,
  backedUp: false,
  ...change,
});

describe("what the controller tells of its host", () => {
  it("is there from the start, each set of labels at 0, so that the first of anything is an increase", () => {
    const all = samples();
    for (const kind of ["release", "return", "rollback", "undo"])
      for (const verdict of ["promoted", "rejected"]) expect(all[`slipway_rollouts_total ${kind} ${verdict}`]).toBe(0);
    expect(all).toMatchObject({
      "slipway_fallback_active blue": 0,
      slipway_notices_waiting: 0,
      slipway_rollout_running: 0,
    });
  });

  it("names versions in one series only, which the others are joined with", () => {
    const named = parseExposition(exposition(hostFamilies(view()))).filter(({ labels }) => "version" in labels);
    expect(named.map(({ name, labels }) => [name, labels])).toEqual([
      ["slipway_release_info", { slot: "blue", version: "1.0.0", release: "1.0.0-aaaa" }],
      ["slipway_release_info", { slot: "green", version: "1.1.0", release: "1.1.0-aaaa" }],
    ]);
  });

  it("has who serves, with what weight, and what is open", () => {
    expect(samples()).toMatchObject({
      "slipway_slot_live green": 1,
      "slipway_slot_traffic_percent green": 100,
      "slipway_slot_weight blue": 0,
      "slipway_slot_weight green": 100,
      "slipway_slot_servers_up green": 1,
      "slipway_slot_open_requests green": 3,
      slipway_certificate_expiry_timestamp_seconds: Date.parse("2026-12-24T00:00:00Z") / 1000,
    });
  });

  it("has how many containers each role should have, and how many run", () => {
    expect(samples({ roles: [{ role: "worker", containers: 2, up: 1 }] })).toMatchObject({
      "slipway_role_containers worker": 2,
      "slipway_role_containers_up worker": 1,
    });
    expect(Object.keys(samples()).filter((name) => name.includes("role"))).toEqual([]);
  });

  it("has how the last run of each of live's roles by the clock ended, and when the clock looked", () => {
    const { ledger } = view();
    const schedules = { nightly: "15 3 * * *", hourly: "0 * * * *", tidy: "0 0 * * *" };
    const scheduled = { release: { ...release("1.1.0"), schedules }, state: "holds" as const };
    const last = { startedAt: "2026-11-01T00:00:00.000Z", endedAt: "2026-11-01T00:01:00.000Z" };
    const runs = {
      toldAt: "2026-11-01T00:02:00.000Z",
      roles: {
        nightly: { last: { ...last, problem: "exit code 3" } },
        hourly: { last: { ...last, problem: null }, wellAt: last.endedAt },
        gone: { last: { ...last, problem: "exit code 3" } },
      },
    };
    const all = samples({ ledger: { ...ledger, slots: { ...ledger.slots, green: scheduled } }, runs });
    expect(Object.fromEntries(Object.entries(all).filter(([name]) => name.includes("role")))).toEqual({
      "slipway_role_run_failing nightly": 1,
      "slipway_role_run_failing hourly": 0,
      "slipway_role_run_failing tidy": 0,
      "slipway_role_run_last_timestamp_seconds hourly": Date.parse(last.endedAt) / 1000,
      slipway_role_clock_last_timestamp_seconds: Date.parse(runs.toldAt) / 1000,
    });
    expect(Object.keys(samples({ runs })).filter((name) => name.includes("role"))).toEqual([]);
  });

  it("says which slot answers in the place of live", () => {
    const fallback = { slot: "blue", since: "2026-11-26T12:00:00Z", answers: 1 } as const;
    expect(samples({ fallback })).toMatchObject({
      "slipway_fallback_active blue": 1,
      "slipway_fallback_active green": 0,
    });
  });

  it("says nothing of servers while the proxy does not answer, and that it does not", () => {
    const all = samples({ proxy: null });
    expect(all.slipway_proxy_up).toBe(0);
    expect(Object.keys(all).filter((name) => name.startsWith("slipway_slot_servers_up"))).toEqual([]);
  });

  it("knows what became of backups and copies, by a rollout or without one", () => {
    const at = (hour: number) => `2026-11-26T${String(hour)}:00:00.000Z`;
    const time = (hour: number) => Date.parse(at(hour)) / 1000;
    const none = samples({ backups: { backup: {}, copy: {} } });
    expect(Object.keys(none).filter((name) => name.startsWith("slipway_backup"))).toEqual([]);
    const rollouts = [ended({ backedUp: true, startedAt: at(10) })];
    const copy = { last: { name: "a", at: at(11) }, failed: { name: "b", at: at(12), problem: "refuses the keys" } };
    expect(samples({ rollouts, backups: { backup: { last: { name: "b", at: at(12) } }, copy } })).toMatchObject({
      slipway_backup_last_timestamp_seconds: time(12),
      slipway_backup_failing: 0,
      slipway_backup_copy_last_timestamp_seconds: time(11),
      slipway_backup_copy_failing: 1,
    });
  });

  it("counts rollouts by their digest, and knows the last backup", () => {
    const rollouts = [
      ended({ backedUp: true }),
      ended({ rollout: 4, kind: "undo", verdict: "rejected", endedAt: "2026-11-26T10:30:00.000Z" }),
      ended({ rollout: 2, verdict: "rejected", endedAt: "2026-11-26T11:01:00.000Z" }),
      ended({ rollout: 3, kind: "rollback", endedAt: "2026-11-26T11:02:00.000Z" }),
    ];
    expect(samples({ rollouts })).toMatchObject({
      "slipway_rollouts_total release promoted": 1,
      "slipway_rollouts_total release rejected": 1,
      "slipway_rollouts_total rollback promoted": 1,
      "slipway_rollout_last_end_timestamp_seconds rejected": Date.parse("2026-11-26T11:01:00Z") / 1000,
      slipway_backup_last_timestamp_seconds: Date.parse("2026-11-26T10:00:00Z") / 1000,
    });
  });

  it("keeps a hostile version inside its quotes", () => {
    const blue = { release: { ...release("1"), version: 'a"} 1\n\\' }, state: "holds" } as const;
    const { ledger } = view();
    const [hostile] = parseExposition(
      exposition(hostFamilies(view({ ledger: { ...ledger, slots: { ...ledger.slots, blue } } }))),
    );
    expect(hostile?.labels.version).toBe('a"} 1\n\\');
  });
});
