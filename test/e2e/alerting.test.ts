import { afterAll, beforeAll, expect, test } from "vitest";
import { dashboard } from "../../monitoring/dashboard.ts";
import { questionsOf } from "../../monitoring/dashboard-data.ts";
import { WatchingBench } from "../monitoring/support/watching-bench.ts";

/** Alerts of a real Prometheus, told by a real Alertmanager, with what a stack gives them; only waiting is shorter. */
const bench = new WatchingBench();
beforeAll(() => bench.start());
afterAll(() => bench.stop());

const patience = { timeout: 120_000, interval: 200 };
const fires = (...alerts: readonly string[]) => alerts.map((alert) => `fires ${alert}`);
const ends = (...alerts: readonly string[]) => alerts.map((alert) => `ends ${alert}`);

/** Each of them was told what it is to be told, once, and nothing else. */
async function told(pagerduty: readonly string[], slack: readonly string[]): Promise<void> {
  const mail = [...pagerduty, ...slack].sort();
  const wanted = { pagerduty: [...pagerduty].sort(), slack: [...slack].sort(), mail };
  await expect.poll(() => bench.told.mail.length, patience).toBeGreaterThanOrEqual(mail.length);
  await expect.poll(() => bench.told, { timeout: 10_000 }).toEqual(wanted);
}

const warnings = ["ErrorGoalMissed", "CertificateEnds", "BackupOld", "CpuGoalMissed", "MemoryGoalMissed"];

/** Somebody elsewhere hears again that alerts arrive, and nothing else. */
async function beatsAgain(): Promise<void> {
  const before = bench.beats.taken.length;
  await expect.poll(() => bench.beats.taken.length, patience).toBeGreaterThan(before + 1);
  expect(bench.beats.tries).toHaveLength(bench.beats.taken.length);
}

test("while nothing is wrong nobody hears of it, and the watchdog tells elsewhere that alerts arrive", async () => {
  await expect.poll(() => bench.ask("alertmanager", "/api/v2/alerts"), patience).toContain("SlipwayWatchdog");
  await beatsAgain();
  await told([], []);
});

test("each question of the dashboard has an answer while there is traffic", async () => {
  const questions = questionsOf(dashboard({ service: "api", environment: "production" }, { service: true }));
  const unanswered = async () => {
    const answers = await Promise.all(
      questions.map((expr) => bench.ask("prometheus", `/api/v1/query?query=${encodeURIComponent(expr)}`)),
    );
    return questions.filter((_, index) => !/"value":\[[\d.]+,"-?[\d.e+-]+"\]/.test(answers[index] ?? ""));
  };
  await expect.poll(unanswered, patience).toEqual([]);
});

test("what wakes somebody goes to PagerDuty, goals and cares go to Slack, and all of it by mail, each once", async () => {
  Object.assign(bench.host, { errors: 0.2, certificateDays: 3, backupDays: 40, idle: 0, freeMemory: 0.1 });
  await told(fires("ErrorsHigh"), fires(...warnings));
  expect([...bench.pager.open.values()]).toEqual([1]);
});

test("a switch of slots while Prometheus was killed ends nothing and begins nothing", async () => {
  bench.kill("prometheus");
  Object.assign(bench.host, { live: "green", version: "1.1.0" });
  bench.revive("prometheus");
  // Told only after all the others would have been told again.
  bench.host.missed = 7;
  await told(fires("ErrorsHigh"), fires(...warnings, "RequestsMissed"));
});

test("what ended while Alertmanager was dead is told once it is back", async () => {
  const before = await bench.writings();
  // The one that it may be at began earlier.
  await expect.poll(() => bench.writings(), patience).toBeGreaterThan(before + 1);
  bench.kill("alertmanager");
  bench.host.recover();
  const active = () => bench.ask("prometheus", "/api/v1/alerts");
  await expect.poll(active, patience).toMatch(/^(?!.*SlipwayErrorGoalMissed).*SlipwayWatchdog/s);
  bench.revive("alertmanager");
  await told(
    [...fires("ErrorsHigh"), ...ends("ErrorsHigh")],
    [...fires(...warnings, "RequestsMissed"), ...ends(...warnings)],
  );
  expect([...bench.pager.open.keys()]).toEqual([]);
});

test("a host that is away is one incident, through the death of both, and is over when it is back", async () => {
  const before = bench.told;
  await bench.host.goAway();
  const away = [...before.pagerduty, ...fires("ServiceDown")].sort();
  await expect.poll(() => bench.told.pagerduty, patience).toEqual(away);
  const writings = await bench.writings();
  await expect.poll(() => bench.writings(), patience).toBeGreaterThan(writings + 1);
  bench.kill("prometheus", "alertmanager");
  const beats = bench.beats.tries.length;
  bench.revive("prometheus", "alertmanager");
  await expect.poll(() => bench.ask("alertmanager", "/api/v2/alerts"), patience).toContain("SlipwayServiceDown");
  await expect.poll(() => bench.beats.tries.length, patience).toBeGreaterThan(beats + 1);
  await bench.host.listen();
  await expect.poll(() => bench.told.pagerduty, patience).toEqual([...away, ...ends("ServiceDown")].sort());
  expect([...bench.pager.open.keys()]).toEqual([]);
  const mailed = () => bench.told.mail.filter((line) => line.endsWith("ServiceDown"));
  await expect.poll(mailed, patience).toEqual([...ends("ServiceDown"), ...fires("ServiceDown")]);
});
