import { afterEach, describe, expect, it } from "vitest";
import { Doorstep } from "./support/doorstep.ts";
import { until } from "./support/until.ts";

let door: Doorstep;
afterEach(async () => {
  await door.close();
});

/** Lines of the log of requests, among what the proxy says beside them. */
const lines = () =>
  door.host.log
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ address }) => address !== "unix");

const secret = "s3cr3t-planted";

describe("the log of requests", () => {
  it("has each of them as JSON, whatever a client writes, and no secret", async () => {
    door = await Doorstep.open({ accessLog: true });
    const headers = [`Cookie: session=${secret}`, `Authorization: Bearer ${secret}`, `Referer: /?token=${secret}`];
    expect(await door.ask([`GET /a?token=${secret} HTTP/1.1`, "Host: api.test", ...headers])).toBe(200);
    expect(await door.ask(['GET /"},{"b":"\\ HTTP/1.1', "Host: a", 'User-Agent: x","evil":"1\\'])).toBe(200);
    expect(
      await door.ask([`GET /${"<long>".repeat(2_000)} HTTP/1.1`, "Host: a", `User-Agent: ${"\\".repeat(2_000)}`]),
    ).toBe(200);
    expect(await door.ask(["TRACE / HTTP/1.1", "Host: api.test"])).toBe(405);
    expect(await door.ask([`nonsense ${secret}`])).toBe(400);
    await until("five lines", () => lines().length >= 5);
    expect(door.host.log).not.toContain(secret);
    expect(lines()[0]).toMatchObject({
      status: 200,
      server: "blue-1",
      method: "GET",
      address: "127.0.0.1",
      path: "/a",
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string,
      ms: expect.any(Number) as number,
    });
    expect(lines()[1]).toMatchObject({ path: '/"},{"b":"\\', agent: 'x","evil":"1\\' });
    expect(lines().map(({ status }) => status)).toEqual([200, 200, 200, 405, 400]);
  });

  it("names the client whom the load balancer names", async () => {
    door = await Doorstep.open({
      accessLog: true,
      behindTls: true,
      loadBalancer: { addresses: ["127.0.8.1"], proxyProtocol: false },
    });
    await door.ask(["GET /a HTTP/1.1", "Host: a", "X-Forwarded-For: 203.0.113.7"], { from: "127.0.8.1" });
    await until("the line", () => lines().length > 0);
    expect(lines()[0]).toMatchObject({ address: "203.0.113.7", network: "203.0.113.7" });
  });

  it("is kept only where that is wanted, but for what goes wrong", async () => {
    door = await Doorstep.open();
    await door.ask(["GET /a HTTP/1.1", "Host: a"]);
    await door.ask(["nonsense"]);
    await until("the fault", () => lines().length > 0);
    expect(lines().map(({ status }) => status)).toEqual([400]);
  });
});
