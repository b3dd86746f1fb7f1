import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { placed, writeNodeService } from "../support/node-service.ts";
import { removeEverything } from "../support/on-host.ts";
import { PasswordStore } from "../support/password-store.ts";
import { PulumiStack } from "../support/pulumi-stack.ts";
import { own } from "../support/run/id.ts";
import { leasePorts } from "../support/run/lease.ts";

/** A staging that only some may see, on a service that knows nothing of it, and whose secret comes from where its team keeps it. */
const name = own("access");
const port = String(await leasePorts());
const store = new PasswordStore();
const stack = new PulumiStack(name, {
  env: store.env,
  config: {
    host: { kind: "local" },
    stockImages: { node: "slipway/node:local", haproxy: "slipway/haproxy:local" },
    profile: { kind: "instant", pauseSeconds: 0, watchSeconds: 1 },
    access: { user: "team" },
  },
});
const source = join(stack.folder, "source");
const server = `require("node:http").createServer((request, response) => {
  const { SLIPWAY_VERSION, TOKEN_FILE } = process.env;
  if (request.url === "/token") return response.end(require("node:fs").readFileSync(TOKEN_FILE));
  response.end(request.url === "/health" ? "ok" : SLIPWAY_VERSION + " " + request.headers.authorization);
}).listen(Number(process.env.PORT));
`;

beforeAll(async () => {
  writeNodeService(source, { "server.js": server });
  await stack.init(await placed(source, port));
});

afterAll(() => {
  removeEverything(name);
  stack.remove();
  store.remove();
});

async function ask(password?: string, path = "/") {
  const authorization = `Basic ${Buffer.from(`team:${String(password)}`).toString("base64")}`;
  const answer = await fetch(
    `http://127.0.0.1:${port}${path}`,
    password === undefined ? {} : { headers: { authorization } },
  );
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

/** The clone, whose Pulumi.yaml says how secrets are looked up as well. */
function programWith(command: string): string {
  const folder = join(stack.folder, "program");
  mkdirSync(folder);
  for (const entry of readdirSync(".").filter((entry) => entry !== "Pulumi.yaml"))
    symlinkSync(resolve(entry), join(folder, entry));
  const project = `${readFileSync("Pulumi.yaml", "utf8")}config:\n  slipway:secretCommand: ${command}\n`;
  writeFileSync(join(folder, "Pulumi.yaml"), project);
  return folder;
}

test("a secret comes from the store of the team; changed there, it is a new release", async () => {
  const token = () => ask("changed-password", "/token");
  store.set("shop/production/token", "from-the-store\n");
  await stack.set({ "secretReferences.token": "shop/production/token" });
  stack.program = programWith("[pass, show]");
  const first = await stack.up();
  expect(first.code, first.output).toBe(0);
  expect(await token()).toBe("200 from-the-store");
  const again = await stack.preview("--expect-no-changes");
  expect(again.code, again.output).toBe(0);

  store.set("shop/production/token", "changed-in-the-store\n");
  const second = await stack.up();
  expect(second.code, second.output).toBe(0);
  expect(await token()).toBe("200 changed-in-the-store");

  const names = await stack.slipway("secrets", "diff");
  expect(names.stdout, names.output).toBe("- live\n+ settings\n  token  reference shop/production/token\n");

  // A pull request's preview, on a machine that knows neither store nor key.
  stack.env.PASSWORD_STORE_DIR = join(stack.folder, "nowhere");
  const blind = await stack.preview("--expect-no-changes");
  expect(blind.code, blind.output).toBe(0);
  expect(blind.output).toContain("it takes token as if it had not changed since the last update");
  const refused = await stack.up();
  expect(refused.code).not.toBe(0);
  expect(refused.output).toContain("slipway:secretReferences.token: could not be looked up as shop/production/token");
  expect(await token()).toBe("200 changed-in-the-store");

  const seen =
    [first, again, second, names, blind, refused].map(({ output }) => output).join("") + (await stack.export());
  expect(seen).not.toMatch(/-in-the-store|from-the-store/);
});
