import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkOutEarlier, removeEarlier, upgradesFrom } from "../support/earlier-slipway.ts";
import { killedAt, working } from "../support/killed-update.ts";
import { ClosedLoop } from "../support/load/closed-loop.ts";
import { placed, writeNodeService } from "../support/node-service.ts";
import { removeEverything } from "../support/on-host.ts";
import { PulumiStack } from "../support/pulumi-stack.ts";
import { own } from "../support/run/id.ts";
import { leasePorts } from "../support/run/lease.ts";
import { succeeded } from "../support/succeeded.ts";

const docker = (...args: string[]) => execFileSync("docker", args, { encoding: "utf8" }).trim();
const server = `require("node:http").createServer((request, response) => {
  request.resume();
  request.on("end", () => response.setHeader("x-slipway-version", process.env.SLIPWAY_VERSION ?? "?").end("ok"));
}).listen(Number(process.env.PORT));
process.on("SIGTERM", () => process.exit(0));`;

/** What people order on a host, in an order that leads on: 1.1.0 is live before, 1.0.0 afterwards. */
const orders: readonly (readonly [words: readonly string[], answer: RegExp])[] = [
  [["status"], /^live .*1\.1\.0/m],
  [["rollout", "list"], /→ 1\.1\.0-/],
  [["maintenance", "on", "--reason", "a look"], /^closed for maintenance by .*: a look$/m],
  [["maintenance", "off"], /^open again by/m],
  [["rollback", "--reason", "errors in the basket"], /^promoted: blue is live \(1\.0\.0-/m],
  [["lock", "--reason", "an upgrade"], /^locked by .*: an upgrade, until slipway unlock$/m],
];
/** No version meets words of the other one that it does not know. */
const unknown = /usage:|another version/;

describe.each(upgradesFrom())("from $name", ({ commit }) => {
  const name = own("drill");
  const stack = new PulumiStack(name, {
    config: {
      host: { kind: "local" },
      stockImages: { node: "slipway/node:local", haproxy: "slipway/haproxy:local", postgres: "slipway/postgres:local" },
      profile: { kind: "instant", pauseSeconds: 0, watchSeconds: 0 },
      databases: { postgres: { name: "ape", user: "ape" } },
      replicas: 2,
    },
  });
  const earlier = join(stack.folder, "slipway");
  /** A proxy hands over to the next one without a lost request; these must not be replaced at all. */
  const serving = () => {
    const names = docker("ps", "--filter", `name=^/ape-2026-${name}-`, "--format", "{{.Names}}").split("\n");
    const kept = names.filter((each) => !/-(controller|proxy-\d)$/.test(each)).sort();
    return docker("inspect", "--format", "{{.Name}} {{.Id}} {{.State.StartedAt}}", ...kept).split("\n");
  };
  let url = "";

  beforeAll(async () => {
    const port = String(await leasePorts());
    url = `http://127.0.0.1:${port}`;
    checkOutEarlier(commit, earlier);
    const source = join(stack.folder, "service");
    writeNodeService(source, { "server.js": server });
    await stack.init({ ...(await placed(source, port)), "backups.directory": join(stack.folder, "backups") });
    stack.program = earlier;
    succeeded(await stack.up());
    await stack.set({ version: "1.1.0" });
    succeeded(await stack.up());
    stack.program = process.cwd();
  });

  afterAll(() => {
    removeEverything(name);
    removeEarlier(earlier);
    stack.remove();
  });

  const obeyed = async () => {
    for (const [words, answer] of orders) {
      const said = succeeded(await stack.slipway(...words));
      expect(said, words.join(" ")).toMatch(answer);
      expect(said, words.join(" ")).not.toMatch(unknown);
    }
  };
  const refuses = async (why: RegExp) => {
    const { code, output } = await stack.up();
    expect(code).not.toBe(0);
    expect(output).toMatch(why);
  };
  const withdrawn = /1\.1\.0-\w+ was withdrawn .*errors in the basket/;

  test("this command line orders the earlier controller about, and this program keeps to what was ordered", async () => {
    await obeyed();
    await refuses(/an upgrade/);
    succeeded(await stack.slipway("unlock"));
    await refuses(withdrawn);
    await stack.set({ version: "1.0.0" });
  });

  test("an upgrade under load that is killed in the middle, and once more: nothing that serves is replaced, no request is lost", async () => {
    const before = serving();
    const load = new ClosedLoop({ url, workers: 4, pauseMs: 20 });
    const controller = docker("inspect", "--format", "{{.Id}}", `ape-2026-${name}-controller`);
    await killedAt(stack, async () => (await working(stack)).includes("router-controller"));
    succeeded(await stack.up());
    expect(docker("inspect", "--format", "{{.Id}}", `ape-2026-${name}-controller`)).not.toBe(controller);
    expect(serving()).toEqual(before);
    succeeded(await stack.up("--expect-no-changes"));
    const { requests, failures } = await load.stop();
    expect(failures).toEqual([]);
    expect(requests).toBeGreaterThan(100);
  });

  test("the earlier command line orders this controller about, and the earlier program can be gone back to", async () => {
    await stack.set({ version: "1.1.0" });
    await refuses(withdrawn);
    succeeded(await stack.slipway("allow", "1.1.0"));
    succeeded(await stack.up());
    stack.program = earlier;
    await obeyed();
    succeeded(await stack.slipway("unlock"));
    const before = serving();
    const load = new ClosedLoop({ url, workers: 4, pauseMs: 20 });
    await refuses(withdrawn);
    await stack.set({ version: "1.0.0" });
    succeeded(await stack.up());
    expect(serving()).toEqual(before);
    expect((await load.stop()).failures).toEqual([]);
  });
});
