import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import type { ControllerConfig } from "../../router/controller-config.ts";
import { afterEach, describe, expect, it } from "vitest";
import type { Replica } from "./support/replica.ts";
import { TestHost, type Outcome } from "./support/host.ts";
import { until } from "./support/until.ts";
import { release } from "./support/samples.ts";

let host: TestHost;
afterEach(async ({ task }) => {
  if (task.result?.state === "fail") process.stderr.write(`${host.log}\n`);
  await host.stop();
});

/** 1.1.0 in green has half of the traffic for three seconds, then all. */
async function halfway(
  change: Partial<ControllerConfig> = {},
): Promise<{ green: Replica; promotion: Promise<Outcome> }> {
  const verdict = { maxErrorRatePercent: 10, maxResponseMs: 400, minRequests: 20, sharedSeconds: 60 };
  const profile = { steps: [50, 100], previewSeconds: 0, pauseSeconds: 3, watchSeconds: 0 };
  host = await TestHost.start({ verdict, profile, ...change });
  await host.guard("blue", release("1.0.0"));
  await host.place("blue", release("1.0.0"));
  expect(await host.promote("blue", release("1.0.0"))).toMatchObject({ code: 0 });
  await host.guard("green", release("1.1.0"));
  const [green] = await host.place("green", release("1.1.0"));
  const promotion = host.promote("green", release("1.1.0"));
  await until("50 %", async () => (await host.ledger()).running?.percent === 50);
  if (!green) throw new Error("no replica");
  return { green, promotion };
}

/** An upload in eight parts, 200 ms apart. */
async function upload(bytes: number, headers: string): Promise<void> {
  const socket = connect(host.config.listen.port, "127.0.0.1");
  socket.on("error", () => undefined);
  socket.write(
    `POST /work HTTP/1.1\r\nHost: test\r\nContent-Length: ${String(bytes)}\r\nConnection: close\r\n${headers}\r\n`,
  );
  for (let part = 0; part < 8; part++) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    socket.write("x".repeat(bytes / 8));
  }
  socket.resume();
  await once(socket, "close");
}

function ask(method: string, from: string, headers: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = request(`${host.url}/work`, { method, headers, localAddress: from, agent: false }, (response) => {
      response.resume().on("end", () => {
        resolve(response.statusCode ?? 0);
      });
    });
    call.on("error", reject).end();
  });
}
/** Without a cookie, and with one that asks for the new slot. */
const wishes: Record<string, string>[] = [{}, { cookie: "slipway-rollout=2-0" }];
const address = (n: number) => `127.0.7.${String(n)}`;

describe("a healthy release", () => {
  it.each([800, 160_000])("is not judged by clients who take their time to send %i bytes", async (bytes) => {
    const { promotion } = await halfway();
    const headers = (n: number) => (n % 2 === 0 ? "" : `Cookie: ${String(wishes[1]?.cookie)}\r\n`);
    await Promise.all(Array.from({ length: 16 }, (_, n) => upload(bytes, headers(n))));
    expect(await promotion).toMatchObject({ code: 0 });
  });

  it.each(wishes)("is not vetoed by one address that asks for errors, where many are seen (%o)", async (wish) => {
    const { green, promotion } = await halfway();
    green.fault = (method) => (method === "PUT" ? 500 : null);
    for (let n = 1; n <= 20; n++) for (let times = 0; times < 2; times++) await ask("GET", address(n));
    for (let times = 0; times < 60; times++) await ask("PUT", address(99), wish);
    expect(await promotion).toMatchObject({ code: 0 });
  });
});

describe("behind a load balancer", () => {
  it("one client's weight is bounded by the address that the balancer names", async () => {
    const { green, promotion } = await halfway({ loadBalancer: { addresses: ["127.0.0.1"], proxyProtocol: false } });
    const of = (client: string) => ({ "x-forwarded-for": `6.6.6.${String(++lie % 250)}, ${client}` });
    let lie = 0;
    green.fault = (method) => (method === "PUT" ? 500 : null);
    for (let n = 1; n <= 20; n++) for (let times = 0; times < 2; times++) await ask("GET", "127.0.0.1", of(address(n)));
    for (let times = 0; times < 60; times++) await ask("PUT", "127.0.0.1", of(address(99)));
    expect(await promotion).toMatchObject({ code: 0 });
  });
});

describe("a release that fails", () => {
  it("is rejected by what all see", async () => {
    const { green, promotion } = await halfway();
    green.fault = () => 500;
    for (let n = 1; n <= 40; n++) await ask("GET", address(n)).catch(() => 0);
    expect((await promotion).stderr).toMatch(/rejected, got \d+ errors of/);
  });
});
