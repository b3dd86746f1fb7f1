import { execFileSync } from "node:child_process";
import { request } from "node:http";
import type { Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { ControllerConfig } from "../../router/controller-config.ts";
import { Doorstep, statusOf } from "./support/doorstep.ts";
import { config } from "./support/samples.ts";
import { until } from "./support/until.ts";

let door: Doorstep;
afterEach(async ({ task }) => {
  if (task.result?.state === "fail") process.stderr.write(`${door.host.log}\n`);
  await door.close();
});
const standing = async (clients: Partial<ControllerConfig["clients"]> = {}) => {
  door = await Doorstep.open({ clients: { ...config.clients, ...clients } });
};

const haproxyMajor = Number(/version (\d+)/.exec(execFileSync("haproxy", ["-v"], { encoding: "utf8" }))?.[1]);
const get = ["GET / HTTP/1.1", "Host: api.test"];
const many = <T>(count: number, one: () => Promise<T>) => Promise.all(Array.from({ length: count }, one));
/** Asks once more on a connection that is kept. */
const again = (socket: Socket): Promise<number> => {
  socket.write(`${get.join("\r\n")}\r\n\r\n`);
  return statusOf(socket);
};

describe("one address", () => {
  it("can't take the service away with 4,200 slow heads, and an office of 300 people behind another one has all its connections", async () => {
    await standing();
    for (let hundred = 0; hundred < 42; hundred++) {
      for (const socket of await many(100, () => door.connect("127.0.0.66"))) socket.write("GET / HTTP/1.1\r\nHost: a");
    }
    expect(await door.ask(get)).toBe(200);
    // Browsers open six connections each and keep them.
    const office: Socket[] = [];
    for (let hundred = 0; hundred < 18; hundred++) office.push(...(await many(100, () => door.connect("127.0.0.77"))));
    for (let turn = 0; turn < 2; turn++) {
      for (let first = 0; first < office.length; first += 100) {
        const statuses = await Promise.all(office.slice(first, first + 100).map(again));
        expect(statuses.filter((status) => status !== 200)).toEqual([]);
      }
    }
    expect(await door.connections()).toBeLessThanOrEqual(config.clients.connections + office.length + 10);
  });

  it("has as many connections as the settings say", async () => {
    await standing({ connections: 20 });
    await many(20, () => door.connect("127.0.0.66"));
    await until("them", async () => (await door.connections()) >= 20);
    expect(await door.ask(get, { from: "127.0.0.66" })).toBe(0);
    expect(await door.ask(get)).toBe(200);
  });
});

describe("a request", () => {
  it("has a head that is there in time and small enough", async () => {
    await standing({ headSeconds: 1, headKb: 16 });
    const slow = await door.connect();
    slow.write("GET / HTTP/1.1\r\nHost: a");
    expect(await statusOf(slow)).toBe(408);
    expect(await door.ask([...get, `X-Long: ${"x".repeat(15_800)}`])).toBe(200);
    expect(await door.ask([...get, `X-Long: ${"x".repeat(17_000)}`])).toBeOneOf([400, 431]);
  });

  const post = (bytes: number) => ["POST / HTTP/1.1", "Host: api.test", `Content-Length: ${String(bytes)}`];

  it("has a body that is there in time where it is short, and small enough where it says its length", async () => {
    await standing({ bodySeconds: 1, bodyMb: 1 });
    expect(await door.ask(post(2_000), { body: "x" })).toBe(408);
    expect(await door.ask(post(1_048_577))).toBe(413);
    expect(await door.ask(post(1_048_576), { body: "x".repeat(1_048_576) })).toBe(200);
  });

  it("has a long body without long pauses", async (context) => {
    if (haproxyMajor < 3) {
      context.skip(
        "HAProxy 2 forgets the client's time once the answer is waited for. Fix: put HAProxy 3 first on the PATH",
      );
    }
    await standing({ bodySeconds: 1 });
    expect(await door.ask(post(200_000), { body: "x".repeat(100_000) })).toBe(400);
  });

  it("may wait for its answer for longer than its body may pause", async () => {
    await standing({ bodySeconds: 1 });
    door.takesMs = () => 2_500;
    expect(await door.ask(get)).toBe(200);
    expect(await door.ask(["POST / HTTP/1.1", "Host: a", "Content-Length: 1"], { body: "x" })).toBe(200);
  });
});

describe("the queue", () => {
  const slow = (from: string): Promise<number> =>
    new Promise((resolve) => {
      const call = request(
        { host: "127.0.0.1", port: door.host.config.listen.port, path: "/slow", localAddress: from, agent: false },
        (response) => {
          response.resume().on("end", () => {
            resolve(response.statusCode ?? 0);
          });
        },
      );
      call
        .on("error", () => {
          resolve(0);
        })
        .end();
    });
  const queued = async () => Number((await door.host.tamper("show stat service 2 -1")).split("\n")[1]?.split(",")[2]);

  it("lets nobody wait behind all requests of one address", async () => {
    await standing({ requestsPerReplica: 2, queueSeconds: 60 });
    door.takesMs = (path) => (path === "/slow" ? 100 : 0);
    let over = 0;
    const flood = many(100, () => slow("127.0.0.66").finally(() => over++));
    await until("the queue", async () => (await queued()) > 80);
    expect(await door.ask(get)).toBe(200);
    // Not one after the other: 2 of 100 are served at a time.
    expect(over).toBeLessThan(80);
    expect((await flood).filter((status) => status !== 200)).toEqual([]);
  });

  it("is left after queueSeconds", async () => {
    await standing({ requestsPerReplica: 1, queueSeconds: 1 });
    door.takesMs = () => 2_500;
    const first = door.ask(get);
    const second = door.ask(get);
    expect((await Promise.all([first, second])).sort()).toEqual([200, 503]);
  });
});
