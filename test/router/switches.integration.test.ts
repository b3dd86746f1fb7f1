import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { switches } from "../support/run/knobs.ts";
import { TestHost } from "./support/host.ts";
import { startLoadProcess } from "../support/load/steady-process.ts";
import { release } from "./support/samples.ts";

const wanted = switches();
const requests = 10_000 * wanted;
/** Requests per second. */
const rate = 1_000;
/** A little longer than they take: the load has to start first. */
const runMs = (1.02 * requests * 1_000) / rate;
/** Of 200 handlers one takes 5 s, one 1 s, and the others 5 ms. */
const handlerMs = [5_000, 1_000, ...Array.from({ length: 198 }, () => 5)];

// bench/switches.ts also measures how long each request takes.
describe("switches under load", () => {
  let host: TestHost;
  beforeAll(async () => {
    host = await TestHost.start({ profile: { steps: [100], previewSeconds: 0, pauseSeconds: 0, watchSeconds: 0.3 } });
    await host.release("blue", release("1.0.0"));
    await host.release("green", release("1.1.0"));
  });
  afterAll(() => host.stop());

  it(`${wanted} switches under ${rate} requests/s drop none of ${requests}`, { timeout: runMs + 80_000 }, async () => {
    const began = Date.now();
    const stopLoad = startLoadProcess({ url: `${host.url}/work`, rate, handlerMs });
    const endOfPart = async (part: number) => {
      const left = began + (part * runMs) / (wanted + 1) - Date.now();
      await new Promise((resolve) => setTimeout(resolve, left));
    };
    for (let done = 0; done < wanted; done++) {
      await endOfPart(done + 1);
      const { code, stderr } = await host.switchBack();
      expect(code, stderr).toBe(0);
    }
    await endOfPart(wanted + 1);
    const samples = await stopLoad();
    const count = (version: string) => samples.filter((sample) => sample.version === version).length;
    expect(samples.filter(({ problem }) => problem !== "")).toEqual([]);
    expect(samples.length).toBeGreaterThanOrEqual(requests);
    expect(count("1.0.0")).toBeGreaterThan(requests / 4);
    expect(count("1.1.0")).toBeGreaterThan(requests / 4);
  });
});
