import { afterEach, describe, expect, it, test } from "vitest";
import type { ControllerConfig } from "../../router/controller-config.ts";
import { leasePorts } from "../support/run/lease.ts";
import { Doorstep } from "./support/doorstep.ts";
import { config } from "./support/samples.ts";
import { until } from "./support/until.ts";

let door: Doorstep;
afterEach(async ({ task }) => {
  if (task.result?.state === "fail") process.stderr.write(`${door.host.log}\n`);
  await door.close();
});
const standing = async (change: Partial<ControllerConfig> = {}) => {
  door = await Doorstep.open(change);
};

const lies = [
  ...[
    "X-Forwarded-For: 6.6.6.6",
    "X-Forwarded-Host: evil.test",
    "X-Forwarded-Port: 6",
    "X-Forwarded-Server: evil.test",
    "X-Forwarded-Prefix: /evil",
  ],
  ...["Forwarded: for=6.6.6.6", "X-Real-IP: 6.6.6.6", "X-Client-IP: 6.6.6.6", "Proxy: http://evil.test"],
  ...["X_Forwarded_For: 6.6.6.6", "X_Real_IP: 6.6.6.6", "True-Client-IP: 6.6.6.6", "CF-Connecting-IP: 6.6.6.6"],
  ...[
    "X-Original-URL: /evil",
    "X-Original-Forwarded-For: 6.6.6.6",
    "X-Host: evil.test",
    "X-Cluster-Client-IP: 6.6.6.6",
  ],
  ...["Client-IP", "Client_IP", "Proxy-Client-IP", "WL-Proxy-Client-IP", "X-RealIP", "Real-IP", "Forwarded-For"],
  ...["X-ForwardedFor", "X.Forwarded.For", "Cluster-Client-IP", "X-ClientIP", "CF-Connecting-IPv6", "Fly-Client-IP"],
  ...["X-Vercel-Forwarded-For", "CloudFront-Forwarded-Proto", "X-Scheme", "X-Url-Scheme", "X-Arr-Ssl", "Remote_Addr"],
  ...["X-HTTP-Host-Override", "X-Original-URI", "X-Rewrite-Uri", "X-Remote-IP", "X-Originating-IP", "X-Azure-ClientIP"],
  ...["X-Envoy-External-Address", "X-SSL-Client-Verify"],
].map((line) => (line.includes(":") ? line : `${line}: 6.6.6.6`));
const get = ["GET / HTTP/1.1", "Host: api.test"];
// More than HAProxy reads of one line.
const addresses = [...Array.from({ length: 99 }, (_, n) => `10.77.${String(n)}.0/24`), "127.0.8.0/24"];
const balancer = { addresses, proxyProtocol: false };

describe("what a client says of itself", () => {
  it("reaches no replica", async () => {
    await standing();
    const dropped = "Connection: X-Forwarded-For, X-Real-IP";
    expect(await door.ask([...get, "X-Forwarded-Proto: https", dropped, ...lies])).toBe(200);
    expect(door.heard.connection ?? "").not.toMatch(/forwarded|real/i);
    expect(JSON.stringify(door.heard)).not.toMatch(/6\.6\.6|evil/);
    expect(door.heard).toMatchObject({
      "x-forwarded-for": "127.0.0.1",
      "x-real-ip": "127.0.0.1",
      "x-forwarded-host": "api.test",
      "x-forwarded-port": String(door.host.config.listen.port),
      "x-forwarded-proto": "http",
    });
  });
});

describe("a client by IPv6", () => {
  it("comes in where the proxy listens at :: for both, and is known by its own address", async () => {
    await standing({
      listen: { address: "::", port: await leasePorts() },
      access: { addresses: ["::1/128", "127.0.0.2/32"], password: null },
    });
    for (const [from, status] of [
      ["::1", 200],
      ["127.0.0.2", 200],
      ["127.0.0.3", 403],
    ] as const) {
      expect(await door.ask(get, { from }), from).toBe(status);
      if (status === 200) expect(door.heard).toMatchObject({ "x-forwarded-for": from, "x-real-ip": from });
    }
  });
});

describe("behind a load balancer", () => {
  const said = [...get, ...lies.filter((line) => !/^X-Forwarded-(For|Port)/.test(line))];

  it("the client is whom it names last, and all else that a client may have said of itself is gone", async () => {
    await standing({ behindTls: true, loadBalancer: balancer });
    const words = ["X-Forwarded-For: 6.6.6.6, 203.0.113.7", "X-Forwarded-Proto: https", "X-Forwarded-Port: 443"];
    expect(await door.ask([...said, ...words], { from: "127.0.8.1" })).toBe(200);
    expect(JSON.stringify(door.heard)).not.toMatch(/6\.6\.6|evil/);
    expect(door.heard).toMatchObject({
      "x-forwarded-for": "203.0.113.7",
      "x-real-ip": "203.0.113.7",
      "x-forwarded-host": "api.test",
      "x-forwarded-port": "443",
      "x-forwarded-proto": "https",
    });
  });

  it("that writes the client's port, too, means the client; a port of ours that is none is not passed on", async () => {
    await standing({ behindTls: true, loadBalancer: balancer });
    const port = String(door.host.config.listen.port);
    for (const [written, meant] of [
      ["[2001:db8::7]:4711", "2001:db8::7"],
      ["[2001:db8::7]", "2001:db8::7"],
      ["2001:db8::7", "2001:db8::7"],
      ["203.0.113.7:4711", "203.0.113.7"],
    ] as const) {
      const words = [`X-Forwarded-For: 6.6.6.6, ${written}`, "X-Forwarded-Proto: https", "X-Forwarded-Port: 99999"];
      expect(await door.ask([...said, ...words], { from: "127.0.8.1" })).toBe(200);
      expect(door.heard).toMatchObject({ "x-forwarded-for": meant, "x-real-ip": meant, "x-forwarded-port": port });
    }
  });

  it("nobody else is believed, and one address of theirs has its bound", async () => {
    await standing({ behindTls: true, loadBalancer: balancer, clients: { ...config.clients, connections: 10 } });
    expect(await door.ask([...get, "X-Forwarded-Proto: https", ...lies], { from: "127.0.9.1" })).toBe(200);
    expect(JSON.stringify(door.heard)).not.toMatch(/6\.6\.6|evil/);
    expect(door.heard).toMatchObject({ "x-forwarded-for": "127.0.9.1", "x-forwarded-proto": "http" });
    for (let n = 0; n < 12; n++) await door.connect("127.0.8.1");
    expect(await door.ask(get, { from: "127.0.8.1" })).toBe(200);
    for (let n = 0; n < 12; n++) await door.connect("127.0.9.1");
    // Two of the balancer's answers and one of the other's are over, and their connections are kept.
    await until("all that are let in", async () => (await door.connections()) >= 13 + 10);
    expect(await door.ask(get, { from: "127.0.9.1" })).toBe(0);
  });

  it("that speaks the PROXY protocol, the client is whom that names", async () => {
    await standing({ behindTls: true, loadBalancer: { ...balancer, proxyProtocol: true } });
    const first = "PROXY TCP4 203.0.113.7 192.0.2.1 40000 443\r\n";
    const words = [...get, "X-Forwarded-Proto: http", ...lies];
    expect(await door.ask(words, { from: "127.0.8.1", first })).toBe(200);
    expect(JSON.stringify(door.heard)).not.toMatch(/6\.6\.6|evil/);
    expect(door.heard).toMatchObject({
      "x-forwarded-for": "203.0.113.7",
      "x-real-ip": "203.0.113.7",
      "x-forwarded-port": "443",
      "x-forwarded-proto": "https",
    });
    // From anywhere else the same line is no request.
    expect(await door.ask(get, { from: "127.0.9.1", first })).toBe(400);
    expect(await door.ask(get, { from: "127.0.9.1" })).toBe(200);
    expect(door.heard).toMatchObject({ "x-forwarded-for": "127.0.9.1", "x-forwarded-proto": "http" });
  });

  it("the bound of one address is each client's own where the PROXY protocol tells them apart", async () => {
    await standing({
      clients: { ...config.clients, connections: 10 },
      loadBalancer: { ...balancer, proxyProtocol: true },
    });
    const by = (client: string) => `PROXY TCP${client.includes(":") ? "6 " : "4 "}${client} ${client} 40000 443\r\n`;
    for (let n = 0; n < 12; n++) (await door.connect("127.0.8.1")).write(by("203.0.113.66"));
    await until("all that are let in", async () => (await door.connections()) >= 10);
    const isRefused = async (client: string) => (await door.ask(get, { from: "127.0.8.1", first: by(client) })) === 0;
    await until("the bound", () => isRefused("203.0.113.66"));
    expect(await door.ask(get, { from: "127.0.8.1", first: by("203.0.113.7") })).toBe(200);
    // A subscriber has a /64 of IPv6 addresses.
    for (let n = 1; n <= 12; n++) (await door.connect("127.0.8.1")).write(by(`2001:db8::${String(n)}`));
    await until("all that are let in", async () => (await door.connections()) >= 21);
    await until("the bound of the network", () => isRefused("2001:db8::ffff"));
    expect(await door.ask(get, { from: "127.0.8.1", first: by("2001:db8:0:1::1") })).toBe(200);
  });
});

describe("what is not served", () => {
  const asks = (...lines: string[]) => door.ask(lines);

  it("is refused by the proxy: methods, upgrades and addresses that mean trouble, and other hosts", async () => {
    await standing({
      hosts: [...Array.from({ length: 99 }, (_, n) => `n${String(n)}.test`), "api.test", ".shops.test"],
    });
    expect(await asks("TRACE / HTTP/1.1", "Host: api.test")).toBe(405);
    expect(await asks("CONNECT api.test:443 HTTP/1.1", "Host: api.test:443")).toBe(405);
    // HAProxy refuses this by our rule, or (from 3.0 on) takes the wish out of the request itself.
    const h2c = await asks("GET / HTTP/1.1", "Host: api.test", "Connection: Upgrade", "Upgrade: h2c");
    expect([h2c, door.heard.upgrade]).toEqual([h2c === 200 ? 200 : 400, undefined]);
    expect(await asks("GET /a%00b HTTP/1.1", "Host: api.test")).toBe(400);
    expect(await asks("GET / HTTP/1.1", "Host: api.test", "X-A: a\0b")).toBe(400);
    const commas = ["localhost,evil.test", "evil.test,localhost", "evil.test, one.shops.test"];
    const hex = ["cafe.de", "feed.cafe:80", "dead.beef", "a", ":", "0", "[cafe"];
    const odd = ["localhost:80@evil.test", "localhost:evil<script>", "<b>.shops.test", "1.2.3.4.evil.test"];
    for (const name of ["evil.test", "api.test.evil.test", "shops.test", "evilshops.test", ...commas, ...hex, ...odd]) {
      // From 3.2 on HAProxy itself refuses some of these.
      expect(await asks("GET / HTTP/1.1", `Host: ${name}`), name).toBeOneOf([400, 421]);
    }
    for (const name of [
      "api.test",
      "API.test:8080",
      "one.shops.test",
      "127.0.0.1:8080",
      "[::1]:8080",
      "localhost",
      "api.test.",
      "api.test.:80",
    ]) {
      expect(await asks("GET / HTTP/1.1", `Host: ${name}`), name).toBe(200);
    }
  });

  it("but whoever names no host at all, as a check by HTTP/1.0, asks for no other", async () => {
    await standing({ hosts: ["api.test"] });
    expect(await asks("GET /health HTTP/1.0")).toBe(200);
    expect(await asks("GET /health HTTP/1.0", "Host: evil.test")).toBe(421);
    expect(await asks("GET http://evil.test/ HTTP/1.0")).toBe(421);
    expect(await asks("GET HTTP://evil.test/ HTTP/1.1")).toBeOneOf([400, 421]);
    expect(await asks("GET / HTTP/1.1", "Host: ")).toBe(421);
  });

  it("nor is HTTP/2 without TLS, of whoever just speaks it", async () => {
    await standing();
    expect(await door.ask([], { first: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" })).toBe(400);
    expect(await door.ask(get)).toBe(200);
  });

  it("nor is another host behind a load balancer", async () => {
    await standing({ hosts: ["api.test"], behindTls: true, loadBalancer: balancer });
    expect(await door.ask(["GET / HTTP/1.1", "Host: evil.test"], { from: "127.0.8.1" })).toBe(421);
    expect(await door.ask(get, { from: "127.0.8.1" })).toBe(200);
  });
});

test("a door that somebody closed by hand is opened again", async () => {
  await standing();
  await door.host.tamper("disable frontend public");
  await until("the door", async () => (await door.ask(get)) === 200);
});
