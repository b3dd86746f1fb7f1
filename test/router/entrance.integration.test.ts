import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { ControllerConfig } from "../../router/controller-config.ts";
import { serverAddress } from "../../router/traffic.ts";
import { TestHost } from "./support/host.ts";
import { release } from "./support/samples.ts";

let host: TestHost;
let service: Server;
let heard: IncomingHttpHeaders;
const sockets: Socket[] = [];
afterEach(async ({ task }) => {
  if (task.result?.state === "fail") process.stderr.write(`${host.log}\n`);
  for (const socket of sockets.splice(0)) socket.destroy();
  service.closeAllConnections();
  service.close();
  await host.stop();
});

/** A service behind the proxy that keeps what it hears. */
async function standing(change: Partial<ControllerConfig> = {}): Promise<void> {
  host = await TestHost.start(change);
  await host.guard("blue", release("1.0.0"));
  service = createServer((request, response) => {
    if (request.url !== "/health") heard = request.headers;
    response.end(JSON.stringify({ status: "healthy", version: "1.0.0" }));
  });
  const [address, port] = serverAddress(host.config, "blue", 1).split(":");
  service.listen(Number(port), address);
  await once(service, "listening");
  expect(await host.promote("blue", release("1.0.0"))).toMatchObject({ code: 0 });
}

/** A connection of its own from an address. */
async function open(from = "127.0.0.1"): Promise<Socket> {
  const socket = connect({ port: host.config.listen.port, host: "127.0.0.1", localAddress: from });
  socket.on("error", () => undefined);
  sockets.push(socket);
  // One that is turned away is closed at once.
  await new Promise((resolve) => socket.once("connect", resolve).once("close", resolve));
  return socket;
}

/** @returns the status of the answer to a request, as it is written */
async function ask(...lines: string[]): Promise<number> {
  const socket = await open();
  socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  const [head] = (await once(socket, "data")) as [Buffer];
  return Number(head.toString().split(" ")[1]);
}

const lies = [
  ...[
    "X-Forwarded-For: 6.6.6.6",
    "X-Forwarded-Host: evil.test",
    "X-Forwarded-Port: 6",
    "X-Forwarded-Server: evil.test",
  ],
  ...["Forwarded: for=6.6.6.6", "X-Real-IP: 6.6.6.6", "X-Client-IP: 6.6.6.6", "Proxy: http://evil.test"],
  ...["X_Forwarded_For: 6.6.6.6", "X_Real_IP: 6.6.6.6"],
];

describe("what a client says of itself", () => {
  it("reaches no replica", async () => {
    await standing();
    expect(await ask("GET / HTTP/1.1", "Host: api.test", ...lies)).toBe(200);
    expect(JSON.stringify(heard)).not.toMatch(/6\.6\.6|evil/);
    expect(heard).toMatchObject({
      "x-forwarded-for": "127.0.0.1",
      "x-real-ip": "127.0.0.1",
      "x-forwarded-host": "api.test",
      "x-forwarded-port": String(host.config.listen.port),
      "x-forwarded-proto": "http",
    });
  });

  it("is kept where a load balancer says it, but for what no balancer says", async () => {
    await standing({ behindTls: true });
    expect(await ask("GET / HTTP/1.1", "Host: api.test", "X-Forwarded-For: 7.7.7.7", "Proxy: http://evil.test")).toBe(
      200,
    );
    expect(heard["x-forwarded-for"]).toBe("7.7.7.7, 127.0.0.1");
    expect(heard).not.toHaveProperty("proxy");
  });
});

describe("what is not served", () => {
  it("is refused by the proxy: methods, upgrades and addresses that mean trouble, and other hosts", async () => {
    await standing({ hosts: ["api.test"] });
    expect(await ask("TRACE / HTTP/1.1", "Host: api.test")).toBe(405);
    expect(await ask("CONNECT api.test:443 HTTP/1.1", "Host: api.test:443")).toBe(405);
    expect(await ask("GET / HTTP/1.1", "Host: api.test", "Connection: Upgrade", "Upgrade: h2c")).toBe(400);
    expect(await ask("GET /a%00b HTTP/1.1", "Host: api.test")).toBe(400);
    expect(await ask("GET / HTTP/1.1", "Host: api.test", "X-A: a\0b")).toBe(400);
    expect(await ask("GET / HTTP/1.1", "Host: evil.test")).toBe(421);
    for (const name of ["api.test", "API.test:8080", "127.0.0.1:8080", "[::1]:8080", "localhost"]) {
      expect(await ask("GET / HTTP/1.1", `Host: ${name}`), name).toBe(200);
    }
  });
});

describe("one address", () => {
  it("can't take the service away: it has a thousand connections at most", async () => {
    await standing();
    const slow = await Promise.all(Array.from({ length: 1_300 }, () => open("127.0.0.66")));
    for (const socket of slow) socket.write("GET / HTTP/1.1\r\nHost: a");
    expect(await ask("GET / HTTP/1.1", "Host: api.test")).toBe(200);
    const rows = await host.tamper("show stat public 1 -1");
    const names = rows.split("\n")[0]?.replace("# ", "").split(",") ?? [];
    const current = Number(rows.split("\n")[1]?.split(",")[names.indexOf("scur")]);
    expect(current).toBeLessThanOrEqual(1_010);
  });
});
