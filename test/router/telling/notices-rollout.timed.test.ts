import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RolloutRecord } from "../../../router/telling/record.ts";
import { TestHost } from "../support/host.ts";
import { until } from "../support/until.ts";
import { HttpReceiver, PagerDuty, type Mood } from "../support/http-receiver.ts";
import { release } from "../support/samples.ts";

const routingKey = "5ecre7aaaaaaaaaaaaaaaaaaaaaaaaaa";
const [v1, v2] = [release("1.0.0"), release("1.1.0")];

let host: TestHost;
let secrets: string;
let hook: HttpReceiver;
let duty: HttpReceiver;
let pager: PagerDuty;
beforeEach(async () => {
  secrets = await mkdtemp(join(tmpdir(), "slipway-secrets-"));
  process.env.SLIPWAY_NOTICES_FOLDER = secrets;
  pager = new PagerDuty(routingKey);
  hook = new HttpReceiver("/hook/5ecre7", () => null);
  duty = new HttpReceiver("/v2/enqueue", pager.check, [202, "{}"]);
  await Promise.all([hook.listen(), duty.listen()]);
  await writeFile(join(secrets, "webhook-url"), hook.url);
  await writeFile(join(secrets, "pagerduty-routing-key"), routingKey);
});
afterEach(async ({ task }) => {
  if (task.result?.state === "fail") process.stderr.write(`${host.log}\n`);
  await host.stop();
  await Promise.all([hook.stop(), duty.stop()]);
  await rm(secrets, { recursive: true });
});

/** A production host that tells, with 1.0.0 live in blue. */
async function hostThatTells(): Promise<void> {
  // The file's form, which is not that of the parsed configuration.
  const notices: unknown = { environment: "production", channels: { webhook: {}, pagerduty: { url: duty.url } } };
  host = await TestHost.start({ notices: notices as null });
  expect((await host.guard("blue", v1)).code).toBe(0);
  await Promise.all([host.place("blue", v1), host.place("green", v1)]);
  expect(await host.promote("blue", v1)).toMatchObject({ code: 0, stderr: "" });
}

const record = async (rollout: number) =>
  JSON.parse((await host.run(["record", String(rollout)])).stdout) as RolloutRecord;
/** Each once: a controller that is killed between sending and noting it sends again, with the same id. */
const told = () => [...new Set(hook.taken.map(({ id }) => id.slice("ape-test/".length).replace("/", " ")))];

describe("a host that keeps records and tells", () => {
  it("records and tells a release, a rejected one, and a rollback by hand", async () => {
    await hostThatTells();
    await host.guard("green", v2);
    await host.place("green", v2);
    const holds = { blue: v1, green: v2 };
    const origin = { by: "alice", backup: ["postgres-2.dump"] };
    expect((await host.run(["promote"], { slot: "green", release: v2, rollout: 2, holds, ...origin })).code).toBe(0);
    expect((await host.run(["rollback"])).code).toBe(0);
    const sick = release("1.2.0");
    await host.guard("green", sick);
    await host.place("green", release("9.9.9"));
    expect((await host.promote("green", sick)).code).toBe(1);
    await until("all notices", () => pager.history.length === 4);
    await until("all hooks", () => told().length === 8);

    expect(told()).toEqual([1, 2, 3, 4].flatMap((n) => [`${n} started`, `${n} ${n > 2 ? "rolled-back" : "promoted"}`]));
    expect(pager.history).toEqual(["resolve", "resolve", "resolve", "trigger critical rolled-back"]);
    expect(await record(2)).toMatchObject({ kind: "release", from: v1, to: v2, ...origin, verdict: "promoted" });
    expect((await record(2)).steps.map(({ phase, percent }) => `${phase} ${percent}`)).toEqual([
      "gate 0",
      "move 0",
      "move 10",
      "move 50",
      "move 100",
      "watch 100",
    ]);
    expect((await record(2)).traffic).toMatchObject({ blue: { version: "1.0.0" }, green: { version: "1.1.0" } });
    expect(await record(3)).toMatchObject({ kind: "rollback", by: null, verdict: "promoted" });
    expect(await record(4)).toMatchObject({ verdict: "rejected" });
    const list = JSON.parse((await host.run(["rollouts", "--json"])).stdout) as RolloutRecord[];
    expect(list.map(({ rollout }) => rollout)).toEqual([4, 3, 2, 1]);
    expect((await host.run(["rollouts"])).stdout).toContain("1.0.0-aaaa → 1.1.0-aaaa (green) by alice: promoted");
    expect(await host.run(["record", "9"])).toMatchObject({
      code: 1,
      stderr: "rollout: got 9; allowed 1 to 4. Fix: slipway rollout list shows them\n",
    });
    expect(host.log).not.toContain("5ecre7");
  });

  it.each([
    ["never answer", "silent"],
    ["answer 500", { status: 500, echo: true }],
    ["answer 404", { status: 404, echo: true }],
  ] as [string, Mood][])("is not held up by receivers that %s", async (_name, mood) => {
    hook.otherwise = duty.otherwise = mood;
    await hostThatTells();
    const began = performance.now();
    expect(await host.release("green", v2)).toMatchObject({ code: 0, stderr: "" });
    const tookMs = performance.now() - began;
    await until("a try", () => hook.tries.length > 0);
    hook.otherwise = duty.otherwise = "well";
    const again = performance.now();
    expect(await host.promote("blue", v1)).toMatchObject({ code: 0, stderr: "" });
    expect(await host.release("green", v2)).toMatchObject({ code: 0, stderr: "" });
    // With receivers in good health it takes as long, and none of their time limits (15 s) fits in.
    expect(tookMs).toBeLessThan(Math.max(10_000, 3 * (performance.now() - again)));
    expect(host.log).not.toContain("5ecre7");
  });

  it("tells the end that a killed controller had no time for, and nothing twice", async () => {
    await hostThatTells();
    await until("the first end", () => told().length === 2);
    hook.otherwise = { status: 503 };
    await host.guard("green", v2);
    await host.place("green", v2);
    const promotion = host.promote("green", v2);
    await until("a try", () => hook.tries.some(({ id }) => id.endsWith("/2/started")));
    await host.kill("daemon");
    await promotion;
    hook.otherwise = "well";
    await host.startDaemon();
    expect((await host.promote("green", v2, 2)).code).toBe(0);
    await until("all hooks", () => told().length === 4);
    expect(told()).toEqual(["1 started", "1 promoted", "2 started", "2 promoted"]);
    await host.kill("daemon");
    await host.startDaemon();
    expect(told()).toHaveLength(4);
    expect(await record(2)).toMatchObject({ verdict: "promoted" });
  });

  it("goes on when neither record nor outbox can be written", async () => {
    await hostThatTells();
    await until("the first end", () => told().length === 2);
    expect(await record(1)).toMatchObject({ verdict: "promoted" });
    await host.blockState(["rollouts", "notices.json.new"]);
    expect((await host.release("green", v2)).code).toBe(0);
    await until("the second end", () => told().length === 4);
    expect(host.log.match(/can't be written/g)).toHaveLength(2);
  });
});
