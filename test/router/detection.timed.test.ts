import { afterEach, describe, expect, it } from "vitest";
import type { ControllerConfig } from "../../router/controller-config.ts";
import { every, faultKinds } from "./support/fault-kinds.ts";
import { TestHost, type Outcome } from "./support/host.ts";
import { until } from "./support/until.ts";
import { ClosedLoop } from "../support/load/closed-loop.ts";
import type { Replica } from "./support/replica.ts";
import { release } from "./support/samples.ts";

const v1 = release("1.0.0");
const v2 = release("1.1.0");
/** Some 70 requests/s. */
const seventy = (url: string) => new ClosedLoop({ url, pauseMs: 110, timeoutMs: 10_000 });

let host: TestHost;
let load: ClosedLoop;
afterEach(async ({ task }) => {
  if (task.result?.state === "fail") process.stderr.write(`${host.log}\n`);
  await load.stop();
  await host.stop();
});

interface Scene {
  readonly blue: Replica;
  readonly green: Replica;
  readonly promotion: Promise<Outcome>;
}

/** A release that is live under load, and the next one, not yet promoted; checks every 500 ms, as by default. */
async function releases(change: Partial<ControllerConfig>): Promise<Omit<Scene, "promotion">> {
  host = await TestHost.start({
    health: { path: "/health", intervalMs: 500, timeoutMs: 2000, gateSeconds: 10 },
    ...change,
  });
  await host.guard("blue", v1);
  const [blue] = await host.place("blue", v1);
  expect(await host.promote("blue", v1)).toMatchObject({ code: 0 });
  await host.guard("green", v2);
  const [green] = await host.place("green", v2);
  if (!blue || !green) throw new Error("needs two replicas");
  load = seventy(host.url);
  return { blue, green };
}

/** A rollout on its way that has reached a share and would stay there for a minute. */
async function rolloutAt(percent: number, change: Partial<ControllerConfig> = {}): Promise<Scene> {
  const steps = percent === 100 ? [100] : [percent, 100];
  const profile = { steps, previewSeconds: 0, pauseSeconds: 60, watchSeconds: 60 };
  const { blue, green } = await releases({ profile, ...change });
  const promotion = host.promote("green", v2);
  await until(`${percent} %`, async () => (await host.ledger()).running?.percent === percent);
  await until("traffic", () => (load.answers["1.1.0"] ?? 0) > 20);
  return { blue, green, promotion };
}

// How long each takes is measured by bench/detection.ts.
describe("a release that turns bad in its watch is given no more traffic, and rejected", () => {
  it.each(faultKinds.filter(({ onsetMs }) => onsetMs === undefined))("$name", async ({ spoil }) => {
    const verdict = { maxErrorRatePercent: 10, maxResponseMs: 500, minRequests: 20, sharedSeconds: 60 };
    const { green, promotion } = await rolloutAt(100, { verdict });
    spoil(green);
    await host.withoutWeight("green");
    expect((await promotion).code).toBe(1);
    await load.stop();
    expect(await host.ledger()).toMatchObject({ live: "blue", last: { result: "rejected" } });
  });
});

// A watch that is over before the first answer could be too late.
describe("a release that hangs in a rollout shorter than an answer may take", () => {
  const verdict = { maxErrorRatePercent: 10, maxResponseMs: 3000, minRequests: 20, sharedSeconds: 60 };
  const profile = { steps: [10, 100], previewSeconds: 0, pauseSeconds: 0, watchSeconds: 1 };

  it("is not promoted for its health alone", async () => {
    const { green } = await releases({ profile, verdict });
    green.fault = () => "hang";
    expect((await host.promote("green", v2)).stderr).toMatch(/rejected, got \d+ answers slower than 3000 ms of/);
    expect(host.log).toMatch(/100 %: \d+ requests? (has|have) no answer yet, waiting for it \(at most \d+ s\)/);
    expect(await host.ledger()).toMatchObject({ live: "blue" });
  });

  it("nor where it answered well before", async () => {
    const { green } = await releases({ profile, verdict });
    every(2, "hang")(green);
    expect((await host.promote("green", v2)).stderr).toMatch(/rejected, got \d+ answers slower than 3000 ms of/);
  });

  it.each([
    ["is patient", 10_000],
    ["gives up before its answer is too late", 1500],
  ])("nor where the only client %s", async (_, timeoutMs) => {
    const { green } = await releases({ profile: { ...profile, steps: [50, 100] }, verdict });
    green.fault = () => "hang";
    await load.stop();
    load = new ClosedLoop({ url: host.url, pauseMs: 300, timeoutMs, workers: 1 });
    expect((await host.promote("green", v2)).stderr).toMatch(
      /rejected, got no answer to (the only request|any of \d requests)/,
    );
  });

  // A release that hung before may still hold them, aside, on live's servers.
  it("nor for what hangs in live since before", async () => {
    const { blue, green } = await releases({ profile: { ...profile, steps: [50, 100] }, verdict });
    let hung = 0;
    blue.fault = () => (hung < 4 && hung++ < 4 ? "hang" : null);
    await until("requests that hang", () => hung === 4);
    green.fault = () => "hang";
    expect((await host.promote("green", v2)).stderr).toMatch(/rejected, got /);
    expect(host.log).not.toContain("fails alike");
  });

  it("but one that is only slower than the watch is", async () => {
    const { green } = await releases({ profile, verdict });
    green.delayMs = 1500;
    expect(await host.promote("green", v2)).toMatchObject({ code: 0 });
  });
});

describe("a release that is no worse than allowed", () => {
  it("stays with 10.0 % errors", async () => {
    const { green, promotion } = await rolloutAt(100, {
      profile: { steps: [100], previewSeconds: 0, pauseSeconds: 0, watchSeconds: 3 },
    });
    every(10, 500)(green);
    expect(await promotion).toMatchObject({ code: 0 });
    expect(load.failures.length).toBeGreaterThan(10);
  });
});

describe("a fault that both slots show", () => {
  it("holds the share, and goes on when it is over", async () => {
    const { blue, green, promotion } = await rolloutAt(50);
    for (const replica of [blue, green]) replica.status = 500;
    await until("the hold", () => host.log.includes("blue fails alike: holding at 50 % (at most 60 s)"));
    for (const replica of [blue, green]) replica.status = 200;
    await until("the end of the hold", () => host.log.includes("both slots are well again: going on"));
    expect(await host.ledger()).toMatchObject({ running: { phase: "move", percent: 50 } });
    expect((await host.run(["rollback"])).code).toBe(0);
    expect((await promotion).code).toBe(1);
  });

  it("is no excuse once the old slot is well again", async () => {
    const { blue, green, promotion } = await rolloutAt(50);
    for (const replica of [blue, green]) replica.status = 500;
    await until("the hold", () => host.log.includes("blue fails alike"));
    blue.status = 200;
    expect((await promotion).stderr).toMatch(/rejected, got \d+ errors of/);
  });

  it("is waited out for so long, then rejected as what it is", async () => {
    const verdict = { maxErrorRatePercent: 10, maxResponseMs: 5000, minRequests: 20, sharedSeconds: 1 };
    const { blue, green, promotion } = await rolloutAt(50, { verdict });
    for (const replica of [blue, green]) replica.status = 500;
    expect((await promotion).stderr).toContain(
      "; blue failed alike, for more than 1 s in all: not the release's own fault, as far as can be told; live stays blue",
    );
  });
});
