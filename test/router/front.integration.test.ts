import { request as plainRequest, type IncomingMessage } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { request as secureRequest } from "node:https";
import { connect as plainConnect } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { whosePath } from "../../router/behind.ts";
import { frontLook } from "../../router/front-look.ts";
import { makeCertificate } from "../support/certificates.ts";
import { ClosedLoop } from "../support/load/closed-loop.ts";
import { Doorstep } from "./support/doorstep.ts";
import { TestFront } from "./support/front.ts";
import { until } from "./support/until.ts";

const names = { shop: "shop.example.test", docs: "docs.example.test" };
const authority = makeCertificate({ names: ["authority.test"] });
const ca = authority.certificate;

let front: TestFront;
let shop: Doorstep;
let docs: Doorstep;

/** A released stack behind the front, with a certificate of its own. */
async function behind(service: "shop" | "docs"): Promise<Doorstep> {
  const step = await Doorstep.open({
    service,
    doors: front.doors,
    hosts: [names[service]],
    // Where people reach it.
    listen: { address: "127.0.0.1", port: front.config.port },
    tls: { source: "files", httpPort: 80, hstsSeconds: 0, challenge: null },
  });
  const { certificate, key } = makeCertificate({ names: [names[service]], by: authority });
  const kept = await step.host.run(["keep-certificate"], `${certificate}\n${key}`);
  expect(kept, kept.stderr).toMatchObject({ code: 0 });
  await until(`the certificate of ${service}`, async () =>
    (await step.host.tamper("show ssl cert")).includes("files.pem"),
  );
  return step;
}

beforeAll(async () => {
  front = await TestFront.start();
  [shop, docs] = await Promise.all([behind("shop"), behind("docs")]);
});

beforeEach(async () => {
  shop.heard = docs.heard = {};
  await front.keep({ [names.shop]: "shop", [names.docs]: "docs" });
});

afterEach(({ task }) => {
  if (task.result?.state === "fail") process.stderr.write(`${front.log}\n${shop.host.log}\n`);
});

afterAll(async () => {
  await Promise.all([shop.close(), docs.close()]);
  await front.stop();
});

interface Asked {
  readonly sni?: string;
  readonly host?: string;
  readonly from?: string;
  readonly path?: string;
  readonly plain?: true;
}
/** @returns `<status> <words>`, or the error's code */
function get(
  name: string,
  { sni = name, host = name, from = "127.0.0.1", path = "/", plain }: Asked = {},
): Promise<string> {
  const { port, httpPort } = front.config;
  const options = { host: "127.0.0.1", localAddress: from, path, headers: { host }, agent: false };
  return new Promise((resolve) => {
    const answered = (response: IncomingMessage) => {
      let text = "";
      response.on("data", (part: Buffer) => (text += part.toString()));
      response.on("end", () => {
        resolve(`${String(response.statusCode)} ${response.headers.location ?? text}`);
      });
    };
    const call = plain
      ? plainRequest({ ...options, port: httpPort }, answered)
      : secureRequest({ ...options, port, servername: sni, ca }, answered);
    call.on("error", (error: NodeJS.ErrnoException) => {
      resolve(error.code ?? error.message);
    });
    call.end();
  });
}

/** A connection by a name that asks for nothing. */
const idle = (name: string) =>
  new Promise<TLSSocket>((resolve) => {
    const socket = connect({ port: front.config.port, host: "127.0.0.1", servername: name, ca }, () => {
      resolve(socket);
    });
    // One that is turned away.
    socket.on("error", () => {
      resolve(socket);
    });
  });

async function loadOnShop(): Promise<ClosedLoop> {
  const load = new ClosedLoop({
    url: `https://127.0.0.1:${String(front.config.port)}/`,
    tls: { ca, servername: names.shop, checkServerIdentity: () => undefined },
  });
  await until("requests", () => load.requests > 50);
  return load;
}

describe("two stacks behind one port", () => {
  it("each gets what is for its name, with the client's own address; another name leads nowhere", async () => {
    expect(await get(names.shop, { from: "127.0.0.7" })).toMatch(/^200 /);
    expect(shop.heard).toMatchObject({
      "x-forwarded-for": "127.0.0.7",
      "x-forwarded-proto": "https",
      "x-forwarded-port": String(front.config.port),
    });
    expect(docs.heard).toEqual({});
    expect(await get(names.docs.toUpperCase(), { from: "127.0.0.8" })).toMatch(/^200 /);
    expect(docs.heard).toMatchObject({ "x-forwarded-for": "127.0.0.8" });
    expect(await get("other.example.test")).toBe("ECONNRESET");
    const moved = `308 https://${names.shop}:${String(front.config.port)}/a?b`;
    expect(await get(names.shop, { plain: true, path: "/a?b" })).toBe(moved);
    expect(await get("other.example.test", { plain: true })).toMatch(/^421 no service of this name/);
  });

  it("who connects by one name and asks for another is answered by neither", async () => {
    expect(await get(names.shop, { host: names.docs })).toMatch(/^421 /);
    expect(docs.heard).toEqual({});
  });

  it("HTTP/2 passes untouched", async () => {
    const session = connectHttp2(`https://${names.shop}:${String(front.config.port)}`, {
      ca,
      lookup: (_name, _options, done) => {
        done(null, [{ address: "127.0.0.1", family: 4 }]);
      },
    });
    const answer = await new Promise((resolve, reject) => {
      session.on("error", reject);
      session.request({ ":path": "/" }).on("response", resolve);
    });
    session.destroy();
    expect(answer).toMatchObject({ ":status": 200 });
  });

  it("tells the machine itself whose a name is, and nobody else", async () => {
    expect(await get(names.shop, { path: whosePath })).toBe("200 shop");
    expect(await get(names.docs, { path: whosePath, plain: true })).toBe("200 docs");
    expect(await get(names.shop, { path: whosePath, from: "127.0.0.7" })).not.toContain("shop");
  });

  it("shows to whom each name really leads", async () => {
    await front.keep({ [names.shop]: "shop", [names.docs]: "shop", "*.example.test": "docs", "gone.test": "gone" });
    const { names: seen } = await frontLook(front.doors, {});
    expect(seen).toEqual([
      { name: names.shop, stack: "shop", secure: "shop", plain: "shop" },
      // Passed on to another stack than its own, which says that it is not asked.
      { name: names.docs, stack: "shop", secure: "status 421", plain: "status 421" },
      { name: "*.example.test", stack: "docs", secure: "status 421", plain: "status 421" },
      { name: "gone.test", stack: "gone", secure: "ECONNRESET", plain: "status 503" },
    ]);
  });

  it("listens by IPv6 too, and who names nobody in time is hung up on", async () => {
    const both = await TestFront.start({ address: "::" });
    const { port } = both.config;
    const hundred = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`s${String(n)}.example.test`, "other"]));
    await both.keep({ ...hundred, "s100.example.test": "other" });
    const closed = await Promise.all(
      ["::1", "127.0.0.1"].map(
        (host) =>
          new Promise((resolve) => {
            const socket = plainConnect({ port, host });
            socket.on("connect", () => socket.write("\x16\x03\x01")).on("error", resolve);
            socket.on("close", () => {
              resolve("closed");
            });
          }),
      ),
    );
    await both.stop();
    expect(closed).toEqual(["closed", "closed"]);
  });

  it("no client says by the PROXY protocol who it is", async () => {
    const header = "PROXY TCP4 6.6.6.6 127.0.0.1 6 443\r\n";
    const words = `GET / HTTP/1.1\r\nHost: ${names.shop}\r\nConnection: close\r\n\r\n`;
    expect(await front.say(front.config.httpPort, header + words)).toMatch(/^HTTP\/1.1 400 /);
    expect(await front.say(front.config.port, header + words)).toBe("");
    expect(JSON.stringify([shop.heard, docs.heard])).not.toContain("6.6.6.6");
  });

  it("one that is flooded, or down, costs the other nothing", async () => {
    await front.keep({ [names.shop]: "shop", [names.docs]: "docs" }, { connections: 5 });
    const held = await Promise.all(Array.from({ length: 20 }, () => idle(names.shop)));
    expect(await get(names.shop)).toBe("ECONNRESET");
    expect(await get(names.docs)).toMatch(/^200 /);
    for (const socket of held) socket.destroy();
    await until("room again", async () => (await get(names.shop)).startsWith("200 "));

    await shop.host.kill("proxy");
    expect(await get(names.docs)).toMatch(/^200 /);
    expect(await get(names.shop)).toBe("ECONNRESET");
    expect(await get(names.shop, { plain: true })).toMatch(/^503 the service of this name is down/);
    await shop.host.startProxy();
    expect(await get(names.shop)).toMatch(/^200 /);
  });

  it("a stack's own proxy is loaded anew and replaced, and no request is lost", async () => {
    const load = await loadOnShop();
    await shop.host.reload();
    const soFar = load.requests;
    await until("requests by the new process", () => load.requests > soFar + 100);
    shop.host.placeProxy(2);
    expect(await shop.host.run(["switch-proxy"], { place: 2, id: "b" })).toMatchObject({ code: 0 });
    const switched = load.requests;
    await until("requests by the other place", () => load.requests > switched + 100);
    await shop.host.stopProxy(1);
    expect(await get(names.shop)).toMatch(/^200 /);
    expect((await load.stop()).failures).toEqual([]);
  });

  it("names change, the proxy is replaced, and no request is lost", async () => {
    const load = await loadOnShop();
    await front.keep({ [names.shop]: "shop" });
    expect(await get(names.docs)).toBe("ECONNRESET");
    await front.keep({ [names.shop]: "shop", "*.example.test": "docs" });
    expect(await get(names.docs)).toMatch(/^200 /);

    await expect(front.guard(1)).rejects.toThrow("place 1 serves");
    front.place(2);
    await front.switch(2, "b");
    const soFar = load.requests;
    await until("requests by the other one", () => load.requests > soFar + 50);
    expect((await load.stop()).failures).toEqual([]);
    await front.kill(1);
    expect(await get(names.shop)).toMatch(/^200 /);
  });
});
