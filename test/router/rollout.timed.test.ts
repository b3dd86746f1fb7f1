import { afterEach, describe, expect, it } from "vitest";
import { TestHost } from "./support/host.ts";
import { until } from "./support/until.ts";
import { ClosedLoop } from "../support/load/closed-loop.ts";
import { release } from "./support/samples.ts";

const v1 = release("1.0.0");
const v2 = release("1.1.0", 2);

let host: TestHost;
afterEach(async ({ task }) => {
  if (task.result?.state === "fail") process.stderr.write(`${host.log}\n`);
  await host.stop();
});

/** A host on which 1.0.0 is live in blue, and warm in green. */
async function hostWithFirstRelease(change: Parameters<typeof TestHost.start>[0] = {}): Promise<TestHost> {
  host = await TestHost.start(change);
  expect((await host.guard("blue", v1)).code).toBe(0);
  await Promise.all([host.place("blue", v1), host.place("green", v1)]);
  expect(await host.promote("blue", v1)).toMatchObject({ code: 0, stderr: "" });
  return host;
}

describe("a host with a real HAProxy", () => {
  it("answers 503 with a reason before the first release, and is in good health", async () => {
    host = await TestHost.start();
    const answer = await fetch(host.url);
    expect(answer.status).toBe(503);
    expect(await answer.text()).toContain("nothing was released yet");
    expect((await host.run(["ping"])).code).toBe(0);
    expect(await host.run(["rollback"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("got none") as string,
    });
  });

  it("takes a release to the standby, and back, without a failed request", async () => {
    await hostWithFirstRelease();
    const load = new ClosedLoop({ url: host.url });
    const there = await host.release("green", v2);
    expect(there.stdout.trimEnd().split("\n")).toEqual([
      "rollout 2: 1.1.0-aaaa → green",
      "waiting for health of green-1, green-2 (at most 1 s by slipway:health.gateSeconds)",
      "10 % → green",
      expect.stringMatching(/^10 % → green: 0 errors of \d+ requests, p50 \d+ ms, p99 \d+ ms$/),
      "50 % → green",
      expect.stringMatching(/^50 % → green: 0 errors of \d+ requests, p50 \d+ ms, p99 \d+ ms$/),
      "100 % → green",
      expect.stringMatching(/^100 % → green: 0 errors of \d+ requests, p50 \d+ ms, p99 \d+ ms$/),
      "promoted: green is live (1.1.0-aaaa), blue stays warm (1.0.0-aaaa)",
    ]);
    expect(there.code).toBe(0);
    expect(await host.weights()).toEqual({ "blue-1": 0, "green-1": 100, "green-2": 100 });
    expect(await host.weightsOnDisk()).toEqual({ "blue-1": 0, "green-1": 100, "green-2": 100 });

    const trace = await host.trace();
    // guard, start, admit, three steps of intent and share, watch, promoted; the first release has one step
    expect(trace.filter((entry) => "ledger" in entry)).toHaveLength(7 + 11);
    expect(trace.filter((entry) => "weights" in entry).length).toBeGreaterThan(20);

    const began = performance.now();
    const back = await host.promote("blue", v1);
    // 1.2 s on a quiet machine; what a whole `pulumi up` may take leaves room for a busy one.
    expect(performance.now() - began).toBeLessThan(3000);
    expect(back).toMatchObject({ code: 0, stderr: "" });
    expect(back.stdout).not.toContain("10 %");
    expect(await host.ledger()).toMatchObject({ live: "blue", last: { kind: "return" }, released: 2, promoted: 3 });
    expect((await host.run(["rollback"])).stdout).toContain("promoted: green is live (1.1.0-aaaa)");

    await load.stop();
    expect(load.failures).toEqual([]);
    expect(load.total).toBeGreaterThan(2000);
    expect(load.answers["1.1.0"]).toBeGreaterThan(300);
  });

  it("tells what it did once more when it is asked again, and refuses a plan from before", async () => {
    await hostWithFirstRelease();
    expect(await host.promote("blue", v1, 1)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("promoted: blue is live (1.0.0-aaaa), green stays warm (1.0.0-aaaa)\n") as string,
    });
    expect(await host.guard("green", v2, 1)).toMatchObject({
      code: 1,
      stderr: "the host has moved on since this plan: got rollout 1; allowed 2. Fix: run pulumi up again\n",
    });
  });

  it("rejects a standby that does not get healthy, with live unmoved", async () => {
    await hostWithFirstRelease();
    await host.guard("green", v2);
    const [one] = await host.place("green", v2);
    if (one) one.isHealthy = false;
    const outcome = await host.promote("green", v2);
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toBe(
      "release 1.1.0-aaaa: rejected, green-1 was not healthy within 1 s, got status 503 (if it is only slow: raise slipway:health.gateSeconds); live stays blue (1.0.0-aaaa). " +
        "Fix: slipway logs --slot green says more; correct the release and run pulumi up again\n",
    );
    expect(await host.weights()).toEqual({ "blue-1": 100 });
    expect(await host.ledger()).toMatchObject({
      live: "blue",
      running: null,
      slots: { green: { state: "preparing" } },
    });
    expect(await host.run(["rollback"])).toMatchObject({ code: 1 });
  });

  it("rejects at once when another version answers", async () => {
    await hostWithFirstRelease({ health: { path: "/health", intervalMs: 100, timeoutMs: 1000, gateSeconds: 60 } });
    await host.guard("green", v2);
    await host.place("green", { ...v2, version: "1.0.9" });
    expect((await host.promote("green", v2)).stderr).toContain(
      "green-1 is not this release, got version 1.0.9 answers; allowed 1.1.0",
    );
  });

  it("goes back when too many answers are errors, and takes the next good release", async () => {
    await hostWithFirstRelease();
    await host.guard("green", v2);
    for (const replica of await host.place("green", v2)) replica.status = 500;
    const load = new ClosedLoop({ url: host.url });
    const outcome = await host.promote("green", v2);
    await load.stop();
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toMatch(
      /rejected, got \d+ errors of \d+ requests.* \(\d\d+\.\d %\); allowed 10 %; live stays blue/,
    );
    expect(await host.weights()).toEqual({ "blue-1": 100 });
    expect(load.failures.length).toBeLessThan(0.2 * load.total);
    expect((await host.release("green", v2)).code).toBe(0);
    expect((await host.ledger()).rejected).toEqual([]);
  });

  it("goes back when the new slot dies or is slow", async () => {
    const verdict = { maxErrorRatePercent: 10, maxResponseMs: 300, minRequests: 20, sharedSeconds: 60 };
    await hostWithFirstRelease({
      profile: { steps: [50, 100], previewSeconds: 0, pauseSeconds: 10, watchSeconds: 10 },
      verdict,
    });
    const load = new ClosedLoop({ url: host.url });
    await host.guard("green", v2);
    for (const replica of await host.place("green", v2)) replica.delayMs = 450;
    expect((await host.promote("green", v2)).stderr).toMatch(/got \d+ answers slower than 300 ms of .*; allowed 10 %/);

    await host.guard("green", v2);
    const [one] = await host.place("green", v2);
    const promotion = host.promote("green", v2);
    await until("50 %", async () => (await host.ledger()).running?.percent === 50);
    await one?.stop();
    expect((await promotion).stderr).toMatch(
      /green-1 is (down, got L\d|not healthy, got ECONNREFUSED)|got \d+ errors of/,
    );
    await load.stop();
    // A few POSTs may have been on their way to the replica when it died; whatever was not sent yet, or is safe, is not lost.
    expect(load.failures.length).toBeLessThan(8);
  });

  it("ends a running rollout by hand", async () => {
    await hostWithFirstRelease({
      profile: { steps: [10, 100], previewSeconds: 0, pauseSeconds: 60, watchSeconds: 60 },
    });
    await host.guard("green", v2);
    await host.place("green", v2);
    const promotion = host.promote("green", v2);
    await until("10 %", async () => (await host.ledger()).running?.percent === 10);
    expect((await host.guard("green", v1)).stderr).toContain("rollout 2 of 1.1.0-aaaa is running, at 10 %");
    expect(await host.run(["rollback"])).toMatchObject({ code: 0, stderr: "" });
    expect(await promotion).toMatchObject({ code: 1, stderr: expect.stringContaining("ended by hand") as string });
    expect(await host.weights()).toEqual({ "blue-1": 100 });
  });
});

describe("kill -9", () => {
  it("of the controller in the middle of a rollout: the next one finishes it", async () => {
    await hostWithFirstRelease({
      profile: { steps: [50, 100], previewSeconds: 0, pauseSeconds: 2, watchSeconds: 0.3 },
    });
    const load = new ClosedLoop({ url: host.url });
    await host.guard("green", v2);
    await host.place("green", v2);
    const promotion = host.promote("green", v2);
    await until("50 %", async () => (await host.ledger()).running?.percent === 50);
    await host.kill("daemon");
    expect(await promotion).toMatchObject({ code: 3, stderr: expect.stringContaining("carries on alone") as string });
    await host.startDaemon();
    const joined = await host.promote("green", v2, 2);
    expect(joined).toMatchObject({ code: 0, stderr: "" });
    expect(joined.stdout).toMatch(
      /^rollout 2: carried on, move at 50 %\n50 % → .*\n100 % → green\n.*\npromoted: green is live/,
    );
    await load.stop();
    expect(load.failures).toEqual([]);
  });

  it("of HAProxy: it comes back with the journal's weights, in the middle of a rollout too", async () => {
    await hostWithFirstRelease({
      profile: { steps: [50, 100], previewSeconds: 0, pauseSeconds: 1, watchSeconds: 0.3 },
    });
    await host.guard("green", v2);
    await host.place("green", v2);
    const promotion = host.promote("green", v2);
    await until("50 %", async () => (await host.weightsOnDisk())["green-1"] === 1);
    await host.kill("proxy");
    await host.startProxy();
    expect(await host.weights()).toEqual({ "blue-1": 2, "green-1": 1, "green-2": 1 });
    expect((await promotion).code).toBe(0);
    await host.kill("proxy");
    await host.startProxy();
    expect(await host.weights()).toEqual({ "blue-1": 0, "green-1": 100, "green-2": 100 });
  });

  it("of both: weights changed behind the controller's back are set again", async () => {
    await hostWithFirstRelease();
    await host.kill("daemon");
    await host.tamper("set server service/blue-1 weight 7;set server service/green-1 state maint");
    await host.startDaemon();
    await until(
      "the journal's weights",
      async () => JSON.stringify(await host.weights()) === '{"blue-1":100,"green-1":0}',
    );
  });
});

describe("the controller", () => {
  it("is alone with its journal", async () => {
    host = await TestHost.start();
    expect(await host.run(["daemon"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("another controller has this journal") as string,
    });
  });

  it("reloads the proxy when its configuration has changed, without a failed request", async () => {
    await hostWithFirstRelease();
    const load = new ClosedLoop({ url: host.url });
    await host.kill("daemon");
    await host.configure({ health: { ...host.config.health, intervalMs: 150 } });
    await host.startDaemon();
    await until("the reload", async () =>
      (await host.tamper("show info")).includes(`slipway-${await host.tagOnDisk()}`),
    );
    // The old process still has the kept connections, and answers on each of them once more.
    const before = load.total;
    await until("more traffic", () => load.total > before + 300);
    await load.stop();
    expect(load.failures).toEqual([]);
    expect(await host.weights()).toEqual({ "blue-1": 100, "green-1": 0 });
  });

  it("does not start empty when the journal is gone but the proxy serves", async () => {
    await hostWithFirstRelease();
    await host.kill("daemon");
    await host.loseJournal();
    const outcome = await host.run(["daemon"]);
    expect(outcome).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("missing, but the proxy gives traffic to blue-1") as string,
    });
    expect((await fetch(host.url)).status).toBe(200);
  });

  it("says what is wrong with its journal instead of starting empty", async () => {
    await hostWithFirstRelease();
    await host.kill("daemon");
    await host.damageJournal();
    expect(await host.run(["daemon"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("journal.json: not JSON") as string,
    });
    expect((await fetch(host.url)).status).toBe(200);
  });

  it("knows its usage", async () => {
    host = await TestHost.start();
    expect(await host.run(["nonsense"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("usage:") as string,
    });
    expect(await host.run(["guard"], { slot: "red" })).toMatchObject({
      code: 1,
      stderr: 'stdin.slot: got "red"; allowed blue, green. Fix: correct it and run again\n',
    });
    expect((await host.run(["status"])).stdout).toContain("live     none");
  });
});
