import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { placed, writeNodeService } from "../support/node-service.ts";
import { startLoad } from "../support/load/closed-loop.ts";
import { removeEverything } from "../support/on-host.ts";
import { PulumiStack } from "../support/pulumi-stack.ts";
import { own } from "../support/run/id.ts";
import { leasePorts } from "../support/run/lease.ts";

/** What a person does with a service that runs, on a service of their own: restart it, close it, go back, keep files. */
const name = own("day-two");
const prefix = `ape-2026-${name}`;
const port = String(await leasePorts());
const url = `http://127.0.0.1:${port}`;
const stack = new PulumiStack(name, {
  config: {
    host: { kind: "local" },
    stockImages: { node: "slipway/node:local", haproxy: "slipway/haproxy:local" },
    profile: { kind: "instant", pauseSeconds: 0, watchSeconds: 1 },
    replicas: 2,
  },
});
const source = join(stack.folder, "source");
const docker = (...args: string[]) => execFileSync("docker", args, { encoding: "utf8" }).trim();

const server = `const { createServer } = require("node:http");
const server = createServer((request, response) => {
  const end = () => response.end(request.url === "/health" ? "ok" : process.env.SLIPWAY_VERSION);
  request.resume().on("end", () => setTimeout(end, request.url === "/health" ? 0 : 20));
});
server.listen(Number(process.env.PORT));
process.on("SIGTERM", () => server.close());
`;

beforeAll(async () => {
  const origin = 'org.opencontainers.image.revision=0123abc org.opencontainers.image.authors="Ada <ada@example.com>"';
  writeNodeService(source, { "server.js": server }, [`LABEL ${origin}`]);
  await stack.init(await placed(source, port));
  const { code, output } = await stack.up();
  expect(code, output).toBe(0);
});

afterAll(() => {
  removeEverything(name);
  stack.remove();
});

test("who looks at the rollouts is told what the image was made from", async () => {
  const { output } = await stack.slipway("rollout", "list");
  expect(output).toMatch(/nothing → 1\.0\.0-\w+ \(blue, commit 0123abc by Ada <ada@example\.com>\)/);
  expect((await stack.slipway("rollout", "show", "1")).output).toMatch(/^source +commit 0123abc by Ada/m);
});

describe("slipway restart", () => {
  const startedAt = (replica: string) => docker("inspect", "--format", "{{.State.StartedAt}}", `${prefix}-${replica}`);

  test("restarts live replica by replica, and no request meets it", async () => {
    const before = [startedAt("blue-1"), startedAt("blue-2"), startedAt("green-1")];
    const load = startLoad(url, 8);
    const { code, output } = await stack.slipway("restart", "--reason", "leaks memory");
    const { requests, failures } = await load.stop();
    expect(code, output).toBe(0);
    expect(failures).toEqual([]);
    expect(requests).toBeGreaterThan(50);
    expect(output).toMatch(/blue-1: healthy, and back in the proxy\n(.*\n)*blue-2: healthy, and back in the proxy/);
    const after = [startedAt("blue-1"), startedAt("blue-2"), startedAt("green-1")];
    expect(after.map((at, index) => at === before[index])).toEqual([false, false, true]);
    expect((await stack.slipway("rollout", "show", "1")).output).toMatch(
      /by hand +restart by \S+ at \S+: blue-2: leaks memory/,
    );
  });

  test("stops at the first that does not come back", async () => {
    docker("exec", `${prefix}-controller`, "true");
    const gone = docker("rename", `${prefix}-blue-1`, `${prefix}-blue-away`);
    const { code, output } = await stack.slipway("restart");
    docker("rename", `${prefix}-blue-away`, `${prefix}-blue-1`);
    expect({ code, gone }).toEqual({ code: 1, gone: "" });
    expect(output).toContain(`restart: needs the service's container ${prefix}-blue-1, got that it is not there`);
    expect(output).toContain("restart: stopped at blue-1; 1 more was not touched");
  });
});

describe("slipway rollback --to", () => {
  test("goes only where it is asked to, and says how to get to any other release", async () => {
    const { code, output } = await stack.up("-c", "slipway:version=1.1.0");
    expect(code, output).toBe(0);
    const elsewhere = await stack.slipway("rollback", "--to", "0.9.0");
    expect(elsewhere).toMatchObject({ code: 1 });
    expect(elsewhere.output).toMatch(
      /host: the standby does not hold 0\.9\.0, got 1\.0\.0-\w+ there; .* choose one of these\n {2}1\.0\.0-\w+: the standby holds it: slipway rollback\n/,
    );
    expect((await stack.slipway("rollout", "list")).output).toMatch(
      /→ 1\.0\.0-\w+ .*\[the standby holds it: slipway rollback\]/,
    );
    const back = await stack.slipway("rollback", "--to", "1.0.0");
    expect(back, back.output).toMatchObject({ code: 0 });
    expect(await (await fetch(url)).text()).toBe("1.0.0");
  });
});

describe("slipway maintenance and lock --wait", () => {
  const page = join(stack.folder, "page.html");
  const status = async (headers: Record<string, string> = {}) => (await fetch(url, { headers })).status;

  test("users get a page while an update waits for a lock and releases, and testers pass", async () => {
    writeFileSync(page, "<h1>Back at noon</h1>");
    const on = await stack.slipway("maintenance", "on", "--page", page, "--reason", "moves the database");
    expect(on, on.output).toMatchObject({ code: 0 });
    const pass = /slipway-pass=(\w+)/.exec(on.output)?.[1] ?? "";
    // A connection from before has one answer of the proxy that gave way to the one with the page.
    await expect.poll(async () => (await fetch(url)).text()).toBe("<h1>Back at noon</h1>");
    expect(await status()).toBe(503);
    expect(await status({ "x-slipway-pass": pass })).toBe(200);

    expect(await stack.slipway("lock", "--wait", "5m")).toMatchObject({ code: 0 });
    const update = stack.up("-c", "slipway:version=1.2.0");
    const holds = () => docker("top", `${prefix}-controller`).includes("cli.ts hold");
    await expect.poll(holds, { timeout: 180_000 }).toBe(true);
    expect(await stack.slipway("unlock")).toMatchObject({ code: 0 });
    const { code, output } = await update;
    expect(code, output).toBe(0);
    expect(output).toMatch(
      /slipway:host: it is locked by \S+ at \S+, until slipway unlock; an update waits for that, at most 300 s/,
    );

    const closed = "closed for maintenance by .*: moves the database; users get 503, whoever has x-slipway-pass passes";
    expect(output).toMatch(new RegExp(`warning: slipway:host: ${closed}. Fix: slipway maintenance off\n`));
    expect(output).toMatch(new RegExp(`✓ ${url} is ${closed}; behind that: live \\w+ 1.2.0, standby`));
    const drill = await stack.slipway("checklist", "--only", "rollback", "--drill");
    expect(drill.output).toMatch(new RegExp(`${closed}; no traffic was moved`));

    docker("restart", `${prefix}-controller`, `${prefix}-proxy-1`);
    await expect.poll(() => status({ "x-slipway-pass": pass }).catch(() => 0), { timeout: 60_000 }).toBe(200);
    expect(await status()).toBe(503);
    expect((await stack.slipway("status")).output).toMatch(/^closed +for maintenance by .*: moves the database/m);
    expect(await stack.slipway("maintenance", "off")).toMatchObject({ code: 0 });
    expect(await (await fetch(url)).text()).toBe("1.2.0");
  });
});
