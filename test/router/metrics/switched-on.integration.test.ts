import { once } from "node:events";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, afterEach, expect, it } from "vitest";
import { missedOf } from "../../../router/metrics/request-counts.ts";
import { RequestMeter } from "../../../router/metrics/request-meter.ts";
import { placeSocket } from "../../../router/paths.ts";
import { ClosedLoop } from "../../support/load/closed-loop.ts";
import { TestHost } from "../support/host.ts";
import { release } from "../support/samples.ts";
import { until } from "../support/until.ts";

/** More than are needed to say that something is missing. */
const fewestLooks = 25;
/** Longer than it takes until all is on the disk, in ms. */
const savedAfterMs = 1_200;

let host: TestHost;
let state = "";
const meters: RequestMeter[] = [];

/** A proxy that has served for long, more than its log still has. */
beforeAll(async () => {
  host = await TestHost.start();
  await host.guard("blue", release("1.0.0"));
  await host.place("blue", release("1.0.0"));
  expect(await host.promote("blue", release("1.0.0"))).toMatchObject({ code: 0 });
  const load = new ClosedLoop({ url: host.url, workers: 16, pauseMs: 0 });
  await until("the requests", () => load.requests >= 6_000, 60_000);
  expect(await load.stop()).toMatchObject({ failed: 0 });
}, 90_000);
beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), "slipway-counts-"));
});
afterEach(async () => {
  for (const meter of meters.splice(0)) meter.stop();
  await rm(state, { recursive: true });
});
afterAll(async () => {
  await host.stop();
});

/** @param runFolder where controller and proxy meet */
async function begin(runFolder = host.runFolder): Promise<RequestMeter> {
  const meter = await RequestMeter.open({ runFolder, stateFolder: state, log: () => undefined });
  meters.push(meter);
  return meter;
}

const reads = (meter: RequestMeter) =>
  until("its log", async () => {
    await meter.look();
    return meter.reading === 1;
  });

async function missed(meter: RequestMeter): Promise<number> {
  const end = performance.now() + savedAfterMs;
  for (let looks = 0; looks < fewestLooks || performance.now() < end; looks++) await meter.look();
  return missedOf(meter.counted);
}

/** A stream by the controller's own way in, by which an update asks who answers. */
async function askedByController(): Promise<{ readonly close: () => void }> {
  const socketPath = placeSocket(host.runFolder, 1, "answer");
  const call = request({ socketPath, path: "/events", headers: { accept: "text/event-stream" } }).end();
  call.on("error", () => undefined);
  await once(call, "response");
  return { close: () => call.destroy() };
}

const openInProxy = async () =>
  /^service,BACKEND,\d+,\d+,(\d+),/m.exec(await host.tamper("show stat service 2 -1"))?.[1];

it("counting begins while an update asks who answers: nothing that was before is missed", async () => {
  const asked = [await askedByController(), await askedByController()];
  const meter = await begin();
  await reads(meter);
  expect(await missed(meter)).toBe(0);
  for (const each of asked) each.close();
  await until("no stream", async () => (await openInProxy()) === "0");
  expect(await missed(meter)).toBe(0);
});

it("counting begins and the controller is killed at once: nothing that was before is missed", async () => {
  const killed = await begin();
  await until("what it has counted on the disk", async () => {
    await killed.look();
    return killed.counted.totals.blue.requests > 0;
  });
  killed.stop();
  const meter = await begin();
  await reads(meter);
  expect(await missed(meter)).toBe(0);
});

it("counting begins while the proxy can't be asked: nothing that was before is missed", async () => {
  const later = join(state, "run");
  const meter = await begin(later);
  await meter.look();
  await symlink(host.runFolder, later);
  await reads(meter);
  expect(await missed(meter)).toBe(0);
});
