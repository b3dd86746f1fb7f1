import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { removeEverything } from "../support/on-host.ts";
import { PulumiStack } from "../support/pulumi-stack.ts";
import { own } from "../support/run/id.ts";
import { leasePorts, leaseSubnet } from "../support/run/lease.ts";

/** A staging that only some may see, on a service that knows nothing of it. */
const name = own("access");
const port = String(await leasePorts());
const stack = new PulumiStack(name, {
  config: {
    host: { kind: "local" },
    stockImages: { node: "slipway/node:local", haproxy: "slipway/haproxy:local" },
    profile: { kind: "instant", pauseSeconds: 0, watchSeconds: 1 },
    access: { user: "team" },
  },
});
const source = join(stack.folder, "source");
const server = `require("node:http").createServer((request, response) => {
  response.end(request.url === "/health" ? "ok" : process.env.SLIPWAY_VERSION + " " + request.headers.authorization);
}).listen(Number(process.env.PORT));
`;

beforeAll(async () => {
  mkdirSync(source);
  writeFileSync(join(source, "server.js"), server);
  writeFileSync(
    join(source, "Dockerfile"),
    'FROM slipway/node:local\nCOPY server.js /app/\nCMD ["node", "/app/server.js"]\n',
  );
  const place = { subnet: `${await leaseSubnet()}.0/24`, listenPort: port };
  await stack.init({ version: "1.0.0", "image.build": source, ...place });
});

afterAll(() => {
  removeEverything(name);
  stack.remove();
});

async function ask(password?: string) {
  const authorization = `Basic ${Buffer.from(`team:${String(password)}`).toString("base64")}`;
  const answer = await fetch(`http://127.0.0.1:${port}`, password === undefined ? {} : { headers: { authorization } });
  return `${String(answer.status)} ${await answer.text()}`;
}

test("without a password nothing is touched; with one, who has it is let in, and releases go on", async () => {
  const refused = await stack.up();
  expect(refused.code).not.toBe(0);
  expect(refused.output).toContain("slipway:accessPassword: is missing, and slipway:access.user needs it");

  await stack.setSecret("accessPassword", "planted-password");
  const first = await stack.up();
  expect(first.code, first.output).toBe(0);
  expect(await ask()).toMatch(/^401 /);
  expect(await ask("another")).toMatch(/^401 /);
  expect(await ask("planted-password")).toBe("200 1.0.0 undefined");
  for (const text of [first.output, await stack.export()]) expect(text.includes("planted-password")).toBe(false);

  await stack.setSecret("accessPassword", "changed-password");
  const second = await stack.up("-c", "slipway:version=1.1.0");
  expect(second.code, second.output).toBe(0);
  expect(await ask("planted-password")).toMatch(/^401 /);
  expect(await ask("changed-password")).toBe("200 1.1.0 undefined");
  expect((await stack.slipway("status")).code).toBe(0);
});
