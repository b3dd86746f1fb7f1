import { afterEach, describe, expect, it } from "vitest";
import type { ControllerConfig } from "../../router/controller-config.ts";
import type { Release } from "../../router/ledger.ts";
import { TestHost } from "./support/host.ts";
import { until } from "./support/until.ts";
import { ClosedLoop } from "../support/load/closed-loop.ts";
import type { Replica } from "./support/replica.ts";
import { release } from "./support/samples.ts";
import { WeightWatch } from "./support/weight-watch.ts";

const v1 = release("1.0.0", 3);
const v2 = release("1.1.0", 3);
const old = { "blue-1": 100, "blue-2": 100, "blue-3": 100 };
/** What a client without a pause between its requests sees as one: a rejected release may cost its requests, and no more. */
const profile = { steps: [100], previewSeconds: 0, pauseSeconds: 0.3, watchSeconds: 0.3 };

let host: TestHost;
let load: ClosedLoop;
let watch: WeightWatch;
afterEach(async ({ task }) => {
  if (task.result?.state === "fail") process.stderr.write(`${host.log}\n`);
  await watch.stop();
  await load.stop();
  await host.stop();
});

/** A release is live in blue, is asked without a pause, and its weights are looked at all the time. */
async function rolling(live: Release, change: Partial<ControllerConfig> = {}): Promise<void> {
  host = await TestHost.start({ strategy: "rolling", maxReplicas: 4, profile, ...change });
  await host.guard("blue", live);
  await host.place("blue", live);
  expect(await host.promote("blue", live)).toMatchObject({ code: 0, stderr: "" });
  load = new ClosedLoop({ url: host.url });
  watch = new WeightWatch(host);
}

/** The next release in green, with its replicas as the test wants them. */
async function next(wanted: Release, prepare: (replicas: Replica[]) => unknown = () => undefined) {
  expect((await host.guard("green", wanted)).code).toBe(0);
  prepare(await host.place("green", wanted));
  return host.promote("green", wanted);
}

function rested(wanted: readonly string[]): void {
  expect(watch.rests(wanted)).toEqual(wanted);
}

describe("a rolling release of 3 replicas", () => {
  it("takes one replica at a time, and drops no request", async () => {
    await rolling(v1);
    const outcome = await next(v2);
    expect(outcome).toMatchObject({ code: 0, stderr: "" });
    const judged = (share: string) =>
      expect.stringMatching(`^${share} → green: 0 errors of \\d+ requests, p50`) as string;
    expect(outcome.stdout.trimEnd().split("\n")).toEqual([
      "rollout 2: 1.1.0-aaaa → green, replica by replica",
      "waiting for health of green-1 (at most 1 s by slipway:health.gateSeconds)",
      "1 of 3 replicas (33 %) → green",
      judged("1 of 3 replicas \\(33 %\\)"),
      "2 of 3 replicas (67 %) → green",
      judged("2 of 3 replicas \\(67 %\\)"),
      "3 of 3 replicas (100 %) → green",
      judged("3 of 3 replicas \\(100 %\\)"),
      "promoted: green is live (1.1.0-aaaa), blue stays warm (1.0.0-aaaa)",
    ]);
    await watch.stop();
    rested(["blue 123", "blue 12 green 1", "blue 1 green 12", "green 123"]);
    expect(watch.fewest).toBeGreaterThanOrEqual(3);
    await load.stop();
    expect(load.failures).toEqual([]);
    expect(load.answers["1.1.0"]).toBeGreaterThan(100);
    expect(await host.weights()).toEqual({
      ...{ "blue-1": 0, "blue-2": 0, "blue-3": 0 },
      ...{ "green-1": 100, "green-2": 100, "green-3": 100 },
    });
  });

  it("goes back by itself when the second replica answers with errors", async () => {
    await rolling(v1, { profile: { ...profile, pauseSeconds: 5 } });
    const promotion = next(v2, ([, two]) => Object.assign(two ?? {}, { status: 500 }));
    await until("the first", async () => (await host.ledger()).running?.step === 0);
    await host.run(["promote-now"]);
    const outcome = await promotion;
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toMatch(/rejected, got \d+ errors of .*; allowed 10 %; live stays blue/);
    expect(outcome.stdout).not.toContain("3 of 3 replicas");
    await watch.stop();
    expect(watch.fewest).toBeGreaterThanOrEqual(3);
    rested(["blue 123", "blue 12 green 1", "blue 1 green 12", "blue 123"]);
    expect(await host.weights()).toEqual(old);
    await load.stop();
    expect(load.failures.length).toBeLessThan(load.total / 5);
  });

  it("goes back by itself when the second replica never gets healthy, which never has traffic", async () => {
    await rolling(v1);
    let two: Replica | undefined;
    const outcome = await next(v2, (replicas) => {
      two = replicas[1];
      Object.assign(two ?? {}, { isHealthy: false });
    });
    expect(outcome.stderr).toBe(
      "release 1.1.0-aaaa: rejected, green-2 was not healthy within 1 s, got status 503 (if it is only slow: raise slipway:health.gateSeconds); live stays blue (1.0.0-aaaa). " +
        "Fix: slipway logs --slot green says more; correct the release and run pulumi up again\n",
    );
    await watch.stop();
    rested(["blue 123", "blue 12 green 1", "blue 123"]);
    expect(two?.answered).toBe(0);
    await load.stop();
    expect(load.failures).toEqual([]);
  });

  it("judges those that have traffic while the next one is waited for", async () => {
    await rolling(v1, { health: { path: "/health", intervalMs: 100, timeoutMs: 1000, gateSeconds: 25 } });
    let one: Replica | undefined;
    const promotion = next(v2, (replicas) => {
      one = replicas[0];
      for (const replica of replicas.slice(1)) replica.isHealthy = false;
    });
    await until("the first", async () => (await host.ledger()).running?.step === 0);
    await until("some good answers", () => (one?.answered ?? 0) > 200);
    Object.assign(one ?? {}, { status: 500 });
    expect((await promotion).stderr).toMatch(/rejected, got \d+ errors of /);
    expect(await host.weights()).toEqual(old);
  });

  it("is carried on by the next controller after kill -9", async () => {
    await rolling(v1, { profile: { ...profile, pauseSeconds: 1 } });
    const promotion = next(v2);
    await until("the second", async () => (await host.ledger()).running?.step === 1);
    await host.kill("daemon");
    expect((await promotion).code).toBe(3);
    await host.startDaemon();
    const joined = await host.promote("green", v2, 2);
    expect(joined).toMatchObject({ code: 0, stderr: "" });
    expect(joined.stdout).toMatch(/^rollout 2: carried on, move at 2 of 3 replicas \(67 %\)\n/);
    await watch.stop();
    rested(["blue 123", "blue 12 green 1", "blue 1 green 12", "green 123"]);
    await load.stop();
    expect(load.failures).toEqual([]);
  });
});

describe("a rolling release of another width", () => {
  it.each([
    [2, 4, 2, ["blue 12", "blue 12 green 1", "blue 12 green 12", "blue 1 green 123", "green 1234"]],
    [4, 2, 2, ["blue 1234", "blue 123 green 1", "blue 12 green 12", "blue 1 green 12", "green 12"]],
    [1, 1, 1, ["blue 1", "green 1"]],
  ])("%i → %i replicas: never fewer than %i", async (from, to, fewest, rests) => {
    await rolling(release("1.0.0", from));
    expect(await next(release("1.1.0", to))).toMatchObject({ code: 0, stderr: "" });
    await watch.stop();
    rested(rests);
    expect(watch.fewest).toBeGreaterThanOrEqual(fewest);
    await load.stop();
    expect(load.failures).toEqual([]);
  });
});

describe("users who keep cookies", () => {
  it("stay in their slot, on replicas that have traffic", async () => {
    await rolling(v1, { profile: { ...profile, pauseSeconds: 60 } });
    void next(v2);
    await until("the first", async () => (await host.ledger()).running?.step === 0);
    const visit = async (cookie = "") => {
      const { headers } = await fetch(`${host.url}/work`, { headers: { cookie } });
      return { slot: headers.get("x-slipway-slot"), cookie: headers.getSetCookie()[0]?.split(";")[0] ?? "" };
    };
    const users = await Promise.all(Array.from({ length: 100 }, () => visit()));
    for (const { slot, cookie } of users) {
      expect(slot).toBe(Number(/=2-(\d+)-/.exec(cookie)?.[1]) < 33 ? "green" : "blue");
    }
    await load.stop();
    // Blue's third replica answered before it lost its weight.
    const before = host.answered("blue", 3);
    for (const { slot, cookie } of users) expect(await visit(cookie)).toEqual({ slot, cookie: "" });
    expect(host.answered("blue", 3)).toBe(before);
    expect(host.answered("green", 2)).toBe(0);
    await host.run(["abort"]);
  });
});
