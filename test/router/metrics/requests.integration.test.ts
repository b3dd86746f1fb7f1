import { afterEach, describe, expect, it } from "vitest";
import { ClosedLoop } from "../../support/load/closed-loop.ts";
import { leasePorts } from "../../support/run/lease.ts";
import { TestHost } from "../support/host.ts";
import { Metrics } from "../support/metrics.ts";
import { release } from "../support/samples.ts";
import { Stream } from "../support/stream.ts";
import { until } from "../support/until.ts";

const v1 = release("1.0.0");
const v2 = release("1.1.0");

let host: TestHost;
let metrics: Metrics;
afterEach(async ({ task }) => {
  if (task.result?.state === "fail") process.stderr.write(`${host.log}\n`);
  await host.stop();
});

/** 1.0.0 is live in blue, and 1.1.0 was live in green. */
async function start(): Promise<void> {
  const at = { address: "127.0.0.1", port: await leasePorts() };
  metrics = new Metrics(at);
  host = await TestHost.start({
    metrics: at,
    health: { path: "/health", intervalMs: 100, timeoutMs: 1000, gateSeconds: 4 },
    profile: { steps: [50, 100], previewSeconds: 0, pauseSeconds: 0.05, watchSeconds: 0 },
  });
  await host.guard("blue", v1);
  await host.place("blue", v1);
  expect(await host.promote("blue", v1)).toMatchObject({ code: 0 });
  expect(await host.release("green", v2)).toMatchObject({ code: 0 });
  expect((await host.switchBack()).code).toBe(0);
}

const total = () => metrics.sum("slipway_requests_total");
const more = async (load: ClosedLoop, count = 150) => {
  const before = load.total;
  await until("more traffic", () => load.total > before + count);
};

describe("the counters of requests", () => {
  it(
    "equal what the clients sent, over 20 switches, 3 reloads, 2 upgrades of the proxy and 2 killed controllers",
    { timeout: 240_000 },
    async () => {
      await start();
      expect(await total()).toBe(0);
      const load = new ClosedLoop({ url: host.url, workers: 4 });
      const stream = new Stream(host.url, "events");
      await until("the stream", () => stream.beats > 0);
      const ended = () => host.log.match(/Former worker .* exited with code 0/g)?.length ?? 0;
      const reading = () => metrics.sum("slipway_request_log_reading");
      let switched = 0;
      const switches = async (count: number) => {
        for (const end = switched + count; switched < end; switched++) expect((await host.switchBack()).code).toBe(0);
      };
      for (const reloads of [1, 2, 3]) {
        await switches(6);
        // The third one with nobody killed just before.
        if (reloads < 3) {
          const before = await total();
          await host.kill("daemon");
          await more(load);
          await host.startDaemon();
          await until("the metrics", async () => (await total()) >= before);
          await until("a reader of each process", async () => (await reading()) === 1);
        }
        await host.reload();
        await more(load);
        if (reloads === 1) {
          // Its process has nothing else any more, and ends with it.
          stream.close();
        }
        await until("the end of the old process", () => ended() === reloads);
      }
      for (const place of [2, 1] as const) {
        await switches(1);
        if (place === 1) await host.stopProxy(place);
        host.placeProxy(place);
        expect((await host.run(["switch-proxy"], { place, id: `id-${place}` })).code).toBe(0);
        await more(load);
      }
      expect(switched).toBe(20);
      const { requests, failures } = await load.stop();
      expect(failures).toEqual([]);
      await until("all of them", async () => (await total()) > requests);
      const { "1.0.0": blue = 0, "1.1.0": green } = load.answers;
      expect(await metrics.by("slipway_requests_total", "slot")).toEqual({ blue: blue + 1, green, none: 0 });
      expect(await metrics.by("slipway_request_errors_total", "slot")).toEqual({ blue: 0, green: 0, none: 0 });
      expect(await metrics.sum("slipway_request_log_missed_total")).toBe(0);
      const digest = JSON.parse((await host.run(["digest"])).stdout) as { rollout: number }[];
      const { rollout } = await host.ledger();
      expect(digest.map((each) => each.rollout)).toEqual(Array.from({ length: rollout }, (_, index) => index + 1));
    },
  );

  it("say how many they have missed, when the log was faster than a controller that was away", async () => {
    await start();
    const ask = async (requests: number) => {
      const load = new ClosedLoop({ url: host.url, workers: 16, pauseMs: 0 });
      await until("the requests", () => load.requests >= requests, 60_000);
      return (await load.stop()).requests;
    };
    const before = await ask(50);
    await until("all of them", async () => (await total()) === before);
    await host.kill("daemon");
    // More than its memory holds.
    const away = await ask(6_000);
    await host.startDaemon();
    const missed = () => metrics.sum("slipway_request_log_missed_total");
    await until("what was missed", async () => (await missed()) > 0, 30_000);
    expect((await total()) + (await missed())).toBe(before + away);
    expect(await missed()).toBeLessThan(away);
  });
});
