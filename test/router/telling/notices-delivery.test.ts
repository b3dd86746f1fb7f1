import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { until } from "../support/until.ts";
import type { Mood } from "../support/http-receiver.ts";
import { ended, NoticeBench, short, started } from "../support/notice-bench.ts";

let bench: NoticeBench;
beforeEach(async () => {
  bench = await NoticeBench.start();
});
afterEach(async () => {
  await bench.stop();
});

describe("a rollout's notices", () => {
  it("reach everybody once, in order, by their severity", async () => {
    const notices = await bench.open(bench.all);
    for (const each of [started(), started(), ended("rejected"), ended("rejected"), started(3), ended("promoted", 3)])
      notices.saw(each);
    await bench.idle();
    expect(bench.hook.taken.map(({ body }) => [body.rollout, body.event])).toEqual([
      [2, "started"],
      [2, "rolled-back"],
      [3, "started"],
      [3, "promoted"],
    ]);
    expect(bench.slack.taken.map(({ id }) => id)).toEqual([
      "ape-production/2/started",
      "ape-production/3/started",
      "ape-production/3/promoted",
    ]);
    expect(bench.pager.history).toEqual(["trigger critical rolled-back", "resolve"]);
    expect(bench.lines).toEqual([]);
  });

  it("are told once when a rollout is stuck", async () => {
    const notices = await bench.open({ webhook: { events: ["stuck"] } });
    notices.saw(started());
    for (let second = 0; second < 3; second++) notices.lookForStuck(new Date(Date.now() + 9_999_000 + second));
    await bench.idle();
    expect(bench.hook.taken.map(({ body }) => body.event)).toEqual(["stuck"]);
  });

  it("are not sent for what ended before there were notices", async () => {
    const notices = await bench.open(bench.all, ended("promoted"));
    notices.saw(ended("promoted"));
    notices.saw(started(3));
    await bench.idle();
    expect(bench.hook.tries.map(({ id }) => id)).toEqual(["ape-production/3/started"]);
  });
});

describe("a crash", () => {
  it("loses nothing and makes nothing twice", async () => {
    bench.hook.otherwise = { status: 503 };
    const first = await bench.open({ webhook: {} }, null, { firstPauseMs: 60_000, longestPauseMs: 60_000 });
    first.saw(started());
    first.saw(ended("promoted"));
    await until("a try on disk", async () => (await bench.outbox()).waiting[0]?.tries === 1);
    first.close();
    bench.hook.otherwise = "well";
    // The pause is on disk too; a new process keeps it, so let it be over.
    const path = bench.outboxPath;
    await writeFile(path, (await readFile(path, "utf8")).replaceAll(/"notBefore":[\d.]+/g, '"notBefore":0'));

    await bench.open({ webhook: {} }, ended("promoted"));
    await bench.idle();
    await bench.open({ webhook: {} }, ended("promoted"));
    expect(bench.hook.taken.map(({ id }) => id)).toEqual(["ape-production/2/started", "ape-production/2/promoted"]);
    expect(bench.hook.tries.map(({ id }) => id).slice(0, 2)).toEqual([
      "ape-production/2/started",
      "ape-production/2/started",
    ]);
  });

  it("between the record and the outbox is made good at the next start", async () => {
    const first = await bench.open({ webhook: {} });
    first.saw(started());
    await bench.idle();
    first.close();
    await bench.open({ webhook: {} }, ended("promoted"));
    // One that was taken when the process ended may come once more, under its id.
    await until("the end", () => bench.hook.taken.some(({ id }) => id === "ape-production/2/promoted"));
    expect(bench.hook.taken.at(-1)?.body.event).toBe("promoted");
  });

  it("that damaged the outbox starts it anew", async () => {
    await writeFile(bench.outboxPath, '{"schema":1,"known":[');
    const notices = await bench.open({ webhook: {} });
    notices.saw(started());
    await bench.idle();
    expect(bench.hook.taken).toHaveLength(1);
    expect(bench.lines).toEqual([`${bench.outboxPath}: can't be read; notices start anew`]);
  });

  it("and a disk that is full: it is sent all the same", async () => {
    const stateFolder = join(bench.state, "file");
    await writeFile(stateFolder, "not a folder");
    const notices = await bench.open({ webhook: {} }, null, { stateFolder });
    notices.saw(started());
    await until("the notice", () => bench.hook.taken.length === 1);
    expect(bench.lines.filter((line) => line.includes("can't be written"))).toHaveLength(1);
  });
});

describe("secrets", () => {
  it("are read at each try", async () => {
    await bench.secret("slack-url", bench.slack.url.replace("5ecre7", "old"));
    const notices = await bench.open({ slack: {} });
    notices.saw(started());
    await until("a refusal", () => bench.lines.length === 1);
    await bench.secret("slack-url", bench.slack.url);
    notices.saw(ended("promoted"));
    await bench.idle();
    expect(bench.slack.taken).toHaveLength(1);
  });

  it.each([
    ["slack-url", null, "can't be read, got ENOENT"],
    ["slack-url", "  \n", "is empty or too long"],
    ["slack-url", "http://example.com/5ecre7", "slack-url: is no https address"],
    ["pagerduty-routing-key", "5ecre7", "pagerduty-routing-key: is no integration key"],
  ])("%s with %j: says what is wrong with the file", async (name, value, problem) => {
    await rm(join(bench.secrets, name));
    if (value !== null) await bench.secret(name, value);
    const notices = await bench.open(name === "slack-url" ? { slack: {} } : { pagerduty: { url: bench.duty.url } });
    notices.saw(ended("rejected"));
    await bench.idle();
    expect(bench.lines).toHaveLength(1);
    expect(bench.lines[0]).toContain(problem);
    expect(bench.lines[0]).not.toContain("5ecre7");
  });

  it("are in no message, file or line, whatever receivers echo and reasons hold", async () => {
    const reason = `got a redirect to ${bench.slack.url} and postgresql://ape:5ecre7Db@db/ape`;
    const moods: Mood[] = [
      { status: 500, echo: true },
      { status: 429, echo: true },
      "silent",
      { status: 400, echo: true },
    ];
    for (const receiver of [bench.slack, bench.hook, bench.duty]) receiver.moods.push(...moods);
    const notices = await bench.open(bench.all, null, short);
    const told = [started(), ended("rejected", 2, reason), ended("rejected", 3, reason), ended("promoted", 4)];
    for (const each of told) notices.saw(each);
    await until("a queue on disk", async () => (await bench.outbox()).waiting.length > 0);
    const kept = await readFile(bench.outboxPath, "utf8");
    await bench.idle();
    const sent = [bench.slack, bench.hook, bench.duty].flatMap((receiver) =>
      receiver.tries.map(({ body }) => ({ ...body, routing_key: "" })),
    );
    expect(sent.length).toBeGreaterThan(10);
    for (const text of [JSON.stringify(sent), bench.lines.join("\n"), kept]) expect(text).not.toContain("5ecre7");
  });
});
