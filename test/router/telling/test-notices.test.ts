import { afterEach, beforeEach, expect, it } from "vitest";
import { Field } from "../../../router/field.ts";
import { parseNotices } from "../../../router/telling/notice-config.ts";
import { sendTestNotices } from "../../../router/telling/test-notices.ts";
import { NoticeBench } from "../support/notice-bench.ts";

let bench: NoticeBench;
beforeEach(async () => {
  bench = await NoticeBench.start();
});
afterEach(async () => {
  await bench.stop();
});

const hand = { by: "jane@laptop", reason: null, at: "2026-11-27T08:00:00.000Z" };
const send = (channels: object) =>
  sendTestNotices(
    {
      notices: parseNotices(new Field("notices", { environment: "production", channels })),
      service: "ape",
      secretsFolder: bench.secrets,
      log: (line) => bench.lines.push(line),
    },
    hand,
  );

it("a test reaches every channel, whatever events it wants, and says that nothing has happened", async () => {
  const outcomes = await send({ ...bench.all, slack: { events: ["stuck"] } });
  expect(outcomes).toEqual({ webhook: { is: "sent" }, slack: { is: "sent" }, pagerduty: { is: "sent" } });
  expect(bench.hook.taken.map(({ body }) => body)).toMatchObject([
    { event: "test", severity: "info", by: "jane@laptop" },
  ]);
  expect(JSON.stringify(bench.slack.taken)).toContain("ape: test notice by jane@laptop, nothing has happened");
  expect(JSON.stringify(bench.slack.taken)).not.toContain("to: none");
});

it("PagerDuty's incident is a test's own, and over at once", async () => {
  await send(bench.all);
  expect(bench.pager.history).toEqual(["trigger info test", "resolve"]);
  expect(bench.pager.open.size).toBe(0);
  expect(bench.duty.taken.map(({ body }) => body.dedup_key)).toEqual(["slipway/ape/test", "slipway/ape/test"]);
});

it("what a receiver refuses, or can't take now, is told as that, and no secret with it", async () => {
  bench.slack.otherwise = { status: 404, echo: true };
  bench.hook.otherwise = { status: 503, echo: true };
  await bench.secret("pagerduty-routing-key", "5ecre7");
  const outcomes = await send(bench.all);
  expect(outcomes).toMatchObject({ slack: { is: "refused" }, webhook: { is: "later" }, pagerduty: { is: "refused" } });
  expect(JSON.stringify([outcomes, bench.lines])).not.toContain("5ecre7");
});

it("nobody is told where nobody is to be told", async () => {
  const options = { notices: null, service: "ape", secretsFolder: bench.secrets, log: () => undefined };
  expect(await sendTestNotices(options, hand)).toEqual({});
});
