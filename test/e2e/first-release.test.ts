import { execFileSync, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer, request, type IncomingMessage } from "node:http";
import { readdirSync, readFileSync } from "node:fs";
import { totalmem } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { metricsPort } from "../../router/paths.ts";
import type { DashboardData } from "../../monitoring/dashboard-data.ts";
import { watchersOf } from "../../lib/releases/declared-on-host.ts";
import { tag } from "../../toolchain/stock-images.ts";
import { Metrics } from "../router/support/metrics.ts";
import { buildGrafanaStandIn } from "../support/grafana-stand-in.ts";
import { startLoad } from "../support/load/closed-loop.ts";
import { made, removeEverything } from "../support/on-host.ts";
import { PulumiStack, type Ended } from "../support/pulumi-stack.ts";
import { own } from "../support/run/id.ts";
import { leasePorts, leaseSubnet } from "../support/run/lease.ts";
import { succeeded } from "../support/succeeded.ts";

const stackName = own("e2e");
const prefix = `ape-2026-${stackName}`;
const [port, subnet] = [await leasePorts(), await leaseSubnet()];
const url = `http://127.0.0.1:${String(port)}`;
const planted = "planted-secret-7f3a91";
/** Whoever listens here hears of every rollout; the address is reached from the containers' network. */
const webhook = { port: port + 1, path: `/hook/${planted}` };
const slacked: string[] = [];
/** Of Prometheus. */
interface Answer {
  readonly data: {
    readonly result: readonly { readonly metric: { part?: string; slot?: string }; readonly value: [number, string] }[];
  };
}
const told: { event: string; release: string }[] = [];
const receiver = createServer((request, response) => {
  let body = "";
  request.on("data", (chunk: Buffer) => (body += String(chunk)));
  request.on("end", () => {
    if (request.url === webhook.path) told.push(JSON.parse(body) as (typeof told)[number]);
    if (request.url?.startsWith("/slack/")) slacked.push(body);
    response.writeHead(request.url === webhook.path ? 204 : 200).end("ok");
  });
});

const stack = new PulumiStack(stackName);
const backups = join(stack.folder, "backups");

const docker = (...args: string[]) => execFileSync("docker", args, { encoding: "utf8" }).trim();
/** Identity of every container of the stack: a replaced one has another id, a restarted one another start. */
const identities = () =>
  docker(
    "inspect",
    "--format",
    "{{.Name}} {{.Id}} {{.State.StartedAt}} {{.RestartCount}}",
    ...made(stackName, "container"),
  )
    .split("\n")
    .sort();
const identity = (slot: string) => identities().filter((line) => line.includes(`-${slot}-`));

async function live(): Promise<string> {
  const { live } = (await stack.outputs()) as { live: { slot: string; version: string } };
  return `${live.slot} ${live.version}`;
}

async function answeringVersion(): Promise<string | null> {
  return (await fetch(url)).headers.get("x-slipway-version");
}

beforeAll(async () => {
  await stack.init({
    version: "1.0.0",
    subnet: `${subnet}.0/24`,
    listenPort: String(port),
    "backups.directory": backups,
    "health.gateSeconds": "15",
    "profile.pauseSeconds": "1",
    "profile.watchSeconds": "2",
    "env.GREETING": "hello",
    "monitoring.kind": "existing",
  });
  await stack.setSecret("secrets.token", planted);
  await stack.setSecret("noticeSecrets.webhook-url", `http://${subnet}.1:${String(webhook.port)}${webhook.path}`);
  await stack.set({ "notices.webhook.events[0]": "started", "notices.webhook.events[1]": "promoted" });
  receiver.listen(webhook.port, "0.0.0.0");
});

afterAll(() => {
  removeEverything(stackName);
  stack.remove();
  receiver.close();
});

describe("a stack on one machine", () => {
  test("the first up ends with a service that answers", async () => {
    succeeded(await stack.up());
    const outputs = await stack.outputs();
    expect(outputs).toEqual({
      url,
      hosts: {},
      live: {
        slot: "blue",
        version: "1.0.0",
        release: expect.stringMatching(/^1\.0\.0-[0-9a-f]{8}$/) as string,
        image: expect.stringMatching(/^ape-2026:1\.0\.0-/) as string,
      },
      standby: expect.objectContaining({ slot: "green", version: "1.0.0" }) as object,
      // Only for the next preview.
      proxy: "[secret]",
      rules: {},
      machines: {},
      monitoring: expect.any(Object) as object,
    });
    const health = (await (await fetch(`${url}/health`)).json()) as Record<string, unknown>;
    expect(health).toEqual({
      status: "healthy",
      version: "1.0.0",
      uptime: expect.any(Number) as number,
      services: { database: "healthy", redis: "healthy" },
    });
  });

  test("its controller tells of it in the stack's own network, and nobody through the proxy", async () => {
    const metrics = new Metrics({ address: `${subnet}.3`, port: metricsPort });
    await expect.poll(async () => (await metrics.by("slipway_requests_total", "slot")).blue ?? 0).toBeGreaterThan(0);
    expect(await metrics.by("slipway_release_info", "version")).toEqual({ "1.0.0": 1 });
    expect(await (await fetch(`${url}/metrics`)).text()).not.toContain("slipway_");
    expect(JSON.parse(docker("exec", `${prefix}-controller`, "slipway-router", "digest"))).toMatchObject([
      { kind: "release", version: "1.0.0", verdict: "promoted" },
    ]);
  });

  test("again: nothing changes, nothing runs", async () => {
    const before = identities();
    const again = await stack.up("--expect-no-changes");
    succeeded(again);
    expect(again.output).not.toContain("rollout ");
    expect(again.output).not.toContain("warning:");
    expect(identities()).toEqual(before);
  });

  test("whoever wants to know is told", async () => {
    await expect.poll(() => told.map(({ event }) => event), { timeout: 120_000 }).toEqual(["started", "promoted"]);
  });

  test.each([80, 100])("a refusal on a terminal of %i columns ends with its verdict", async (columns) => {
    const refused = await stack.onTerminal(columns, ["up", "--yes", "--skip-preview", "-c", "slipway:drainSeconds=-1"]);
    await stack.unset("drainSeconds");
    expect(refused.code).not.toBe(0);
    expect(lastWords(refused.output)).toBe(
      "error: slipway:drainSeconds: is not allowed, got -1; allowed at least 0. Fix: pulumi config set --path 'slipway:drainSeconds' <value>",
    );
  });

  test("a refresh shows no drift", async () => {
    succeeded(await stack.refresh("--expect-no-changes"));
  });

  test("a preview says in release terms what will happen", async () => {
    const before = identities();
    const preview = await stack.preview("-c", "slipway:version=1.1.0");
    succeeded(preview);
    expect(preview.output).toMatch(
      /Release 1\.1\.0-[0-9a-f]{8} goes into slot green \(standby, now 1\.0\.0-[0-9a-f]{8}\)/,
    );
    expect(preview.output).toContain(
      "traffic moves blue → green step by step (slipway rollout watch shows it); blue stays warm",
    );
    expect(preview.output).not.toContain("api-blue");
    expect(identities()).toEqual(before);
  });

  test("versions go there, back and there again without a failed request", async () => {
    const load = startLoad(url, 16);
    const blue = identity("blue");

    const update = ["up", "--yes", "--skip-preview", "--non-interactive", "-c"];
    const there = await stack.onTerminal(100, [...update, "slipway:version=1.1.0"]);
    succeeded(there);
    expect(there.output).toMatch(/; 10 % → green: 0 errors of \d+ requests, p50 \d+ ms, p99 \d+ ms\n/);
    expect(lastWords(there.output)).toBe(`✓ ${url} is up: live green 1.1.0, standby blue 1.0.0`);
    expect(await live()).toBe("green 1.1.0");
    expect(await answeringVersion()).toBe("1.1.0");
    expect(identity("blue")).toEqual(blue);

    const everything = identities();
    const back = await stack.up("-c", "slipway:version=1.0.0");
    succeeded(back);
    expect(await live()).toBe("blue 1.0.0");
    expect(await answeringVersion()).toBe("1.0.0");
    expect(identities()).toEqual(everything);

    // The display that also asks first, where nobody says --yes.
    const asked = ["up", "--yes", "--skip-preview", "--diff", "-c", "slipway:version=1.1.0"];
    const again = await stack.onTerminal(80, asked);
    succeeded(again);
    expect(again.output).toContain("100 % → green\n");
    expect(again.output).toContain("Ctrl-C ends only this update, slipway rollout abort ends the rollout\n");
    expect(again.output).toContain(`✓ ${url} is up: live green 1.1.0, standby blue 1.0.0\n`);
    expect(await live()).toBe("green 1.1.0");
    expect(identities()).toEqual(everything);

    const report = await load.stop();
    expect(report.requests).toBeGreaterThan(1_000);
    expect(report).toMatchObject({ failed: 0, failures: [] });
    expect(Object.keys(report.versions).sort()).toEqual(["1.0.0", "1.1.0"]);
  });

  test("the checklist proves what it can: a notice arrives, and a drill goes there and back without a failed request", async () => {
    const before = await live();
    const containers = identities();
    const asked = ["--only", "ssh-access,notices,dashboards,rollback", "--test-notices", "--drill"];
    const { code, stdout, output } = await stack.slipway("checklist", ...asked, "--json");
    const { items } = JSON.parse(stdout) as {
      items: { name: string; outcome: string; evidence: { findings: { outcome: string; detail: string }[] }[] }[];
    };
    const found = Object.fromEntries(items.map(({ name, outcome }) => [name, outcome]));
    // Nobody said where a Prometheus answers.
    const expected = { "ssh-access": "proven", notices: "proven", dashboards: "could-not-look", rollback: "proven" };
    expect(found, output).toEqual(expected);
    expect(code).toBe(3);
    expect(told.filter(({ event }) => event === "test")).toHaveLength(1);
    const details = items.flatMap(({ evidence }) =>
      evidence.flatMap((each) => each.findings.map(({ detail }) => detail)),
    );
    expect(details).toContainEqual(expect.stringMatching(/tells its figures$/));
    expect(details).toContainEqual(
      expect.stringMatching(/went to 1\.0\.0-\w+ and back to 1\.1\.0-\w+; 0 of \d+ requests failed$/),
    );
    expect(await live()).toBe(before);
    expect(await answeringVersion()).toBe("1.1.0");
    expect(identities()).toEqual(containers);
    expect((await stack.slipway("status")).output).not.toContain("withdrawn");
    const later = await stack.slipway("checklist", "--only", "rollback");
    expect(later).toMatchObject({
      code: 0,
      output: expect.stringMatching(/went back to 1\.1\.0-\w+ on .*, and it held/) as string,
    });
    expect(output).not.toContain(planted);
  });
});

describe("Ctrl-C on a terminal", () => {
  const running = async () => {
    const { stdout } = await stack.slipway("status", "--json");
    return (JSON.parse(stdout) as { ledger: { running: { percent: number } | null } }).ledger.running?.percent;
  };

  test("gives the prompt back, says that the host carries on, and how to end it", async () => {
    await stack.set({ version: "1.1.1", "profile.pauseSeconds": "600" });
    const at10 = expect.poll(running, { timeout: 120_000 }).toBe(10);
    const pressed = await stack.onTerminal(
      80,
      ["up", "--yes", "--skip-preview"],
      at10.then(() => "\u0003"),
    );
    expect(pressed.code).not.toBe(0);
    expect(pressed.output).toContain(
      "the host carries on alone: Ctrl-C ends only this update, slipway rollout abort ends the rollout\n",
    );
    expect(await running()).toBe(10);
    const ended = await stack.slipway("rollout", "abort");
    succeeded(ended);
    expect(ended.output).toMatch(/^release 1\.1\.1-\w+: rejected, it was ended by .*; live stays green \(1\.1\.0-/m);
    await stack.set({ version: "1.1.0", "profile.pauseSeconds": "1" });
    succeeded(await stack.up());
    expect(await stack.outputs()).toMatchObject({ live: { slot: "green", version: "1.1.0" }, standby: null });
  });
});

/** The last line of what an update has to say, before the engine counts resources. */
const lastWords = (output: string) => output.split("\nResources:\n").at(-2)?.trim().split("\n").at(-1)?.trim();

describe("a host that is not as it was left", () => {
  test("a preview without access to it goes by the stack's outputs, and says so", async () => {
    await stack.set({ "host.dockerHost": "unix:///tmp/no-such.sock" });
    const preview = await stack.preview();
    succeeded(preview);
    expect(preview.output).toContain("goes by the stack's last outputs instead of the host's ledger");
    expect(preview.output).toMatch(/Release 1\.1\.0-[0-9a-f]{8} has all traffic in slot green: nothing moves/);
    const up = await stack.up();
    expect(up.code).not.toBe(0);
    expect(up.output).toMatch(/slipway:host: the rollout controller .* can't be asked.*Fix: start Docker/s);
    await stack.unset("host.dockerHost");
  });

  test("a stack that is up is not brought up under another name of its service", async () => {
    const before = identities();
    await stack.set({ service: "other" });
    const up = await stack.up();
    await stack.set({ service: "ape-2026" });
    expect(up.code).not.toBe(0);
    expect(up.output).toMatch(
      /slipway:service: this stack is up as ape-2026.*Fix: pulumi config set slipway:service ape-2026;/,
    );
    expect(up.output).not.toContain("slipway:subnet");
    expect(identities()).toEqual(before);
  });

  test("a controller that somebody removed comes back and remembers; nobody notices", async () => {
    const load = startLoad(url, 2);
    const slots = [...identity("blue"), ...identity("green")];
    docker("rm", "-f", `${prefix}-controller`);
    succeeded(await stack.up("--refresh"));
    expect(await live()).toBe("green 1.1.0");
    expect([...identity("blue"), ...identity("green")]).toEqual(slots);
    expect(await load.stop()).toMatchObject({ failed: 0 });
  });
});

describe("a release that fails", () => {
  /** Runs an `up` that must fail under load, and shows that nobody noticed. */
  async function failing(change: () => Promise<void>): Promise<Ended> {
    const before = identity("green");
    const load = startLoad(url, 2);
    await change();
    const ended = await stack.up();
    const report = await load.stop();
    expect(ended.code, ended.output).not.toBe(0);
    expect(report).toMatchObject({ failed: 0 });
    expect(Object.keys(report.versions)).toEqual(["1.1.0"]);
    expect(await live()).toBe("green 1.1.0");
    expect(identity("green")).toEqual(before);
    expect(ended.output).not.toMatch(/^\s+at .*:\d+:\d+/m);
    return ended;
  }

  test("because it never gets healthy", async () => {
    const { output } = await failing(() => stack.set({ version: "1.2.0", faults: "unhealthy" }));
    expect(output).toMatch(/release 1\.2\.0-[0-9a-f]{8}.*rejected/);
    expect(output).toContain("Fix: slipway logs --slot blue says more");
  });

  test("because it crashes", async () => {
    const { output } = await failing(() => stack.set({ version: "1.2.0", faults: "crash-after-s=0" }));
    expect(output).toMatch(/rejected.*Fix: slipway logs --slot/s);
  });

  test("because its answers are errors", async () => {
    const before = await live();
    const load = startLoad(url, 8);
    await stack.set({ version: "1.2.0", faults: "error-rate=1", "profile.pauseSeconds": "10" });
    const { code, output } = await stack.up();
    await load.stop();
    expect(code).not.toBe(0);
    expect(output).toMatch(/rejected.*error/s);
    expect(await live()).toBe(before);
    await stack.set({ "profile.pauseSeconds": "1" });
  });

  test("because its backup fails", async () => {
    const { output } = await failing(() => stack.set({ faults: "", "backups.directory": "/proc/no/such/folder" }));
    expect(output).toMatch(/backup.*nothing is released and no traffic moves.*Fix: see above|mkdir: cannot create/s);
    await stack.set({ "backups.directory": backups });
  });

  test("because its image does not exist", async () => {
    const { output } = await failing(async () => {
      await stack.unset("image.build");
      await stack.set({ "image.name": "127.0.0.1:1/nothing/here", faults: "" });
    });
    expect(output).toMatch(
      /slipway:image\.name: can't be had, got 127\.0\.0\.1:1\/nothing\/here:1\.2\.0 .*Fix: push it/s,
    );
    await stack.unset("image.name");
    await stack.set({ "image.build": "examples/ape-2026" });
  });

  test("because a setting is wrong", async () => {
    const { output } = await failing(() => stack.set({ "profile.steps[0]": "60" }));
    expect(output).toContain(
      "slipway:profile.steps[1]: must rise from step to step, got 50; allowed 61 to 100. Fix: pulumi",
    );
    await stack.set({ "profile.steps[0]": "10" });
  });

  test("and the next good one just works", async () => {
    const load = startLoad(url, 2);
    const good = await stack.up();
    succeeded(good);
    expect(await live()).toBe("blue 1.2.0");
    expect(await load.stop()).toMatchObject({ failed: 0 });
  });

  test("one after the other goes out at once, however long somebody still talks to an old one", async () => {
    // Each reload would end what is open after drainSeconds, whoever's it is.
    const reloads = () =>
      [1, 2]
        .flatMap((place) => spawnSync("docker", ["logs", `${prefix}-proxy-${String(place)}`], { encoding: "utf8" }))
        .flatMap(({ stdout, stderr }) => (stdout + stderr).match(/Reloading HAProxy/g) ?? []).length;
    const before = reloads();
    const talk = new SlowRequest(url);
    await talk.begun;
    succeeded(await stack.up("-c", "slipway:version=1.3.0"));
    const second = await stack.up("-c", "slipway:version=1.4.0");
    succeeded(second);
    expect(second.output).toMatch(
      /-blue-[12]: its [12] requests or streams have 300 s to end; until then it stays aside, beside the new containers/,
    );
    expect(second.output).not.toMatch(/waiting for \d+ requests/);
    expect(await live()).toBe("blue 1.4.0");
    expect(await answeringVersion()).toBe("1.4.0");
    expect(reloads()).toBe(before);
    const aside = () => docker("ps", "--all", "--filter", `name=^/${prefix}-.*-draining-`, "--format", "{{.Names}}");
    expect(aside()).toMatch(/-blue-[12]-draining-\d+$/);
    expect((await stack.slipway("status")).output).toMatch(
      /^aside {4}ape-2026-.*-blue-[12] still has requests or streams, until \S+Z at most$/m,
    );
    expect(await stack.slipway("drift")).toMatchObject({ code: 0 });
    succeeded(await stack.refresh("--expect-no-changes"));

    expect(await talk.end()).toEqual({ status: 201, version: "1.2.0" });
    await expect.poll(aside, { timeout: 60_000, interval: 200 }).toBe("");
    succeeded(await stack.up("--expect-no-changes"));
  });
});

/** A request whose body is on its way until it is ended. */
class SlowRequest {
  readonly begun: Promise<void>;
  readonly #call;
  readonly #answer;

  constructor(base: string) {
    const headers = { "content-type": "application/json" };
    this.#call = request(`${base}/api/v1/queries`, { method: "POST", headers, agent: false });
    this.#answer = once(this.#call, "response") as Promise<[IncomingMessage]>;
    this.begun = new Promise((resolve) =>
      this.#call.write('{"question":', () => {
        resolve();
      }),
    );
  }

  async end(): Promise<{ readonly status: number | undefined; readonly version: unknown }> {
    this.#call.end('"how long?"}');
    const [response] = await this.#answer;
    response.resume();
    return { status: response.statusCode, version: response.headers["x-slipway-version"] };
  }
}

describe("watched from its own host", () => {
  const watchers = watchersOf(["postgres", "redis"], ["grafana"]);
  const grafana = `${prefix}/grafana:stand-in`;
  const hook = `/slack/${planted}`;
  const running = () => [...identity("blue"), ...identity("green")];
  const all = ["controller 1", "database 1", "database 1", "host 1"];
  const asked = async (part: "prometheus" | "alertmanager", path: string): Promise<unknown> => {
    const { monitoring } = (await stack.outputs()) as { monitoring: Record<typeof part, string> };
    return (await fetch(`${monitoring[part]}${path}`)).json();
  };
  const answering = async () =>
    ((await asked("prometheus", "/api/v1/query?query=up{job='slipway'}")) as Answer).data.result
      .map(({ metric, value }) => `${metric.part ?? ""} ${value[1]}`)
      .sort();

  test("nothing is removed for an update whose images can't all be had", async () => {
    const controller = () => docker("inspect", "--format", "{{.Id}} {{.State.Running}}", `${prefix}-controller`);
    const before = controller();
    const images = Object.fromEntries(
      watchers.map((part) => [`stockImages.${part}`, part === "grafana" ? grafana : tag(part)]),
    );
    buildGrafanaStandIn(grafana, stackName);
    await stack.setSecret("grafanaPassword", planted);
    await stack.setSecret("noticeSecrets.slack-url", `http://${subnet}.1:${String(webhook.port)}${hook}`);
    await stack.set({
      "monitoring.kind": "host",
      "monitoring.service.port": "8001",
      "monitoring.grafana": "true",
      "notices.slack.events[0]": "stuck",
      ...images,
      "stockImages.prometheus": "127.0.0.1:9/no-such-image:1",
    });
    expect((await stack.up()).code).not.toBe(0);
    expect(controller()).toBe(before);
    await stack.set({ "stockImages.prometheus": tag("prometheus") });
  });

  test("no release is made, nothing is published, and each part is asked", async () => {
    const before = running();
    const up = await stack.up();
    succeeded(up);
    expect(up.output).not.toContain("rollout ");
    expect(running()).toEqual(before);
    await expect.poll(answering, { timeout: 60_000, interval: 500 }).toEqual(all);
    for (const part of watchers) expect(docker("port", `${prefix}-${part}`)).toBe("");
    succeeded(await stack.up("--expect-no-changes"));
  });

  test("the figures say what the host is like, and rules are at work", async () => {
    const { data } = (await asked("prometheus", "/api/v1/query?query=node_memory_MemTotal_bytes")) as Answer;
    expect(Number(data.result[0]?.value[1])).toBe(totalmem());
    await expect
      .poll(async () => JSON.stringify(await asked("alertmanager", "/api/v2/alerts")), { timeout: 60_000 })
      .toContain("SlipwayWatchdog");
  });

  test("the service tells of itself in the stack's network, and the proxy leads nobody there", async () => {
    const slots = async () =>
      ((await asked("prometheus", "/api/v1/query?query=service_requests_in_flight")) as Answer).data.result.map(
        ({ metric }) => metric.slot,
      );
    await expect
      .poll(async () => (await slots()).sort(), { timeout: 60_000, interval: 500 })
      .toEqual(["blue", "green"]);
    expect((await fetch(`${url}/metrics`)).status).toBe(404);
  });

  test("a dashboard is drawn from them, through the host", async () => {
    expect(await stack.slipway("checklist", "--only", "dashboards")).toMatchObject({
      code: 0,
      output: expect.stringContaining("Prometheus has this stack's figures") as string,
    });
    const file = join(stack.folder, "dashboard.html");
    expect(await stack.slipway("dashboard", "--hours", "1", "--output", file)).toMatchObject({ code: 0 });
    expect(readFileSync(file, "utf8")).toContain("<h1");
    const told = JSON.parse((await stack.slipway("dashboard", "--hours", "1", "--json")).stdout) as DashboardData;
    expect(told.delivery.map(([name]) => name)).toEqual(
      expect.arrayContaining(["deployment frequency", "build success rate", "build time", "lead time for changes"]),
    );
    const memory = async () => {
      const { stdout } = await stack.slipway("dashboard", "--hours", "1", "--json");
      return (JSON.parse(stdout) as DashboardData).panels.find(({ title }) => title === "Memory")?.lines;
    };
    // A point of the page is up to fifteen seconds old.
    await expect
      .poll(memory, { timeout: 60_000, interval: 1_000 })
      .toEqual([{ name: "host", values: expect.arrayContaining([expect.any(Number)]) as number[] }]);
  });

  test("Alertmanager tells whom the notices name, with a key that only it reads", async () => {
    const { monitoring } = (await stack.outputs()) as { monitoring: { alertmanager: string } };
    const labels = { alertname: "Planted", severity: "warning", service: "ape-2026", environment: stackName };
    await fetch(`${monitoring.alertmanager}/api/v2/alerts`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify([{ labels }]),
    });
    await expect.poll(() => slacked, { timeout: 60_000 }).toEqual([expect.stringContaining("Planted")]);
    expect(await stack.slipway("logs", "--part", "alertmanager")).toMatchObject({ code: 0 });
    expect(docker("exec", `${prefix}-alertmanager`, "stat", "-c", "%a %u", "/etc/slipway/slack-url")).toBe("400 65534");
  });

  test("Grafana gets the stack's dashboard and source, and lets in who has the password, which only its file has", async () => {
    const { monitoring } = (await stack.outputs()) as { monitoring: { grafana: string; prometheus: string } };
    expect((await fetch(`${monitoring.grafana}/`)).status).toBe(401);
    const authorization = `Basic ${Buffer.from(`admin:${planted}`).toString("base64")}`;
    const found: unknown = await (await fetch(`${monitoring.grafana}/`, { headers: { authorization } })).json();
    expect(found).toEqual({ user: 472, source: monitoring.prometheus, boards: [`ape-2026 ${stackName}`] });
    expect(docker("inspect", `${prefix}-grafana`)).not.toContain(planted);
    expect(docker("top", `${prefix}-grafana`)).not.toContain(planted);
    expect(docker("exec", `${prefix}-grafana`, "stat", "-c", "%a %u", "/etc/slipway/admin-password")).toBe("400 472");
  });

  test("one that is killed comes back, and one that somebody removed with the next update", async () => {
    process.kill(Number(docker("inspect", "--format", "{{.State.Pid}}", `${prefix}-prometheus`)), "SIGKILL");
    docker("rm", "--force", `${prefix}-exporter`, `${prefix}-grafana`);
    const { output } = await stack.slipway("status");
    expect(output).toMatch(/^changed .*the node exporter \(.*-exporter\)/m);
    expect(output).toMatch(/^changed .*Grafana \(.*-grafana\) is not there: it is made anew/m);
    succeeded(await stack.up());
    await expect.poll(answering, { timeout: 60_000, interval: 500 }).toEqual(all);
  });

  test("a section that goes takes all of it away, says so, and makes no release either", async () => {
    const before = running();
    await stack.unset("monitoring");
    await stack.unset("grafanaPassword");
    const up = await stack.up();
    succeeded(up);
    expect(up.output).toContain("all figures that they have kept are deleted");
    expect(running()).toEqual(before);
    const left = [
      docker("ps", "--all", "--format", "{{.Names}}"),
      docker("volume", "ls", "--format", "{{.Name}}"),
    ].join("\n");
    for (const part of [...watchers, "monitoring"]) expect(left).not.toContain(`${prefix}-${part}`);
    docker("rmi", grafana);
  });
});

describe("what stays behind", () => {
  test("no secret is in the state in plain text", () => {
    const everything = readdirSync(stack.state, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"))
      .join("\n");
    const file = (name: string) => docker("exec", `${prefix}-blue-1`, "cat", `/run/secrets/${name}`);
    expect(file("token")).toBe(planted);
    const passwords = ["database-url", "redis-url"].map((name) => new URL(file(name)).password);
    expect(everything).toContain(`${prefix}-blue-1`);
    for (const secret of [planted, ...passwords]) expect(everything.includes(secret)).toBe(false);
  });

  test("every release was backed up first, in files that only their owner reads", () => {
    const files = readdirSync(join(backups, prefix));
    expect(files.filter((file) => file.endsWith(".postgres.dump")).length).toBeGreaterThan(2);
    expect(files.filter((file) => file.endsWith(".redis.rdb")).length).toBeGreaterThan(2);
    expect(files.filter((file) => file.endsWith(".part"))).toEqual([]);
  });

  test("destroy leaves nothing but data and backups, and says where these are", async () => {
    const destroyed = await stack.destroy();
    succeeded(destroyed);
    expect(destroyed.output).toContain(`Backups are kept in ${backups}/${prefix}`);
    for (const kind of ["container", "network", "image"] as const) expect(made(stackName, kind)).toEqual([]);
    expect(made(stackName, "volume").sort()).toEqual([`${prefix}-postgres`, `${prefix}-redis`]);
  });
});
