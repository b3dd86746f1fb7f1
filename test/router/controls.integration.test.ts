import { afterEach, describe, expect, it } from "vitest";
import { TestHost } from "./support/host.ts";
import { until } from "./support/until.ts";
import { release } from "./support/samples.ts";
import type { Status } from "../../router/telling/report.ts";

const v1 = release("1.0.0");
const v2 = release("1.1.0");

let host: TestHost;
afterEach(async ({ task }) => {
  if (task.result?.state === "fail") process.stderr.write(`${host.log}\n`);
  await host.stop();
});

async function rollout(pauseSeconds: number, watchSeconds = 0.3) {
  host = await TestHost.start({ profile: { steps: [10, 50, 100], previewSeconds: 0, pauseSeconds, watchSeconds } });
  await host.guard("blue", v1);
  await host.place("blue", v1);
  expect(await host.promote("blue", v1)).toMatchObject({ code: 0 });
  await host.guard("green", v2);
  const [green] = await host.place("green", v2);
  const promotion = host.promote("green", v2);
  await until("10 %", async () => (await host.ledger()).running?.percent === 10);
  return { green, promotion };
}

describe("a person tells a running rollout", () => {
  it("to pause: it keeps its share through a restart of the controller, until it is resumed", async () => {
    const { promotion } = await rollout(3);
    expect(await host.run(["pause"])).toMatchObject({
      code: 0,
      stdout: "rollout 2: paused, still judged; slipway rollout resume goes on (at 10 %)\n",
    });
    await host.kill("daemon");
    expect((await promotion).code).toBe(3);
    await host.configure({ profile: { steps: [10, 50, 100], previewSeconds: 0, pauseSeconds: 0, watchSeconds: 0.3 } });
    await host.startDaemon();
    const joined = host.promote("green", v2, 2);
    expect((await host.run(["status"])).stdout).toContain("at 10 %, paused");
    // The pause of the step is over long before two answers of the command line are there.
    for (let look = 0; look < 4; look++)
      expect((await host.ledger()).running).toMatchObject({ percent: 10, paused: true });
    expect(await host.run(["resume"])).toMatchObject({ code: 0 });
    expect(await joined).toMatchObject({ code: 0, stdout: expect.stringContaining("resumed") as string });
  });

  it("to pause: it is judged all the same", async () => {
    const { green, promotion } = await rollout(60);
    await host.run(["pause"]);
    if (green) green.isHealthy = false;
    expect((await promotion).stderr).toContain("rejected, green-1 is");
  });

  it("to go on at once: no pause, no step between, but the watch", async () => {
    const { promotion } = await rollout(60);
    expect((await host.run(["promote-now"])).code).toBe(0);
    const { code, stdout } = await promotion;
    expect(code).toBe(0);
    expect(stdout).not.toContain("50 % → green");
    expect(stdout).toMatch(/100 % → green\n100 % → green: no requests, judged by its health alone/);
  });

  it("to end: back to the old slot, and nothing to end after that", async () => {
    const { promotion } = await rollout(60);
    expect(await host.run(["abort"])).toMatchObject({ code: 0, stderr: "" });
    expect((await promotion).stderr).toMatch(/it was ended by hand at \S+ \(abort\)/);
    expect(await host.weights()).toEqual({ "blue-1": 100 });
    expect((await host.run(["status"])).stdout).toMatch(/^withdrawn 1\.1\.0-aaaa by hand at \S+$/m);
    for (const command of ["abort", "pause", "resume", "promote-now"]) {
      expect(await host.run([command])).toMatchObject({
        code: 1,
        stderr: expect.stringContaining(`${command}: needs a running rollout, got none. Fix: `) as string,
      });
    }
  });
});

describe("somebody looks", () => {
  it("at what the running rollout has to go by: what both slots answered, and how long that took", async () => {
    const { promotion } = await rollout(60);
    const requests = 40;
    for (let each = 0; each < requests; each++) await (await fetch(host.url)).text();
    // The controller itself asks once in a while as well.
    const isCounted = ({ evidence }: Status) =>
      (evidence?.blue.requests ?? 0) + (evidence?.green.requests ?? 0) >= requests;
    await until("all are counted", async () => isCounted(await host.status()));
    const { evidence, recent } = await host.status();
    expect(evidence).toMatchObject({ blue: { errors: 0, p95Ms: expect.any(Number) as number }, green: { errors: 0 } });
    expect(evidence?.allowed).toMatchObject({ maxErrorRatePercent: 10 });
    expect(recent).toMatchObject([
      { rollout: 2, kind: "release", verdict: null },
      { rollout: 1, verdict: "promoted" },
    ]);
    await host.run(["promote-now"]);
    await promotion;
    expect(await host.status()).toMatchObject({ evidence: null, recent: [{ verdict: "promoted" }, { rollout: 1 }] });
  });
});

describe("somebody watches", () => {
  it("the running rollout from its first line to its verdict; without one there is nothing to watch", async () => {
    // Long enough for the command to be there before it ends.
    const { promotion } = await rollout(60, 3);
    const watching = host.run(["watch"]);
    await host.run(["promote-now"]);
    const watched = await watching;
    expect(watched).toEqual(await promotion);
    expect(watched.stdout).toMatch(/^rollout 2: .*\n10 % → green\n.*promoted: green is live[^\n]*\n$/s);
    expect(await host.run(["watch"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("watch: needs a running rollout, got none. Fix: ") as string,
    });
  });
});

describe("a rollback by hand", () => {
  const record = async (number: number) => JSON.parse((await host.run(["record", String(number)])).stdout) as object;
  const released = async () => {
    host = await TestHost.start({ profile: { steps: [100], previewSeconds: 0, pauseSeconds: 0, watchSeconds: 0.2 } });
    await host.release("blue", v1);
    await host.release("green", v2);
  };

  it("stays: no plan brings the release again until a person allows it, whoever restarts", async () => {
    await released();
    const back = await host.run(["rollback", "--by", "ada", "--reason", "errors in the basket"]);
    expect(back).toMatchObject({ code: 0, stderr: "" });
    expect(back.stdout).toContain("No pulumi up brings 1.1.0-aaaa again");
    expect(await record(3)).toMatchObject({ kind: "rollback", by: "ada", hands: [{ command: "rollback", by: "ada" }] });
    await host.kill("daemon");
    await host.startDaemon();
    const refused =
      /^release 1\.1\.0-aaaa: was withdrawn by ada at \S+: errors in the basket; allowed any other one\. Fix: /;
    // Warm in the standby, anew into it, and by a second press of the same button.
    expect((await host.promote("green", v2)).stderr).toMatch(refused);
    expect((await host.guard("green", v2)).stderr).toMatch(refused);
    expect((await host.run(["rollback"])).stderr).toMatch(refused);
    expect(await host.weights()).toEqual({ "blue-1": 100, "green-1": 0 });

    expect(await host.run(["allow", "1.1.0", "--by", "bob"])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^release 1\.1\.0-aaaa: allowed again by bob at/) as string,
    });
    expect(await host.run(["allow", "1.1.0-aaaa"])).toMatchObject({ code: 1 });
    expect(await host.promote("green", v2)).toMatchObject({ code: 0 });
  });

  it("is refused once the database of the old release has left, and what an update did is taken back all the same", async () => {
    host = await TestHost.start({ profile: { steps: [100], previewSeconds: 0, pauseSeconds: 0, watchSeconds: 0.2 } });
    await host.release("blue", v1);
    await host.guard("green", v2);
    await host.place("green", v2);
    expect((await host.promote("green", v2, 2, { loses: "PostgreSQL" })).stdout).toContain(
      "promoted: green is live (1.1.0-aaaa); nobody can go back to 1.0.0-aaaa, without its PostgreSQL",
    );
    expect(await host.run(["rollback"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("got blue with 1.0.0-aaaa, without its PostgreSQL. Fix: deploy") as string,
    });
    expect((await host.run(["undo", "2"])).stdout).toContain("promoted: blue is live (1.0.0-aaaa), green stays warm");
  });

  it("is joined by who asks for it a second time while it runs", async () => {
    host = await TestHost.start({ profile: { steps: [100], previewSeconds: 0, pauseSeconds: 0, watchSeconds: 3 } });
    await host.release("blue", v1);
    await host.release("green", v2);
    const first = host.run(["rollback", "--by", "ada"]);
    await until("the first to run", async () => (await host.ledger()).running !== null);
    for (const outcome of await Promise.all([first, host.run(["rollback", "--by", "bob"])]))
      expect(outcome).toMatchObject({ code: 0, stderr: "" });
    const { live, rollout: last, withdrawn } = await host.ledger();
    expect({ live, last, withdrawn: withdrawn.map(({ release }) => release) }).toEqual({
      live: "blue",
      last: 3,
      withdrawn: ["1.1.0-aaaa"],
    });
  });

  it("of an update, because another host refused it, withdraws nothing and undoes nothing else", async () => {
    await released();
    expect(await host.run(["undo", "2"])).toMatchObject({ code: 0, stderr: "" });
    expect(await host.ledger()).toMatchObject({ live: "blue", last: { kind: "undo" }, withdrawn: [] });
    expect((await host.run(["undo", "2"])).stdout).toContain("rollout 2 is not the last thing that happened here");
    expect(await host.ledger()).toMatchObject({ live: "blue", rollout: 3 });
  });
});

describe("a person who goes back to a standby that does not answer", () => {
  it("is told so at once, and can once it is back", async () => {
    host = await TestHost.start();
    await host.guard("blue", v1);
    const [blue] = await host.place("blue", v1);
    expect(await host.promote("blue", v1)).toMatchObject({ code: 0 });
    await host.guard("green", v2);
    await host.place("green", v2);
    expect(await host.promote("green", v2)).toMatchObject({ code: 0 });
    if (!blue) throw new Error("needs a replica");

    blue.isHealthy = false;
    await until("the proxy's check", async () => (await host.run(["status"])).stdout.includes("blue-1=down"));
    const ledger = await host.ledger();
    expect(await host.run(["rollback"])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/rollback: the standby does not answer, got blue-1 \(L7STS\)\./) as string,
    });
    expect(await host.ledger()).toEqual(ledger);

    blue.isHealthy = true;
    await until("the proxy's check", async () => !(await host.run(["status"])).stdout.includes("blue-1=down"));
    expect(await host.run(["rollback"])).toMatchObject({ code: 0 });
    expect(await host.ledger()).toMatchObject({ live: "blue" });
  });
});
