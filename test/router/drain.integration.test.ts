import { afterEach, describe, expect, it } from "vitest";
import { otherSlot, type Slot } from "../../router/ledger.ts";
import { TestHost } from "./support/host.ts";
import { until } from "./support/until.ts";
import { release } from "./support/samples.ts";
import { Stream } from "./support/stream.ts";

let host: TestHost;
afterEach(async ({ task }) => {
  if (task.result?.state === "fail") process.stderr.write(`${host.log}\n`);
  await host.stop();
});

const next = (slot: Slot, n: number) => ({ slot: otherSlot(slot), release: release(`1.${n}.0`) });

describe("streams", () => {
  it(
    "live on, 60 of 60, over five switches and a reload, and a slot is put away only when they are gone",
    { timeout: 90_000 },
    async () => {
      host = await TestHost.start({ profile: { steps: [100], previewSeconds: 0, pauseSeconds: 0, watchSeconds: 0 } });
      const v0 = release("1.0.0");
      await host.guard("blue", v0);
      await Promise.all([host.place("blue", v0), host.place("green", v0)]);
      expect(await host.promote("blue", v0)).toMatchObject({ code: 0 });
      const streams: Stream[] = [];
      const open = async () => {
        for (let n = 0; n < 5; n++) streams.push(new Stream(host.url, "events"), new Stream(host.url, "websocket"));
        await until("the streams", () => streams.every(({ beats }) => beats > 0));
      };
      await open();
      let live: Slot = "blue";
      for (let n = 1; n <= 5; n++) {
        live = otherSlot(live);
        expect(await host.promote(live, v0)).toMatchObject({ code: 0 });
        await open();
      }
      await host.kill("daemon");
      await host.configure({ health: { ...host.config.health, intervalMs: 150 } });
      await host.startDaemon();
      await until("the reload", async () =>
        (await host.tamper("show info")).includes(`slipway-${await host.tagOnDisk()}`),
      );
      const before = streams.map(({ beats }) => beats);
      await until("more beats", () => streams.every(({ beats }, index) => beats > (before[index] ?? 0) + 3));
      expect(streams.filter(({ isCut }) => isCut)).toEqual([]);

      const { slot, release: wanted } = next(live, 1);
      const guarding = host.guard(slot, wanted);
      let isOver = false;
      void guarding.then(() => (isOver = true));
      await until("the wait", () => host.waits.some((line) => line.includes("waiting for 30 requests or streams")));
      expect(isOver).toBe(false);
      expect((await host.ledger()).slots[slot].state).toBe("holds");
      for (const stream of streams) stream.close();
      expect(await guarding).toMatchObject({ code: 0, stdout: expect.stringContaining("may be replaced") as string });
      expect((await host.ledger()).slots[slot].state).toBe("preparing");
    },
  );

  it("keep nobody waiting where the next release has a row of addresses of its own", async () => {
    host = await TestHost.start({ profile: { steps: [100], previewSeconds: 0, pauseSeconds: 0, watchSeconds: 0 } });
    const v0 = release("1.0.0");
    await host.guard("blue", v0);
    await Promise.all([host.place("blue", v0), host.place("green", v0)]);
    expect(await host.promote("blue", v0)).toMatchObject({ code: 0 });
    const streams = (["events", "websocket"] as const).map((kind) => new Stream(host.url, kind));
    await until("the streams", () => streams.every(({ beats }) => beats > 0));
    expect(await host.promote("green", v0)).toMatchObject({ code: 0 });

    const next = { ...release("1.1.0"), row: 2 as const };
    expect(await host.guard("blue", next)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("blue: out of the proxy, which lets what it has there end") as string,
    });
    await host.place("blue", next);
    expect(await host.promote("blue", next)).toMatchObject({ code: 0 });
    expect((await fetch(host.url)).headers.get("x-slipway-version")).toBe("1.1.0");
    expect(host.waits.join("")).not.toContain("requests or streams");
    expect(host.log).not.toContain("reloading it");
    const before = streams.map(({ beats }) => beats);
    await until("more beats", () => streams.every(({ beats }, index) => beats > (before[index] ?? 0) + 3));
    expect(streams.filter(({ isCut }) => isCut)).toEqual([]);
    for (const stream of streams) stream.close();
  });

  it("are cut with the slot at the deadline, which is said", async () => {
    host = await TestHost.start({
      profile: { steps: [100], previewSeconds: 0, pauseSeconds: 0, watchSeconds: 0 },
      drainSeconds: 2,
    });
    const v0 = release("1.0.0");
    await host.guard("blue", v0);
    await Promise.all([host.place("blue", v0), host.place("green", v0)]);
    expect(await host.promote("blue", v0)).toMatchObject({ code: 0 });
    const stream = new Stream(host.url, "websocket");
    await until("the stream", () => stream.beats > 0);
    expect(await host.promote("green", v0)).toMatchObject({ code: 0 });
    const { code, stdout } = await host.guard("blue", release("1.1.0"));
    expect(code).toBe(0);
    expect(stdout).toContain("blue: 1 requests or streams did not end within 2 s, and are cut with it");
    // The proxy does not cut: the containers do, when they are replaced.
    const { beats } = stream;
    await until("more beats", () => stream.beats > beats + 3);
    stream.close();
  });
});
