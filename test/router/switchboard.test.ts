import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Controller } from "../../router/controller.ts";
import { loadJournal, saveJournal } from "../../router/journal.ts";
import { emptyLedger, type Ledger } from "../../router/ledger.ts";
import { Proxy } from "../../router/runtime-api.ts";
import { Switchboard } from "../../router/switchboard.ts";
import { admit, guard, rejected, start } from "../../router/transitions.ts";
import { FakeProxy } from "./support/fake-proxy.ts";
import { config, release } from "./support/samples.ts";

const names = ["blue-1", "blue-2", "green-1", "green-2"];
const wish = { slot: "green", release: release("1.1.0"), rollout: 2 } as const;
const live: Ledger = {
  ...emptyLedger,
  rollout: 1,
  live: "blue",
  slots: { blue: { release: release("1.0.0"), state: "holds" }, green: { release: release("0.9.0"), state: "holds" } },
};
const moving = admit(start(guard(live, wish), wish, "plan", {}, "now"));

let folder: string;
let run: string;
let state: string;
let proxy: FakeProxy;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "slipway-board-"));
  [run, state] = [join(folder, "run"), join(folder, "state")];
  await Promise.all([mkdir(run), mkdir(state)]);
  proxy = await FakeProxy.start(run, names);
});
afterEach(async () => {
  await proxy.stop();
  await rm(folder, { recursive: true });
});

async function open(ledger: Ledger): Promise<Switchboard> {
  await saveJournal(state, ledger);
  const board = await Switchboard.open(config, { run, state, secrets: state }, () => undefined);
  await board.reconcile().catch(() => undefined);
  proxy.commands.length = 0;
  return board;
}

describe("reconcile", () => {
  it("brings a proxy that knows nothing to the journal's weights, and then leaves it alone", async () => {
    const board = await open(live);
    expect(proxy.weights).toBe("blue-1 100, blue-2 -, green-1 0, green-2 -");
    await board.reconcile().catch(() => undefined);
    expect(proxy.commands).toEqual([]);
  });
});

describe("a step", () => {
  it("raises before it lowers, so that somebody has a weight at every instant", async () => {
    const board = await open(moving);
    await board.shift(100);
    expect(proxy.commands).toEqual(["green-1 weight 100", "blue-1 weight 0"]);
    expect(await loadJournal(state)).toMatchObject({ running: { percent: 100, intent: null, step: 0 } });
    expect(await readFile(join(run, "haproxy.cfg"), "utf8")).toContain("green-1 127.213.1.32:8000 weight 100\n");
  });

  it("is announced but not committed when the proxy does not do it", async () => {
    const board = await open(moving);
    proxy.isDeaf = true;
    await expect(board.shift(50)).rejects.toThrow(
      "proxy: server blue-1 was not changed, got up with 100; allowed up with 1",
    );
    expect(await loadJournal(state)).toMatchObject({ running: { percent: 0, intent: 50, step: -1 } });
    expect(await readFile(join(run, "haproxy.cfg"), "utf8")).toContain("green-1 127.213.1.32:8000 weight 0\n");
    proxy.isDeaf = false;
    await board.reconcile().catch(() => undefined);
    expect(proxy.weights).toBe("blue-1 100, blue-2 -, green-1 0, green-2 -");
  });

  it("does not move traffic when the journal can't be written", async () => {
    const board = await open(moving);
    await breakJournal();
    await expect(board.shift(50)).rejects.toThrow();
    expect(proxy.commands).toEqual([]);
  });
});

describe("a retreat", () => {
  it("takes the traffic back even if the journal can't be written", async () => {
    const board = await open(moving);
    await board.shift(50);
    await breakJournal();
    await board.retreat("it broke");
    expect(proxy.weights).toBe("blue-1 100, blue-2 -, green-1 0, green-2 -");
    await expect(board.change((ledger) => rejected(ledger, "now"))).rejects.toThrow();
    expect(board.ledger.running?.phase).toBe("return");
  });
});

describe("guard", () => {
  const controller = async () => new Controller(config, await open(live), () => undefined);

  it("puts the standby's servers into maintenance", async () => {
    const guarded = await controller();
    await all(guarded.guard(wish));
    await all(guarded.guard(wish));
    expect(proxy.weights).toBe("blue-1 100, blue-2 -, green-1 -, green-2 -");
    expect(guarded.ledger).toMatchObject({
      released: 2,
      slots: { green: { release: wish.release, state: "preparing" } },
    });
  });

  it("refuses while the proxy still gives the standby traffic, whatever the journal says", async () => {
    const guarded = await controller();
    proxy.servers.set("green-1", { weight: 1, isUp: true });
    await expect(all(guarded.guard(wish))).rejects.toThrow("slot green: green-1 has weight 1 in the proxy; allowed 0");
    expect((await loadJournal(state)).slots.green.state).toBe("holds");
  });

  it("refuses while the proxy can't be asked", async () => {
    const guarded = await controller();
    await proxy.stop();
    await expect(all(guarded.guard(wish))).rejects.toThrow("proxy: does not answer on");
    expect((await loadJournal(state)).slots.green.state).toBe("holds");
  });

  it("does not need the proxy before the first release", async () => {
    await proxy.stop();
    const guarded = new Controller(config, await open(emptyLedger), () => undefined);
    await all(guarded.guard({ ...wish, rollout: 1 }));
    expect(guarded.ledger.slots.green.state).toBe("preparing");
  });
});

describe("Proxy", () => {
  it("reads the counters by their columns' names", async () => {
    const { tag, servers } = await new Proxy(run).state();
    expect(tag).toBe("0123456789abcdef");
    expect(servers.get("green-1")?.counters).toEqual({
      answers: 7,
      answers5xx: 1,
      connectErrors: 2,
      answerErrors: 3,
      redispatched: 4,
      averageMs: 55,
    });
  });
});

async function all<T>(parts: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const part of parts) found.push(part);
  return found;
}

/** Even root can't create a file below a file. */
async function breakJournal(): Promise<void> {
  await rm(state, { recursive: true });
  await writeFile(state, "not a folder");
}
