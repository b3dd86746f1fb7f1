import { afterEach, describe, expect, it } from "vitest";
import type { ControllerConfig } from "../../router/controller-config.ts";
import { TestHost } from "./support/host.ts";
import { until } from "./support/until.ts";
import { release } from "./support/samples.ts";

const v1 = release("1.0.0");
const v2 = release("1.1.0", 2);

let host: TestHost;
afterEach(async ({ task }) => {
  if (task.result?.state === "fail") process.stderr.write(`${host.log}\n`);
  await host.stop();
});

async function rollout(steps: number[], change: Partial<ControllerConfig> = {}, secrets: Record<string, string> = {}) {
  const profile = { steps, previewSeconds: 0, pauseSeconds: 60, watchSeconds: 60 };
  host = await TestHost.start({ profile, ...change }, secrets);
  await host.guard("blue", v1);
  await host.place("blue", v1);
  expect(await host.promote("blue", v1)).toMatchObject({ code: 0 });
  await host.guard("green", v2);
  await host.place("green", v2);
  void host.promote("green", v2);
}
const at = (percent: number) => until(`${percent} %`, async () => (await host.ledger()).running?.percent === percent);

interface Seen {
  readonly slot: string | null;
  readonly cookie: string | null;
}
async function visit(headers: Record<string, string> = {}): Promise<Seen> {
  const answer = await fetch(`${host.url}/work`, { headers });
  const text = await answer.text();
  if (answer.status !== 200) return { slot: text, cookie: null };
  const cookie = answer.headers.getSetCookie()[0]?.split(";")[0] ?? null;
  return { slot: answer.headers.get("x-slipway-slot"), cookie };
}
const visits = async (count: number, headers?: Record<string, string>) => {
  const seen: Seen[] = [];
  for (let n = 0; n < count; n++) seen.push(await visit(headers));
  return seen;
};
const greens = (seen: readonly Seen[]) => seen.filter(({ slot }) => slot === "green").length;

describe("a rollout's share", () => {
  it("is exact down to 1 %, for requests without cookies", async () => {
    await rollout([1, 5, 100]);
    await at(1);
    // A first round until the weights have settled.
    await visits(100);
    expect(greens(await visits(1000))).toBe(10);
  });
});

describe("users who keep cookies", () => {
  it("stay with their slot, move to the new one only, and are forgotten afterwards", async () => {
    await rollout([30, 60, 100], {
      profile: { steps: [30, 60, 100], previewSeconds: 0, pauseSeconds: 60, watchSeconds: 0 },
    });
    expect((await visit()).cookie).toBeNull();
    await at(30);
    const users = await visits(200);
    for (const { cookie } of users) expect(cookie).toMatch(/^slipway-rollout=2-\d\d?-[0-9A-F]{32}$/);
    // The first round after a change of weights is not whole.
    expect(greens(users)).toBeGreaterThan(50);
    expect(greens(users)).toBeLessThan(70);
    for (const user of users) {
      const again = await visit({ cookie: `theme=dark; ${user.cookie ?? ""}` });
      expect(again).toEqual({ slot: user.slot, cookie: null });
    }
    // One that says more than its number could make it so, and one of another rollout.
    expect((await visit({ cookie: "slipway-rollout=1-0" })).cookie).toMatch(/^slipway-rollout=2-/);

    const pinned = users.filter(({ slot }) => slot === "green");
    await host.kill("daemon");
    await host.configure({ profile: { steps: [30, 60, 100], previewSeconds: 0, pauseSeconds: 5, watchSeconds: 0 } });
    await host.startDaemon();
    await at(60);
    await host.run(["pause"]);
    let moved = 0;
    for (const user of users) {
      const again = await visit({ cookie: user.cookie ?? "" });
      if (user.slot === "green") expect(again.slot).toBe("green");
      else if (again.slot === "green") moved++;
    }
    expect(pinned.length + moved).toBeGreaterThan(90);
    expect(pinned.length + moved).toBeLessThan(150);
    expect((await host.run(["abort"])).code).toBe(0);
    for (const user of pinned.slice(0, 5))
      expect(await visit({ cookie: user.cookie ?? "" })).toEqual({ slot: "blue", cookie: null });
  });
});

describe("a cookie that a client thought up", () => {
  it("counts for nothing: nobody chooses the new release for all requests", async () => {
    await rollout([10, 100]);
    await at(10);
    const { cookie } = await visit();
    const genuine = cookie ?? "";
    const [, number = "", seal = ""] = /=2-(\d+)-(.*)$/.exec(genuine) ?? [];
    expect((await visit({ cookie: genuine })).cookie).toBeNull();
    const another = String((Number(number) + 1) % 100);
    const made = [
      "2-0",
      ...["2-0-", "2-00", "2-abc", "2", "-", "2-0-0", "2-0-%00", `2--0-${seal}`, `2-0x-${seal}`],
      ...[`2-${another}-${seal}`, `2-${number}-${seal}0`, `2-${number}-${seal.toLowerCase()}`],
    ];
    for (const value of made) {
      expect((await visit({ cookie: `slipway-rollout=${value}` })).cookie, value).toMatch(/^slipway-rollout=2-/);
    }
    // A first round until the weights have settled.
    await visits(100);
    expect(greens(await visits(100, { cookie: "slipway-rollout=2-0" }))).toBe(10);
  });
});

describe("a tester", () => {
  const preview = { header: "x-slipway-slot", cookie: "slipway-slot" };

  it("who knows the secret reaches the standby before anyone else, by header or cookie", async () => {
    await rollout(
      [50, 100],
      { preview, profile: { steps: [50, 100], previewSeconds: 60, pauseSeconds: 60, watchSeconds: 60 } },
      { "preview-secret": "open.sesame\n" },
    );
    const green = "green.open.sesame";
    expect((await visit({ "x-slipway-slot": green })).slot).toMatch(/slot green: nothing that may be reached is in it/);
    await until("the preview", async () => (await host.ledger()).running?.phase === "move");
    await until("green", async () => (await visit({ "x-slipway-slot": green })).slot === "green");
    expect(await visits(5, { "x-slipway-slot": green })).toEqual(Array(5).fill({ slot: "green", cookie: null }));
    expect(greens(await visits(5, { cookie: `slipway-slot=${green}` }))).toBe(5);
    expect(greens(await visits(20))).toBe(0);
    for (const guess of ["green", "green.", "green.open", "green.open.sesame.", "red.open.sesame", ".open.sesame"]) {
      expect(greens(await visits(2, { "x-slipway-slot": guess, cookie: `slipway-slot=${guess}` })), guess).toBe(0);
    }
  });

  it("is nobody while there is no secret", async () => {
    await rollout([1, 100], { preview });
    await at(1);
    await host.run(["pause"]);
    for (const guess of ["green", "green."]) {
      expect(greens(await visits(10, { "x-slipway-slot": guess, cookie: `slipway-slot=${guess}` }))).toBeLessThan(2);
    }
  });

  it("is nobody by default", async () => {
    await rollout([1, 100]);
    await at(1);
    await host.run(["pause"]);
    expect(greens(await visits(20, { "x-slipway-slot": "green", cookie: "slipway-slot=green" }))).toBeLessThan(2);
  });
});
