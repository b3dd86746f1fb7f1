import { execFileSync } from "node:child_process";
import { request as secureRequest } from "node:https";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeCertificate } from "../support/certificates.ts";
import { ClosedLoop } from "../support/load/closed-loop.ts";
import { writeNodeService } from "../support/node-service.ts";
import { removeEverything } from "../support/on-host.ts";
import { PulumiStack } from "../support/pulumi-stack.ts";
import { own } from "../support/run/id.ts";
import { leasePorts, leaseSubnet } from "../support/run/lease.ts";

/** Two services of two teams on one host, both at the same port by their names, behind the front of a third one. */
const port = await leasePorts();
const stock = { node: "slipway/node:local", haproxy: "slipway/haproxy:local" };
const authority = makeCertificate({ names: ["authority.test"] });
const frontName = own("fr");
const behind = `front-${frontName}`;
const front = new PulumiStack(frontName, {
  config: {
    service: "front",
    host: { kind: "local" },
    stockImages: stock,
    listenPort: port,
    front: { httpPort: port + 1 },
  },
});

interface Service {
  readonly name: string;
  readonly prefix: string;
  readonly stack: PulumiStack;
  readonly key: string;
}

async function made(service: string): Promise<Service> {
  const [stackName, name] = [own(`fr${service}`), `${service}.example.test`];
  const { certificate, key } = makeCertificate({ names: [name], by: authority });
  const stack = new PulumiStack(stackName, {
    config: {
      service,
      version: "1.0.0",
      host: { kind: "local" },
      stockImages: stock,
      subnet: `${await leaseSubnet()}.0/24`,
      image: { build: join(front.folder, service) },
      behind,
      url: `https://${name}:${String(port)}`,
      tls: { kind: "files", certificate },
      profile: { kind: "instant", pauseSeconds: 1, watchSeconds: 1 },
      verdict: { minRequests: 5 },
    },
  });
  return { name, prefix: `${service}-${stackName}`, stack, key };
}

const server = (service: string) => `require("node:http").createServer((request, response) => {
  const { SLIPWAY_VERSION } = process.env;
  if (request.url === "/health") return response.end("ok");
  response.writeHead(SLIPWAY_VERSION === "6.6.6" ? 500 : 200, { "x-slipway-version": "${service} " + SLIPWAY_VERSION });
  request.resume().on("end", () => response.end("${service} " + SLIPWAY_VERSION + " " + request.headers["x-real-ip"]));
}).listen(Number(process.env.PORT));
`;

const [shop, docs] = [await made("shop"), await made("docs")];

beforeAll(async () => {
  for (const service of ["shop", "docs"])
    writeNodeService(join(front.folder, service), { "server.js": server(service) });
  await front.init();
  for (const { stack, key } of [shop, docs]) {
    await stack.init();
    await stack.setSecret("tlsKey", key);
  }
});

afterAll(() => {
  for (const { stack, prefix } of [shop, docs]) {
    removeEverything(prefix.slice(prefix.indexOf("-") + 1));
    stack.remove();
  }
  removeEverything(frontName);
  front.remove();
});

function ask(name: string, host = name): Promise<string> {
  return new Promise((resolve) => {
    const options = {
      port,
      host: "127.0.0.1",
      servername: name,
      headers: { host },
      ca: authority.certificate,
      agent: false,
    };
    secureRequest(options, (response) => {
      let text = "";
      response.on("data", (part: Buffer) => (text += part.toString()));
      response.on("end", () => {
        resolve(`${String(response.statusCode)} ${text}`);
      });
    })
      .on("error", (error: NodeJS.ErrnoException) => {
        resolve(error.code ?? error.message);
      })
      .end();
  });
}

const load = ({ name }: Service) =>
  new ClosedLoop({
    url: `https://127.0.0.1:${String(port)}/`,
    workers: 4,
    pauseMs: 20,
    tls: { ca: authority.certificate, servername: name, checkServerIdentity: () => undefined },
  });

test("two stacks at one port, each by its name; what one does costs the other no request", async () => {
  const early = await shop.stack.up();
  expect(early.code).not.toBe(0);
  expect(early.output).toContain(`slipway:behind: there is no such front on the host, got ${behind}`);

  await front.set({ [`front.names["${shop.name}"]`]: shop.prefix });
  const first = await front.up();
  expect(first.code, first.output).toBe(0);
  expect(await ask(shop.name)).toBe("ECONNRESET");

  const up = await shop.stack.up();
  expect(up.code, up.output).toBe(0);
  expect(await ask(shop.name)).toBe("200 shop 1.0.0 127.0.0.1");
  expect(up.output).toContain(`✓ ${shop.name} → ${shop.prefix}`);

  const unnamed = await docs.stack.up();
  expect(unnamed.code, unnamed.output).toBe(0);
  expect(unnamed.output).toContain(`front.names["${docs.name}"]`);
  const onShop = load(shop);
  await front.set({ [`front.names["${docs.name}"]`]: docs.prefix });
  const named = await front.up();
  expect(named.code, named.output).toBe(0);
  expect(await ask(docs.name)).toBe("200 docs 1.0.0 127.0.0.1");
  expect(await ask(shop.name, docs.name)).toMatch(/^421 /);

  const onDocs = load(docs);
  const bad = await docs.stack.up("-c", "slipway:version=6.6.6");
  expect(bad.code).not.toBe(0);
  expect(bad.output).toContain("6.6.6");
  expect((await onShop.stop()).failures).toEqual([]);
  expect((await onDocs.stop()).versions).toMatchObject({ "docs 1.0.0": expect.any(Number) as number });
  expect(await ask(docs.name)).toBe("200 docs 1.0.0 127.0.0.1");

  const again = await front.preview("--expect-no-changes");
  expect(again.code, again.output).toBe(0);
});

test("a name that leads to another stack is refused before anything is touched", async () => {
  await front.set({ [`front.names["${docs.name}"]`]: shop.prefix });
  expect((await front.up()).code).toBe(0);
  const claimed = await docs.stack.up("-c", "slipway:version=1.1.0");
  expect(claimed.code).not.toBe(0);
  expect(claimed.output).toContain(
    `slipway:url: the front passes this name on to another stack, got ${docs.name} to ${shop.prefix}`,
  );
  await front.set({ [`front.names["${docs.name}"]`]: docs.prefix });
  expect((await front.up()).code).toBe(0);
});

test("the front shows where names lead, comes back after a kill, and goes", async () => {
  const status = await front.slipway("status");
  expect(status.code, status.output).toBe(0);
  expect(status.stdout).toMatch(new RegExp(`${shop.name} .*${shop.prefix}`));

  const container = `${behind}-proxy-1`;
  const pid = execFileSync("docker", ["inspect", "--format", "{{.State.Pid}}", container], { encoding: "utf8" }).trim();
  process.kill(Number(pid), "SIGKILL");
  await expect.poll(() => ask(shop.name), { timeout: 20_000 }).toBe("200 shop 1.0.0 127.0.0.1");

  expect((await docs.stack.destroy()).code).toBe(0);
  expect(await ask(docs.name)).toBe("ECONNRESET");
  expect(await ask(shop.name)).toBe("200 shop 1.0.0 127.0.0.1");
  expect((await shop.stack.destroy()).code).toBe(0);
  const gone = await front.destroy();
  expect(gone.code, gone.output).toBe(0);
  expect(execFileSync("docker", ["volume", "ls", "--quiet", "--filter", `name=${behind}`], { encoding: "utf8" })).toBe(
    "",
  );
});
