import { afterEach, describe, expect, it } from "vitest";
import { otherPlace, type Place } from "../../router/ledger.ts";
import { TestHost } from "./support/host.ts";
import { until } from "./support/until.ts";
import { ClosedLoop } from "../support/load/closed-loop.ts";
import { release } from "./support/samples.ts";
import { Stream } from "./support/stream.ts";

const v1 = release("1.0.0");
const v2 = release("1.1.0");

let host: TestHost;
afterEach(async ({ task }) => {
  if (task.result?.state === "fail") process.stderr.write(`${host.log}\n`);
  await host.stop();
});

/** 1.0.0 is live in blue, and 1.1.0 was live in green. */
async function start(): Promise<void> {
  host = await TestHost.start({
    health: { path: "/health", intervalMs: 100, timeoutMs: 1000, gateSeconds: 4 },
    profile: { steps: [100], previewSeconds: 0, pauseSeconds: 0, watchSeconds: 0 },
  });
  await host.guard("blue", v1);
  await host.place("blue", v1);
  expect(await host.promote("blue", v1)).toMatchObject({ code: 0 });
  expect(await host.release("green", v2)).toMatchObject({ code: 0 });
  expect(await host.promote("blue", v1)).toMatchObject({ code: 0 });
}

const switchTo = (place: Place) => host.run(["switch-proxy"], { place, id: `id-${place}` });
const more = async (load: ClosedLoop, count = 200) => {
  const before = load.total;
  await until("more traffic", () => load.total > before + count);
};
const frontendOf = async (place: Place) => host.tamper("show stat public 1 -1", place);

describe("an upgrade of the proxy", () => {
  it("refuses no connection, five times, nor do new controllers; streams live on", { timeout: 90_000 }, async () => {
    await start();
    const load = new ClosedLoop({ url: host.url });
    const streams = [new Stream(host.url, "events"), new Stream(host.url, "websocket")];
    await until("the streams", () => streams.every(({ beats }) => beats > 0));
    let serving: Place = 1;
    for (let turn = 0; turn < 5; turn++) {
      const next = otherPlace(serving);
      // What Pulumi does: the place that does not serve gets another container.
      expect((await host.run(["guard-proxy"], { place: next, id: "new" })).code).toBe(0);
      if (turn < 1) host.placeProxy(next);
      else {
        const beats = streams.map((stream) => stream.beats);
        const gone = host.stopProxy(next);
        if (turn === 1) {
          await until("more beats", () => streams.every((stream, index) => stream.beats > (beats[index] ?? 0) + 3));
          expect(streams.filter(({ isCut }) => isCut)).toEqual([]);
          for (const stream of streams) stream.close();
        }
        await gone;
        host.placeProxy(next);
      }
      expect(await switchTo(next)).toMatchObject({ code: 0, stdout: expect.stringContaining("serves") as string });
      expect(await host.ledger()).toMatchObject({ proxy: { place: next, id: `id-${next}` } });
      await more(load);
      expect((await host.run(["guard-proxy"], { place: next, id: "new" })).code).toBe(1);
      expect(await frontendOf(serving)).not.toContain("OPEN");
      await host.kill("daemon");
      await more(load);
      await host.startDaemon();
      serving = next;
    }
    // Whoever serves does what the journal says.
    expect((await host.run(["rollback"])).code).toBe(0);
    expect(await host.weights()).toEqual({ "blue-1": 0, "green-1": 100 });
    const { "1.1.0": before = 0 } = load.answers;
    await until("traffic in green", () => (load.answers["1.1.0"] ?? 0) > before + 100);
    await load.stop();
    expect(load.failures).toEqual([]);
  });

  it("that does not come up leaves the old one serving, and the other place empty", async () => {
    await start();
    const load = new ClosedLoop({ url: host.url });
    const { code, stderr } = await switchTo(2);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^proxy in place 2: can't take over, got .+; the one in place 1 serves on\. Fix: /);
    expect((await host.ledger()).proxy).toBe(null);
    host.placeProxy(2);
    await more(load);
    await expect(frontendOf(2)).rejects.toThrow("ENOENT");
    await load.stop();
    expect(load.failures).toEqual([]);
  });

  it("that is cut off by a crash of the controller goes back, and forward when it is asked for again", async () => {
    await start();
    const load = new ClosedLoop({ url: host.url });
    // Green is live nowhere: a live slot that nobody sees healthy keeps the handover waiting.
    await host.killSlot("blue");
    host.placeProxy(2);
    const cut = switchTo(2);
    await until("both", async () => (await frontendOf(2)).includes("OPEN"));
    await host.kill("daemon");
    expect((await cut).code).not.toBe(0);
    await host.place("blue", v1);
    await host.startDaemon();
    await until("the door of the new one", async () => !(await frontendOf(2)).includes("OPEN"));
    expect(await frontendOf(1)).toContain("OPEN");
    await more(load);
    await host.stopProxy(2);
    host.placeProxy(2);
    expect((await switchTo(2)).code).toBe(0);
    await more(load);
    await load.stop();
    // Blue was down for a while, and green answered: no safe request is lost.
    expect(load.failures.filter(({ method }) => method === "GET")).toEqual([]);
  });
});
