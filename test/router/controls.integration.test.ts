import { afterEach, describe, expect, it } from "vitest";
import { TestHost, until } from "./support/host.ts";
import { release } from "./support/samples.ts";

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
      stdout: "rollout 2: paused, still judged; slipway-router resume goes on (at 10 %)\n",
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
    expect(stdout).toMatch(/100 % → green\n100 % → green: 0 errors/);
  });

  it("to end: back to the old slot, and nothing to end after that", async () => {
    const { promotion } = await rollout(60);
    expect(await host.run(["abort"])).toMatchObject({ code: 0, stderr: "" });
    expect((await promotion).stderr).toContain("it was ended by hand (abort)");
    expect(await host.weights()).toEqual({ "blue-1": 100 });
    for (const command of ["abort", "pause", "resume", "promote-now"]) {
      expect(await host.run([command])).toMatchObject({
        code: 1,
        stderr: `${command}: needs a running rollout, got none. Fix: slipway status shows what runs\n`,
      });
    }
  });
});
