import { afterEach, describe, expect, it } from "vitest";
import { TestHost } from "./support/host.ts";
import { until } from "./support/until.ts";
import { ClosedLoop } from "../support/load/closed-loop.ts";
import { release } from "./support/samples.ts";

const v1 = release("1.0.0");
const v2 = release("1.1.0");

let host: TestHost;
afterEach(async ({ task }) => {
  if (task.result?.state === "fail") process.stderr.write(`${host.log}\n`);
  await host.stop();
});

/** A host on which 1.0.0 is live in blue, and 1.1.0 is guarded and placed in green. */
async function hostBeforeRelease(change: Parameters<typeof TestHost.start>[0] = {}): Promise<TestHost> {
  host = await TestHost.start(change);
  await host.guard("blue", v1);
  await host.place("blue", v1);
  expect(await host.promote("blue", v1)).toMatchObject({ code: 0 });
  await host.guard("green", v2);
  await host.place("green", v2);
  return host;
}
const isSteady = { profile: { steps: [50, 100], previewSeconds: 0, pauseSeconds: 60, watchSeconds: 60 } };
const at50 = () => until("50 %", async () => (await host.ledger()).running?.percent === 50);
const more = async (load: ClosedLoop, count = 100) => {
  const before = load.total;
  await until("more traffic", () => load.total > before + count);
};

describe("live fall-back", () => {
  it("costs what was on its way when live dies, and no more, is reported, and ends when live is back", async () => {
    await hostBeforeRelease();
    expect((await host.promote("green", v2)).code).toBe(0);
    const load = new ClosedLoop({ url: host.url });
    await more(load);
    await host.killSlot("green");
    await more(load, 300);
    await until("the report", async () => (await host.status()).fallback?.slot === "blue");
    expect((await host.run(["status"])).stdout).toContain("fallback blue answers in live's place since");
    // The journal stays true: green is live, and what it was told.
    expect(await host.ledger()).toMatchObject({ live: "green", running: null });
    expect(await host.weights()).toEqual({ "blue-1": 0, "green-1": 100 });
    await host.place("green", v2);
    await until("green", async () => (await host.status()).fallback === null);
    await load.stop();
    // Eight workers send one at a time, and nothing that was sent is sent again: it might kill the standby too.
    expect(load.failures.length).toBeLessThanOrEqual(8);
    expect(load.slowestMs).toBeLessThan(1000);
    expect(host.log).toMatch(/fall-back: green does not answer, blue answers in its place/);
    expect(host.log).toMatch(/fall-back: over after [\d.]+ s, blue answered [1-9]\d* requests in green's place/);
  });
});

describe("live without a standby", () => {
  it("is tried all the same when a lost connection took it out, and a 503 with a reason is the answer only if it is dead", async () => {
    // Not checked again for three seconds.
    await hostBeforeRelease({ health: { path: "/health", intervalMs: 3000, timeoutMs: 1000, gateSeconds: 1 } });
    await host.tamper("set server service/blue-1 health down");
    expect(await host.tamper("show stat service 4 -1")).toMatch(/^service,blue-1,.*,DOWN,/m);
    for (let n = 0; n < 20; n++) expect((await fetch(host.url)).status).toBe(200);
    await host.killSlot("blue");
    const answer = await fetch(host.url);
    expect([answer.status, await answer.text()]).toEqual([
      503,
      "no slot can serve: nothing was released yet, or the live slot is down",
    ]);
  });
});

describe("the way back", () => {
  it("leaves the traffic where it is served while the old slot is down", async () => {
    await hostBeforeRelease({
      ...isSteady,
      health: { path: "/health", intervalMs: 100, timeoutMs: 1000, gateSeconds: 60 },
    });
    const promotion = host.promote("green", v2);
    await at50();
    const load = new ClosedLoop({ url: host.url });
    await more(load);
    await host.killSlot("blue");
    const rollback = host.run(["rollback"]);
    await until("the way back", async () => (await host.ledger()).running?.phase === "return");
    await more(load, 200);
    expect((await host.ledger()).running?.phase).toBe("return");
    await host.place("blue", v1);
    expect(await rollback).toMatchObject({ code: 0 });
    const outcome = await promotion;
    expect(outcome.stdout).toContain("blue is down: green serves on until it is back (waiting at most 60 s)");
    expect(outcome.code).toBe(1);
    load.answers["1.1.0"] = 0;
    await more(load);
    await load.stop();
    expect(load.answers["1.1.0"]).toBeLessThan(5);
    expect(load.failures.length).toBeLessThanOrEqual(8);
    expect(await host.ledger()).toMatchObject({ live: "blue", slots: { green: { state: "preparing" } } });
  });

  it("keeps the new slot as a lifeline when the old one does not come back, and protects it", async () => {
    await hostBeforeRelease(isSteady);
    const promotion = host.promote("green", v2);
    await at50();
    const load = new ClosedLoop({ url: host.url });
    await host.killSlot("blue");
    expect((await host.run(["rollback"])).code).toBe(0);
    expect((await promotion).stderr).toContain("; blue is down, so green serves on until it is back; live stays blue");
    expect(await host.ledger()).toMatchObject({
      live: "blue",
      slots: { green: { state: "preparing", lifeline: 1 } },
    });
    await more(load, 200);
    expect((await host.guard("green", v1)).stderr).toContain(
      "slot green: is the only one that answers, live blue is down; allowed to replace it only while live is up",
    );
    await host.place("blue", v1);
    await until("the end of the lifeline", async () => !(await host.ledger()).slots.green.lifeline);
    await more(load);
    await load.stop();
    expect(load.failures.length).toBeLessThanOrEqual(8);
    expect(await host.weights()).toEqual({ "blue-1": 100 });
    expect((await host.guard("green", v1)).code).toBe(0);
  });
});
