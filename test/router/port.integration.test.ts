import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { ClosedLoop } from "../support/load/closed-loop.ts";
import { TestHost } from "./support/host.ts";
import { release } from "./support/samples.ts";
import { until } from "./support/until.ts";

const old = { ...release("1.0.0"), port: 8000, healthPath: "/health" };
const moved = { ...release("1.1.0"), port: 9000, healthPath: "/ready?deep=1" };

let host: TestHost;
let load: ClosedLoop;
afterEach(async ({ task }) => {
  if (task.result?.state === "fail") process.stderr.write(`${host.log}\n`);
  await load.stop();
  await host.stop();
});

it("a release that listens at another port, and tells its health elsewhere, comes, goes and is found again without a lost request", async () => {
  host = await TestHost.start({ port: 8000 });
  expect(await host.release("blue", old)).toMatchObject({ code: 0 });
  load = new ClosedLoop({ url: host.url });
  // As an update does it: the controller starts again with the new setting before the standby is put away.
  await host.kill("daemon");
  await host.configure({ port: 9000, health: { ...host.config.health, path: "/ready?deep=1" } });
  await host.startDaemon();
  const tag = await host.tagOnDisk();
  expect(await host.release("green", moved)).toMatchObject({ code: 0, stderr: "" });
  expect(await host.switchBack()).toMatchObject({ code: 0, stderr: "" });
  await load.stop();
  expect(load.failures).toEqual([]);
  // A proxy that starts from its file alone finds both.
  await host.kill("proxy");
  await host.startProxy();
  load = new ClosedLoop({ url: host.url });
  expect(await host.switchBack()).toMatchObject({ code: 0, stderr: "" });
  await load.stop();
  expect(load.failures).toEqual([]);
  expect(Object.keys(load.answers).sort()).toEqual(["1.0.0", "1.1.0"]);
  expect(await host.tagOnDisk()).toBe(tag);
});

it("a port that somebody else has is not taken, which status says until the one before is wanted again", async () => {
  host = await TestHost.start();
  expect(await host.release("blue", old)).toMatchObject({ code: 0 });
  load = new ClosedLoop({ url: host.url });
  const { listen } = host.config;
  const thief = createServer().listen(0, listen.address);
  await once(thief, "listening");
  const moveTo = async (port: number) => {
    await host.kill("daemon");
    await host.configure({ listen: { ...listen, port } });
    await host.startDaemon();
  };
  const status = async () => (await host.run(["status"])).stdout;

  await moveTo((thief.address() as AddressInfo).port);
  await until("the failed reload", async () => (await status()).includes("has not loaded the configuration"));
  await moveTo(listen.port);
  await until("the old port", async () => !(await status()).includes("has not loaded the configuration"));
  // Where the last try ends, the proxy listens again.
  await until("an answer", async () => (await fetch(host.url)).ok);
  thief.close();
});
