import { describe, expect, test } from "vitest";
import { fitted, screenLines, type HostStatus, type StackStatus } from "../../bin/status-screen.ts";
import { emptyLedger, type Ledger, type Release, type Running } from "../../router/ledger.ts";
import type { RecentRollout, Status } from "../../router/telling/report.ts";

const now = Date.parse("2026-11-27T12:00:00.000Z");
const release = (version: string): Release => ({
  ...{ id: `${version}-0123abcd`, version, image: "shop:1", fingerprint: "2:a", replicas: 1 },
});
const running: Running = {
  ...{ rollout: 7, slot: "green", release: release("1.1.0"), kind: "release", phase: "move", step: 0, percent: 10 },
  ...{ intent: null, reason: null, startedAt: "2026-11-27T11:59:50.000Z" },
};
const ledger: Ledger = {
  ...emptyLedger,
  live: "blue",
  slots: {
    blue: { release: release("1.0.0"), state: "holds" },
    green: { release: release("1.1.0"), state: "preparing" },
  },
};
const answers = (requests: number, errors: number, p95Ms: number | null) => ({
  ...{ requests, errors, averageMs: p95Ms, p50Ms: p95Ms, p95Ms, p99Ms: p95Ms },
});
const quiet: Status = {
  ...{ ledger, weights: { "blue-1": 100, "green-1": 0 }, down: [], fallback: null, certificate: null },
  ...{ evidence: null, recent: [] },
};
const busy = (more: Partial<Running> = {}, errors = 2): Status => ({
  ...quiet,
  ledger: { ...ledger, running: { ...running, ...more } },
  evidence: {
    ...{ blue: answers(117, 0, 3), green: answers(13, errors, 14) },
    allowed: { maxErrorRatePercent: 10, maxResponseMs: 5_000 },
  },
});
const host = (more: Partial<HostStatus> = {}): HostStatus => ({
  ...{ name: "host", address: "ssh://deploy@one.example:22", controller: quiet },
  ...{ backups: { files: [] }, isCopied: false, changed: { mended: [], refused: [], aside: [], roles: [] } },
  ...more,
});
const stack = (more: Partial<StackStatus> = {}): StackStatus => ({
  ...{ stack: "production", service: "shop", now, hosts: [host()], alerts: { firing: [] } },
  ...more,
});
const withController = (controller: HostStatus["controller"]) => screenLines(stack({ hosts: [host({ controller })] }));
const of = (name: string, lines: readonly string[]) => lines.filter((line) => line.startsWith(name.padEnd(9)));

test("roles are told by slot: which run, of how many", () => {
  const roles = [
    { slot: "blue" as const, role: "worker", containers: 2, running: 2 },
    { slot: "blue" as const, role: "beat", containers: 1, running: 0 },
    { slot: "green" as const, role: "worker", containers: 2, running: 0 },
  ];
  const lines = screenLines(stack({ hosts: [host({ changed: { mended: [], refused: [], aside: [], roles } })] }));
  expect(of("roles", lines)).toEqual([
    "roles    blue: worker 2 of 2, beat 0 of 1 running",
    "roles    green: worker 0 of 2 running",
  ]);
});

describe("a running rollout", () => {
  test("has the shares, requests, errors and p95 of both slots, and its verdict so far", () => {
    const lines = withController(busy());
    expect(of("blue", lines)).toEqual(["blue     90 %: 0 errors of 117 requests, p95 3 ms"]);
    expect(of("green", lines)).toEqual(["green    10 %: 2 errors of 13 requests, p95 14 ms"]);
    expect(of("verdict", lines)).toEqual([
      "verdict  nothing against it yet: 2 errors of 13 requests; allowed 10 % errors, and as many answers over 5000 ms",
    ]);
  });

  test("that waits for health has no verdict, and one that goes back says why", () => {
    expect(of("verdict", withController(busy({ phase: "gate" })))).toEqual([
      "verdict  none yet: it waits for health, and has no traffic",
    ]);
    expect(of("verdict", withController(busy({ phase: "return", reason: "got 9 errors of 13" })))).toEqual([
      "verdict  bad: got 9 errors of 13",
    ]);
  });

  test("without requests rests on health, and says so", () => {
    const status = busy();
    const { evidence } = status;
    if (!evidence) throw new Error("no evidence");
    const lines = withController({ ...status, evidence: { ...evidence, green: answers(0, 0, null) } });
    expect(of("green", lines)).toEqual(["green    10 %: no requests"]);
    expect(of("verdict", lines)[0]).toContain("no requests, judged by its health alone");
  });

  test("of an older controller is not taken for one without errors", () => {
    const older: Status = { ...quiet, ledger: { ...ledger, running } };
    expect(of("verdict", withController(older))).toEqual(["verdict  its controller does not tell figures just now"]);
  });
});

test("earlier rollouts are told once, and the last one has its own line", () => {
  const recent = (rollout: number, verdict: RecentRollout["verdict"]): RecentRollout => ({
    ...{ rollout, kind: "release", slot: "green", from: null, to: release(`1.${String(rollout)}.0`), by: "ada@laptop" },
    ...{ startedAt: "", endedAt: verdict && "2026-11-26T12:00:00.000Z", verdict, reason: verdict && "it was slow" },
  });
  const last = { ...running, result: "promoted", endedAt: "2026-11-27T11:00:00.000Z" } as const;
  const lines = withController({
    ...quiet,
    ledger: { ...ledger, last },
    recent: [recent(8, null), recent(7, "promoted"), recent(6, "rejected")],
  });
  expect(of("last", lines)).toHaveLength(1);
  expect(of("before", lines)).toEqual([
    "before   rollout 6: release of 1.6.0-0123abcd → green by ada@laptop, rejected, it was slow (2026-11-26T12:00:00.000Z)",
  ]);
});

describe("what was looked at, and what was not", () => {
  test("each alert that fires, or that none does", () => {
    const firing = [
      { alert: "SlipwayErrorsHigh", severity: "critical", summary: "More fail", since: "2026-11-27T11:00:00.000Z" },
    ];
    expect(of("alert", screenLines(stack({ alerts: { firing } })))).toEqual([
      "alert    critical SlipwayErrorsHigh for 60 min: More fail",
    ]);
    expect(of("alerts", screenLines(stack()))).toEqual(["alerts   none fires"]);
  });

  test("nobody watches, or nobody could be asked: neither is silence", () => {
    expect(of("alerts", screenLines(stack({ alerts: null })))[0]).toContain("nobody watches this stack");
    expect(of("alerts", screenLines(stack({ alerts: { problem: "it is away" } })))).toEqual([
      "alerts   could not be asked: it is away",
    ]);
  });

  test("backups by their age", () => {
    const backup = (backups: HostStatus["backups"]) => of("backup", screenLines(stack({ hosts: [host({ backups })] })));
    const file = { file: "000007.postgres.dump", at: "2026-11-24T11:00:00.000Z", bytes: 4 };
    expect(backup({ files: [file] })).toEqual(["backup   000007.postgres.dump is 3 days old"]);
    expect(backup({ files: [] })).toEqual(["backup   none yet: one is made before each release"]);
    expect(backup({ problem: "no such folder" })).toEqual(["backup   could not be looked for: no such folder"]);
    expect(backup(null)).toEqual(["backup   none: the stack has no database, and no volume that is backed up"]);
  });

  test("a host that is away is said among those that are not", () => {
    const away = { problem: "can't be reached" };
    const hosts = [host(), host({ name: "second", controller: away, backups: away, changed: away })];
    const lines = screenLines(stack({ hosts }));
    expect(of("host", lines)).toHaveLength(2);
    expect(of("live", lines)).toEqual([
      "live     blue (1.0.0-0123abcd) holds",
      "live     could not be asked: can't be reached",
    ]);
    expect(of("changed", lines)).toEqual([
      "changed  nothing by hand, as far as containers, volumes and files show",
      "changed  could not be looked for: can't be reached",
    ]);
  });

  test("how to look for the drift that nobody looked for", () => {
    expect(of("drift", screenLines(stack()))[0]).toContain("slipway drift --stack production");
  });
});

describe.each([40, 80, 100])("at %d columns", (columns) => {
  const long = `verdict  bad: ${"many words of it ".repeat(12)}${"x".repeat(130)} end`;
  const rows = fitted([long, "short"], columns);

  test("no row is longer, and no word is lost", () => {
    expect(Math.max(...rows.map((row) => row.length))).toBeLessThanOrEqual(columns);
    expect(rows.join("").replaceAll(" ", "")).toBe(`${long}short`.replaceAll(" ", ""));
  });

  test("what goes on below stands under what it belongs to", () => {
    for (const row of rows.slice(1, -1)) expect(row).toMatch(/^ {9}\S/);
  });
});

test("what became of the newest copy is a line where copies are wanted, a failure first", () => {
  const backupLines = (more: Partial<HostStatus>) =>
    screenLines(stack({ hosts: [host(more)] })).filter((text) => text.startsWith("backup"));
  const copyLines = (more: Partial<HostStatus>) =>
    screenLines(stack({ hosts: [host(more)] })).filter((text) => text.startsWith("copy"));
  const at = new Date(now - 3_600_000).toISOString();
  expect(copyLines({ isCopied: false })).toEqual([]);
  expect(copyLines({ isCopied: true })).toEqual(["copy     none yet: slipway backup now"]);
  const backups = {
    files: [],
    copied: { name: "000001-before-x", at },
    copyFailed: { reason: "refuses the keys", at },
  };
  expect(copyLines({ isCopied: true, backups })).toEqual([
    "copy     FAILED 60 min ago: refuses the keys",
    "copy     000001-before-x was copied 60 min ago",
  ]);
  const backupFailed = { reason: "not everything could be backed up", at };
  expect(backupLines({ backups: { files: [], backupFailed } })).toEqual([
    "backup   FAILED 60 min ago: not everything could be backed up",
    "backup   none yet: one is made before each release",
  ]);
});
