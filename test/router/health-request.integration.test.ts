import { afterEach, expect, it } from "vitest";
import { ClosedLoop } from "../support/load/closed-loop.ts";
import { TestHost } from "./support/host.ts";
import type { HealthRequest } from "../../router/health-request.ts";
import { release } from "./support/samples.ts";
import { until } from "./support/until.ts";

const old = release("1.0.0");
const asked = {
  host: "api.example.test",
  headers: { "X-Forwarded-Proto": "https", "X-Probe": "a=b" },
  statuses: [204, 301],
};
const strict = { ...release("1.1.0"), health: asked };
const stricter = { ...release("1.2.0"), health: { ...asked, headers: { "X-Probe": "c" }, host: "www.example.test" } };

let host: TestHost;
let load: ClosedLoop | undefined;
afterEach(async ({ task }) => {
  if (task.result?.state === "fail") process.stderr.write(`${host.log}\n`);
  await load?.stop();
  load = undefined;
  await host.stop();
});

/** As an update does it: the proxy runs the new configuration before the standby is put away. */
async function configure(request: HealthRequest): Promise<void> {
  await host.kill("daemon");
  await host.configure({ health: { ...host.config.health, request } });
  await host.startDaemon();
  const tag = await host.tagOnDisk();
  await until("the proxy's new configuration", async () => (await host.tamper("show info")).includes(tag));
}

it("releases that want to be asked for their health each in its own way follow each other without a lost request", async () => {
  host = await TestHost.start();
  expect(await host.release("blue", old)).toMatchObject({ code: 0 });
  load = new ClosedLoop({ url: host.url });
  await configure(asked);
  const tag = await host.tagOnDisk();
  expect(await host.release("green", strict)).toMatchObject({ code: 0, stderr: "" });
  expect(await host.run(["ledger"])).toMatchObject({ stdout: expect.stringContaining('"problem":null') as string });
  expect(await host.switchBack()).toMatchObject({ code: 0, stderr: "" });
  expect(await host.switchBack()).toMatchObject({ code: 0, stderr: "" });
  expect(await host.tagOnDisk()).toBe(tag);
  await configure(stricter.health);
  expect(await host.release("blue", stricter)).toMatchObject({ code: 0, stderr: "" });
  await load.stop();
  expect(load.failures).toEqual([]);
  // A proxy that starts from its files alone asks right too.
  await host.kill("proxy");
  await host.startProxy();
  load = new ClosedLoop({ url: host.url });
  expect(await host.switchBack()).toMatchObject({ code: 0, stderr: "" });
  await load.stop();
  expect(load.failures).toEqual([]);
  expect(Object.keys(load.answers).sort()).toEqual(["1.1.0", "1.2.0"]);
});

it("a release whose health says something is told by it, at the gate and, where it is text, by the proxy", async () => {
  const body = '"status":"healthy"';
  host = await TestHost.start({
    health: { path: "/health", request: { body }, intervalMs: 100, timeoutMs: 1000, gateSeconds: 1 },
  });
  const first = { ...release("1.0.0", 2), health: { body } };
  await host.guard("blue", first);
  const [one] = await host.place("blue", first);
  expect(await host.promote("blue", first)).toMatchObject({ code: 0 });
  await until("both serve", async () => (await host.serving()).length === 2);
  if (one) one.says = "sorry";
  await until("the proxy has heard it", async () => (await host.serving()).join() === "blue-2");
  const wrong = { ...release("1.1.0"), health: { body: { status: "fine" } } };
  expect((await host.release("green", wrong)).stderr).toContain(
    'it does not say {"status":"fine"} (slipway:health.body)',
  );
});
