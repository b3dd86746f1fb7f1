import { once } from "node:events";
import { afterEach, describe, expect, it } from "vitest";
import { TestHost } from "./support/host.ts";
import { release } from "./support/samples.ts";
import { until } from "./support/until.ts";

let host: TestHost;
afterEach(async ({ task }) => {
  if (task.result?.state === "fail") process.stderr.write(`${host.log}\n`);
  await host.stop();
});

/** Asks without a pause until it is stopped. @returns how many were answered, and what else came */
function load() {
  const bad: string[] = [];
  const ended = { isOver: false, answers: 0 };
  const ask = async () => {
    while (!ended.isOver) {
      const got = await fetch(`${host.url}/?ms=20`).then(
        async (answer) => (await answer.text(), answer.status),
        (error: unknown) => String(error),
      );
      if (got === 200) ended.answers++;
      else bad.push(String(got));
    }
  };
  const users = [ask(), ask(), ask(), ask()];
  return async () => {
    ended.isOver = true;
    await Promise.all(users);
    return { bad, answers: ended.answers };
  };
}

const hand = ["--by=ada", "--reason=leaks memory"];

describe("live is restarted replica by replica", () => {
  it("and no request meets it: two replicas", async () => {
    host = await TestHost.start();
    expect(await host.release("blue", release("1.0.0", 2))).toMatchObject({ code: 0 });
    const stop = load();
    for (const [replica, other] of [
      ["blue-1", "blue-2"],
      ["blue-2", "blue-1"],
    ] as const) {
      expect(await host.run(["rest", replica, "30", ...hand])).toMatchObject({
        code: 0,
        stdout: expect.stringContaining(`${replica}: out of the proxy with nothing left, may be restarted\n`) as string,
      });
      expect(await host.weights()).toEqual({ [other]: 100, "green-1": 0, "green-2": 0 });
      expect((await host.run(["status"])).stdout).toMatch(
        new RegExp(`^restart +${replica} is being restarted by ada`, "m"),
      );
      await host.restart("blue", Number(replica.slice(-1)));
      expect(await host.run(["back", replica])).toMatchObject({
        code: 0,
        stdout: expect.stringContaining(`${replica}: healthy, and back in the proxy`) as string,
      });
    }
    const { bad, answers } = await stop();
    expect(bad).toEqual([]);
    expect(answers).toBeGreaterThan(20);
    const record = JSON.parse((await host.run(["record", "1"])).stdout) as object;
    expect(record).toMatchObject({
      hands: [
        { command: "restart", by: "ada", reason: "blue-1: leaks memory" },
        { command: "restart", by: "ada", reason: "blue-2: leaks memory" },
      ],
    });
  });

  it("one replica: the standby answers meanwhile; no update comes in between, and a way back ends it", async () => {
    host = await TestHost.start();
    await host.release("blue", release("1.0.0"));
    await host.release("green", release("1.1.0"));
    const stop = load();
    const out = await host.run(["rest", "green-1", "30", ...hand]);
    expect(out).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("blue (1.0.0-aaaa) answers meanwhile") as string,
    });
    expect((await fetch(host.url)).headers.get("x-slipway-version")).toBe("1.0.0");
    expect((await host.guard("blue", release("1.2.0"))).stderr).toContain("green-1 is being restarted by ada");
    const deploying = host.spawn(["hold"]);
    deploying.stdin?.write('{"by":"bob","silenceMs":60000}\n');
    expect(await once(deploying, "exit")).toEqual([4, null]);
    await host.restart("green", 1);
    expect(await host.run(["back", "green-1"])).toMatchObject({ code: 0 });
    expect((await fetch(host.url)).headers.get("x-slipway-version")).toBe("1.1.0");
    expect((await stop()).bad).toEqual([]);

    await host.run(["rest", "green-1", "30"]);
    expect(await host.run(["rollback"])).toMatchObject({ code: 0 });
    expect((await host.run(["back", "green-1"])).stderr).toContain("green-1 is not out for a restart any more");
    // What it left is withdrawn, so nobody could answer for the only replica of live.
    expect((await host.run(["rest", "blue-1", "30"])).stderr).toContain(
      "restart: nobody could answer while blue-1 is out",
    );
  });

  it("one that does not come back ends it, and stays without traffic as long as it is unhealthy", async () => {
    host = await TestHost.start();
    await host.release("blue", release("1.0.0", 2));
    await host.run(["rest", "blue-1", "30", ...hand]);
    (await host.restart("blue", 1)).isHealthy = false;
    const { code, stderr } = await host.run(["back", "blue-1"]);
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^blue-1: did not come back after its restart, blue-1 was not healthy within 1 s/,
      ) as string,
    });
    await until("the proxy has seen it", async () => (await host.serving()).join() === "blue-2");
    expect(await host.status()).toMatchObject({
      ledger: { live: "blue" },
      down: expect.arrayContaining(["blue-1"]) as string[],
    });
    expect((await host.run(["rest", "blue-2", "30"])).stderr).toContain("nobody could answer while blue-2 is out");
  });

  it("a controller that is killed meanwhile, or a person who never comes back, leaves nothing out", async () => {
    host = await TestHost.start();
    await host.release("blue", release("1.0.0", 2));
    const [held] = await host.place("blue", release("1.0.0", 2));
    if (!held) throw new Error("no replica");
    const isIn = async () => (await host.serving()).length === 2;
    await until("both serve", isIn);
    // Drained by nobody any more: the one that waited for its requests is gone.
    const slow = fetch(`${host.url}/?ms=2000`);
    await until("it is asked", async () => /blue-\d/.test(await host.tamper("show sess")));
    const busy = /srv=(blue-\d)/.exec(await host.tamper("show sess"))?.[1] ?? "";
    const resting = host.run(["rest", busy, "30"]);
    await until("it is out", async () => (await host.ledger()).restarting !== undefined);
    await host.kill("daemon");
    await resting;
    await host.startDaemon();
    await until("it is back", async () => (await host.ledger()).restarting === undefined && (await isIn()));
    expect((await slow).status).toBe(200);
    // Its time is over.
    await host.run(["rest", "blue-1", "1"]);
    expect(await host.weights()).not.toHaveProperty("blue-1");
    await until("it is back", async () => (await host.ledger()).restarting === undefined && (await isIn()));
  });

  it("wrong words are no command", async () => {
    host = await TestHost.start();
    for (const words of ["rest", "rest red-1 1", "rest blue-1", "rest blue-1 0", "back", "back blue-1 1"])
      expect(await host.run(words.split(" "))).toMatchObject({ code: 2 });
    expect((await host.run(["rest", "blue-1", "30"])).stderr).toContain("got nothing");
  });
});
