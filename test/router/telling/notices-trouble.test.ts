import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { maxWaiting } from "../../../router/telling/notice-outbox.ts";
import { until } from "../support/until.ts";
import type { Mood } from "../support/http-receiver.ts";
import { ended, NoticeBench, quick, short, started } from "../support/notice-bench.ts";

let bench: NoticeBench;
beforeEach(async () => {
  bench = await NoticeBench.start();
});
afterEach(async () => {
  await bench.stop();
});

describe("a receiver in trouble", () => {
  const passing: [string, Mood][] = [
    ["answers 500", { status: 500 }],
    ["answers 503", { status: 503 }],
    ["answers 429", { status: 429 }],
    ["never answers", "silent"],
  ];
  it.each(passing)("that %s is tried again", async (_name, mood) => {
    bench.slack.moods.push(mood, mood);
    const notices = await bench.open({ slack: {} }, null, short);
    notices.saw(started());
    await bench.idle();
    expect([
      bench.slack.tries.length,
      bench.slack.taken.length,
      new Set(bench.slack.tries.map(({ id }) => id)).size,
    ]).toEqual([3, 1, 1]);
    expect(bench.lines).toHaveLength(1);
    expect(bench.lines[0]).toMatch(
      /^notice started of rollout 2 to slack: got .*, trying again for up to 1 min\. Fix: /,
    );
  });

  it.each([...passing, ["is away", "away"] as const])(
    "that %s for good costs bounded tries and one line",
    async (_name, mood) => {
      if (mood === "away") {
        await bench.slack.stop();
      } else bench.slack.otherwise = mood;
      const notices = await bench.open({ slack: {}, webhook: {} }, null, short);
      const began = performance.now();
      notices.saw(started());
      expect(performance.now() - began).toBeLessThan(50);
      await bench.idle();
      expect(bench.slack.tries.length).toBe(mood === "away" ? 0 : quick.maxTries);
      expect(bench.hook.taken).toHaveLength(1);
      expect(bench.lines.filter((line) => line.includes(": not sent, got "))).toHaveLength(1);
      expect(bench.lines.at(-1)).toMatch(
        /^notice started of rollout 2 to slack: not sent, got .*; the rollout is not touched by it\. Fix: /,
      );
    },
  );

  it.each([400, 401, 403, 404, 410, 302])(
    "that answers %d is not asked again, and the secret to mend is named",
    async (status) => {
      bench.slack.moods.push({ status, headers: { location: bench.hook.url } });
      const notices = await bench.open({ slack: {} });
      notices.saw(started());
      notices.saw(ended("promoted"));
      await bench.idle();
      expect([bench.slack.tries.length, bench.slack.taken.length, bench.hook.tries.length]).toEqual([2, 1, 0]);
      expect(bench.lines).toEqual([
        `notice started of rollout 2 to slack: not sent, got status ${status}; the rollout is not touched by it. ` +
          "Fix: put the receiver's present address into the secret slack-url",
      ]);
    },
  );

  it("is left alone for as long as it asks", async () => {
    bench.slack.moods.push({ status: 429, headers: { "retry-after": "1" } });
    const notices = await bench.open({ slack: {} });
    notices.saw(started());
    await bench.idle();
    const [first, second] = bench.slack.tries;
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(990);
  });

  it("is given up at once if it asks for longer than a notice lives", async () => {
    bench.slack.moods.push({ status: 429, headers: { "retry-after": "86400" } });
    const notices = await bench.open({ slack: {} });
    notices.saw(started());
    await bench.idle();
    expect([bench.slack.tries.length, bench.lines.length]).toEqual([1, 1]);
  });

  it("never has the all-clear before the alarm", async () => {
    bench.duty.moods.push({ status: 500 }, "silent");
    const notices = await bench.open(bench.all, null, short);
    notices.saw(ended("rejected"));
    notices.saw(ended("promoted", 3));
    await bench.idle();
    expect([bench.pager.history, bench.pager.open.size]).toEqual([["trigger critical rolled-back", "resolve"], 0]);
  });

  it("holds up a bounded number of notices", async () => {
    bench.slack.otherwise = "silent";
    const notices = await bench.open({ slack: {} }, null, { limitMs: 60_000 });
    for (let rollout = 2; rollout < maxWaiting + 12; rollout++) notices.saw(started(rollout));
    await until("ten lost", () => bench.lines.length === 10);
    await until("the outbox", async () => (await bench.outbox()).waiting.length === maxWaiting);
    expect(bench.lines[0]).toContain("not sent, too many are waiting");
  });
});
