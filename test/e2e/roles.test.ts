import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { placed, writeNodeService } from "../support/node-service.ts";
import { removeEverything } from "../support/on-host.ts";
import { PulumiStack } from "../support/pulumi-stack.ts";
import { own } from "../support/run/id.ts";
import { leasePorts } from "../support/run/lease.ts";
import { succeeded } from "../support/succeeded.ts";

/** A service with a worker that takes jobs: only that of the live release does, through releases, a way back and changes by hand. */
const name = own("roles");
const prefix = `ape-2026-${name}`;
const port = String(await leasePorts());
const url = `http://127.0.0.1:${port}`;
const stack = new PulumiStack(name, {
  config: {
    host: { kind: "local" },
    stockImages: { node: "slipway/node:local", haproxy: "slipway/haproxy:local" },
    profile: { kind: "instant", pauseSeconds: 0, watchSeconds: 0 },
    volumes: { jobs: { folder: "/app/jobs", backup: false } },
    monitoring: { kind: "existing" },
    roles: { worker: { command: ["node", "/app/worker.js"], replicas: 2, memoryMb: 256 } },
  },
});
const source = join(stack.folder, "source");
const docker = (...args: string[]) => execFileSync("docker", args, { encoding: "utf8" }).trim();

const server = `const { createServer } = require("node:http");
const { writeFileSync, readFileSync } = require("node:fs");
const server = createServer((request, response) => {
  if (request.url === "/health") return response.end("ok");
  const file = "/app/jobs" + request.url;
  if (request.method === "PUT") return response.end(String(writeFileSync(file + ".todo", "")));
  try {
    response.end(readFileSync(file + ".done"));
  } catch {
    response.writeHead(404).end();
  }
});
server.listen(Number(process.env.PORT));
process.on("SIGTERM", () => server.close());
`;
const worker = `const { readdirSync, renameSync, writeFileSync } = require("node:fs");
console.log("begins as " + process.env.SLIPWAY_ROLE);
if (process.env.BROKEN) throw new Error("no queue at " + process.env.BROKEN);
setInterval(() => {
  for (const job of readdirSync("/app/jobs").filter((each) => each.endsWith(".todo"))) {
    const at = "/app/jobs/" + job.replace(".todo", "");
    try {
      renameSync(at + ".todo", at + ".taken");
    } catch {
      continue;
    }
    writeFileSync(at + ".part", process.env.SLIPWAY_VERSION);
    renameSync(at + ".part", at + ".done");
  }
}, 50);
process.on("SIGTERM", () => process.exit(0));
`;

/** What the controller tells Prometheus of roles. */
const figures = async (of = "slipway_role_") => {
  const text = await (await fetch(`http://${address()}:9413/metrics`)).text();
  return text.split("\n").filter((line) => line.startsWith(of));
};
const address = () =>
  docker("inspect", "--format", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", `${prefix}-controller`);

let jobs = 0;
/** The versions whose workers took so many jobs. */
async function takenBy(count = 12): Promise<string[]> {
  const numbers = Array.from({ length: count }, () => String(jobs++));
  for (const number of numbers) await fetch(`${url}/${number}`, { method: "PUT" });
  const done = async (number: string) => {
    const answer = await fetch(`${url}/${number}`);
    return answer.ok ? answer.text() : null;
  };
  await expect
    .poll(async () => (await Promise.all(numbers.map(done))).includes(null), { timeout: 15_000, interval: 100 })
    .toBe(false);
  return [...new Set(await Promise.all(numbers.map(async (number) => String(await done(number)))))];
}
/** Containers of roles by what they do: `blue-worker-1 running`. */
const roles = () =>
  docker(
    "ps",
    "--all",
    "--filter",
    `network=${prefix}`,
    "--filter",
    "label=slipway.role",
    "--format",
    "{{.Names}} {{.State}}",
  )
    .replaceAll(`${prefix}-`, "")
    .split("\n")
    .sort();

const labelled = (slot: string) =>
  [`slipway.stack=${name}`, "slipway.service=ape-2026", `slipway.slot=${slot}`, "slipway.role=worker"].flatMap(
    (label) => ["--label", label],
  );
const image = () => docker("inspect", "--format", "{{.Image}}", `${prefix}-blue-1`);

beforeAll(async () => {
  const folder = "RUN mkdir -p /app/jobs && chown 10001:10001 /app/jobs";
  const check = "HEALTHCHECK --interval=7s --timeout=6s --start-period=2s --retries=9 CMD true";
  writeNodeService(source, { "server.js": server, "worker.js": worker }, [folder, check]);
  await stack.init(await placed(source, port));
});

afterAll(() => {
  removeEverything(name);
  stack.remove();
});

test("the first release's workers run in the live slot only", async () => {
  const output = succeeded(await stack.up());
  expect(output).toContain("to be up for 5 s");
  expect(roles()).toEqual([
    "blue-worker-1 running",
    "blue-worker-2 running",
    "green-worker-1 created",
    "green-worker-2 created",
  ]);
  expect(await takenBy()).toEqual(["1.0.0"]);
  expect(succeeded(await stack.up())).toMatch(/nothing moves[^]*\d+ unchanged\n/);
});

test("after the next release only its workers take jobs, and a rollback brings those before back", async () => {
  succeeded(await stack.up("-c", "slipway:version=1.1.0"));
  expect(roles()).toEqual([
    "blue-worker-1 exited",
    "blue-worker-2 exited",
    "green-worker-1 running",
    "green-worker-2 running",
  ]);
  expect(await takenBy()).toEqual(["1.1.0"]);
  const back = succeeded(await stack.slipway("rollback"));
  expect(back).toContain(`${prefix}-green-worker-1: stopped`);
  expect(roles()).toEqual([
    "blue-worker-1 running",
    "blue-worker-2 running",
    "green-worker-1 exited",
    "green-worker-2 exited",
  ]);
  expect(await takenBy()).toEqual(["1.0.0"]);
});

test("a release whose worker does not stay up is refused: no traffic moves, and live's workers go on alone", async () => {
  await stack.set({ version: "1.2.0", "env.BROKEN": "redis.example" });
  const { code, output } = await stack.up();
  expect(code).toBe(1);
  expect(output).toMatch(/green-worker-1: ends with exit code 1. Its last lines:[^]*no queue at redis\.example/);
  expect(output).toContain("no traffic has moved");
  expect(roles()).toEqual([
    "blue-worker-1 running",
    "blue-worker-2 running",
    "green-worker-1 exited",
    "green-worker-2 exited",
  ]);
  expect(await takenBy(4)).toEqual(["1.0.0"]);
  const why = "role container green-worker-1: ends with exit code 1";
  expect(output).toMatch(new RegExp(`release 1\\.2\\.0-\\w+: rejected, ${why}`));
  const listed = docker("exec", `${prefix}-controller`, "slipway-router", "rollouts", "--json");
  const [record] = JSON.parse(listed) as { by: string | null }[];
  expect(record).toMatchObject({ verdict: "rejected", reason: why, to: { version: "1.2.0" } });
  expect(record?.by).toMatch(/\S/);
  expect(succeeded(await stack.slipway("rollout", "list"))).toMatch(/1\.2\.0-\w+.*rejected/);
  expect(await figures("slipway_rollouts_total")).toContain(
    'slipway_rollouts_total{kind="release",verdict="rejected"} 1',
  );
});

test("what was changed by hand is shown, and made good by the next update", async () => {
  docker("rm", "-f", `${prefix}-blue-worker-1`);
  // As an update that was killed leaves them.
  docker(
    "run",
    "-d",
    "--rm",
    "--stop-timeout=1",
    "--name",
    `${prefix}-green-worker-9`,
    ...labelled("green"),
    "--network",
    prefix,
    image(),
    "sleep",
    "600",
  );
  const screen = (await stack.slipway("status")).output;
  expect(screen).toMatch(/^roles +blue: worker 1 of 2 running\n^roles +green: worker 1 of 3 running/m);
  expect(await figures()).toEqual([
    'slipway_role_containers{role="worker"} 2',
    'slipway_role_containers_up{role="worker"} 1',
  ]);
  const restarted = await stack.slipway("restart", "--role", "worker");
  expect(restarted.code).toBe(1);
  expect(restarted.output).toContain(
    "restart: blue-worker-1: not there, and so not restarted. Fix: pulumi up makes it anew",
  );
  expect(screen).toContain(`container ${prefix}-green-worker-9 runs, though its slot is not live: it is stopped`);
  await stack.set({ version: "1.0.0" });
  await stack.unset("env.BROKEN");
  const mended = succeeded(await stack.up());
  expect(mended).toContain(`worker 1 of the live slot (${prefix}-blue-worker-1) is not there: it is made anew`);
  expect(mended).toContain(`${prefix}-blue-worker-1: started`);
  expect(roles().filter((role) => role.includes("running"))).toEqual([
    "blue-worker-1 running",
    "blue-worker-2 running",
  ]);
  expect(await takenBy(4)).toEqual(["1.0.0"]);
  expect(succeeded(await stack.slipway("logs", "--role", "worker"))).toMatch(/^blue-worker-1 +begins as worker$/m);
  expect(succeeded(await stack.slipway("exec", "--role", "worker", "printenv", "SLIPWAY_ROLE"))).toContain("worker");
  expect(succeeded(await stack.slipway("restart", "--role", "worker"))).toContain(
    "blue-worker-2: restarted, and up for 5 s",
  );
  expect(succeeded(await stack.preview())).toMatch(/nothing moves[^]*\d+ unchanged\n/);
});
