import { describe, expect, it } from "vitest";
import { Field } from "../../../router/field.ts";
import { pagerDutyEvent, slackMessage } from "../../../router/telling/notice-channels.ts";
import { parseNotices, type NoticesConfig } from "../../../router/telling/notice-config.ts";
import { handNotices, isRouted, noticeOf, stuckNotice } from "../../../router/telling/notice-events.ts";
import { linesOf, plain } from "../../../router/telling/notice-text.ts";
import type { HandMade, RolloutRecord } from "../../../router/telling/record.ts";
import { checkSlack, PagerDuty } from "../support/http-receiver.ts";
import { instant, ledgersOf, recordOf } from "../support/records.ts";

const limits = {
  health: { gateSeconds: 60 },
  profile: { pauseSeconds: 5, watchSeconds: 10, previewSeconds: 2 },
  verdict: { sharedSeconds: 20 },
};
const all = { webhook: {}, slack: {}, pagerduty: {}, email: { host: "mail", from: "a@b.c", to: ["d@e.f"] } };
const parse = (value: unknown): NoticesConfig => parseNotices(new Field("notices", value));

const started = recordOf(ledgersOf("promoted").slice(0, 1), { by: "alice", backup: [] });
const good = recordOf(ledgersOf("promoted"));
const bad = recordOf(ledgersOf("rejected", "got 3 errors of 20 requests (15.0 %); allowed 10 %"));
const byHand: RolloutRecord = { ...good, kind: "rollback", by: "bob" };

describe("what is told", () => {
  it.each([
    ["started", started, "info", "rollout 2 started by alice, 1.1.0-aaaa → green (live: 1.0.0-aaaa)"],
    ["promoted", good, "info", "rollout 2 promoted, green is live with 1.1.0-aaaa"],
    [
      "rolled-back",
      bad,
      "critical",
      "rollout 2 rolled back, 1.1.0-aaaa was rejected: got 3 errors of 20 requests (15.0 %); allowed 10 %; live stays 1.0.0-aaaa",
    ],
    ["rolled-back", byHand, "warning", "rolled back by hand by bob, green is live with 1.1.0-aaaa"],
    [
      "rolled-back",
      { ...bad, from: null, reason: "x" },
      "critical",
      "rollout 2 rolled back, 1.1.0-aaaa was rejected: x; nothing is live yet",
    ],
  ] as const)("%s", (event, record, severity, title) => {
    expect(noticeOf(record, "production")).toMatchObject({
      id: `ape-production/2/${event}`,
      event,
      severity,
      title: `ape-production: ${title}`,
    });
  });

  it("says what the release was made from, where its image tells", () => {
    const source = { commit: "0123abc", author: "Ada" };
    expect(linesOf(noticeOf({ ...good, source }, "production"))).toContain("source: commit 0123abc by Ada");
    const compare = "https://github.com/acme/shop/compare/fed9876...0123abc";
    expect(linesOf(noticeOf({ ...good, source: { ...source, compare } }, ""))).toContain(
      `source: commit 0123abc by Ada, ${compare}`,
    );
    expect(noticeOf({ ...good, source: { commit: "0123abc", author: "a\nb" } }, "")).toMatchObject({
      source: { commit: "0123abc", author: "a b" },
    });
    expect(linesOf(noticeOf(good, "production")).join()).not.toContain("source:");
  });

  it("names who went back, and why; and what an update took back by itself", () => {
    const hand = { command: "rollback", by: "bob", reason: "errors in the basket", at: instant(6) } as const;
    expect(noticeOf({ ...byHand, hands: [hand] }, "production").title).toBe(
      "ape-production: rolled back by hand by bob: errors in the basket, green is live with 1.1.0-aaaa",
    );
    expect(noticeOf({ ...good, kind: "undo" }, "production")).toMatchObject({
      event: "rolled-back",
      title: "ape-production: taken back, as another host refused the release, green is live with 1.1.0-aaaa",
    });
  });

  it("names each thing that a person did on the way, once", () => {
    const made = (command: HandMade["command"], by: string | null, reason: string | null) =>
      ({ command, by, reason, at: instant(7) }) as const;
    const hands = [made("pause", "ada", "let me look"), made("abort", "ada", null), made("restore", null, "f.dump")];
    const notices = handNotices({ ...good, hands }, "production");
    expect(notices).toMatchObject([
      {
        id: "ape-production/2/by-hand-1",
        severity: "info",
        resolves: false,
        by: "ada",
        title: "ape-production: rollout 2 of 1.1.0-aaaa, pause by ada: let me look",
      },
      { id: "ape-production/2/by-hand-3", title: "ape-production: databases restored by hand: f.dump" },
    ]);
    for (const notice of notices) expect(checkSlack({ ...slackMessage(notice) })).toBeNull();
  });

  it("is a warning outside of production", () => {
    expect(noticeOf(bad, "staging").severity).toBe("warning");
    expect(noticeOf(bad, "").severity).toBe("warning");
  });

  it("says what to do after a failure", () => {
    expect(noticeOf(bad, "production").fix).toBe(
      "slipway rollout show 2 --stack production says more; correct the release and run pulumi up again",
    );
    expect(noticeOf(good, "production").fix).toBeNull();
  });
});

describe("stuck", () => {
  const settings = parse({ environment: "production", stuckAfterSeconds: 30, channels: {} });
  const at = (seconds: number) => new Date(Date.parse(instant(0)) + seconds * 1000);
  const ledgers = ledgersOf("rejected", "it broke");

  // One change a second.
  it.each([
    ["gate", ledgers.slice(0, 1), 90, "no progress in phase gate for more than 90 s, at 0 %"],
    ["move", ledgers.slice(0, 3), 2 + 55, "no progress in phase move for more than 55 s, at 10 %"],
    ["watch", ledgersOf("promoted").slice(0, 5), 4 + 60, "no progress in phase watch for more than 60 s, at 100 %"],
    [
      "return",
      ledgers.slice(0, 5),
      4 + 30,
      "can't return to the old slot for more than 30 s, at 0 % (rejected: it broke)",
    ],
  ] as const)("in phase %s", (_phase, changes, limit, reason) => {
    const record = recordOf(changes);
    expect(stuckNotice(record, settings, limits, at(limit))).toBeNull();
    expect(stuckNotice(record, settings, limits, at(limit + 1))).toMatchObject({
      event: "stuck",
      severity: "critical",
      reason,
    });
  });

  it("is nothing that a person holds", () => {
    const moving = recordOf(ledgers.slice(0, 3));
    const held = { ...moving, steps: moving.steps.map((step) => ({ ...step, paused: true })) };
    expect(stuckNotice(held, settings, limits, at(99_999))).toBeNull();
  });

  it("is nothing that has ended", () => {
    expect(stuckNotice(bad, settings, limits, at(9999))).toBeNull();
  });
});

describe("routing", () => {
  const to = (record: RolloutRecord, channels: object, environment = "production") => {
    const settings = parse({ environment, channels });
    const notice = noticeOf(record, environment);
    return settings.channels.filter((channel) => isRouted(notice, channel, settings)).map(({ name }) => name);
  };
  const { webhook, slack, pagerduty } = all;

  it.each([
    ["info → Slack", started, all, "production", ["webhook", "slack", "email"]],
    [
      "success → Slack, and the incident is resolved",
      good,
      all,
      "production",
      ["webhook", "slack", "email", "pagerduty"],
    ],
    ["critical → PagerDuty", bad, all, "production", ["webhook", "email", "pagerduty"]],
    ["warning → Slack", bad, all, "staging", ["webhook", "slack", "email"]],
    ["critical → Slack where there is no PagerDuty", bad, { slack }, "production", ["slack"]],
    [
      "events of a channel come first",
      bad,
      { slack: { events: ["rolled-back"] }, pagerduty },
      "production",
      ["slack", "pagerduty"],
    ],
    ["and last", started, { webhook: { events: ["stuck"] }, slack }, "production", ["slack"]],
    ["a resolve whatever the events", good, { pagerduty: { events: ["stuck"] } }, "production", ["pagerduty"]],
    ["nobody", good, { webhook: { ...webhook, events: [] } }, "production", []],
  ] as const)("%s", (_name, record, channels, environment, names) => {
    expect(to(record, channels, environment)).toEqual(names);
  });
});

describe("payloads", () => {
  const key = "0123456789abcdef0123456789abcdef";
  it("are what Slack takes, and no text can make a mention or a link", () => {
    const nasty = noticeOf({ ...bad, reason: `<!channel> & <https://evil|x> ${"long ".repeat(900)}` }, "production");
    const message = slackMessage(nasty) as { text: string };
    expect(checkSlack({ ...message })).toBeNull();
    expect(message.text).toContain(":rotating_light: ape-production: rollout 2 rolled back");
    expect(message.text).toContain("&lt;!channel&gt; &amp; ");
    for (const record of [started, good, byHand, { ...bad, reason: `x${"&".repeat(900)}` }])
      expect(checkSlack({ ...slackMessage(noticeOf(record, "")) })).toBeNull();
  });

  it("are what PagerDuty takes: one incident for a service on a stack, resolved by a success", () => {
    const pager = new PagerDuty(key);
    const tell = (record: RolloutRecord) => pager.check({ ...pagerDutyEvent(noticeOf(record, "production"), key) });
    expect([tell(bad), tell({ ...bad, rollout: 3 })]).toEqual([null, null]);
    expect([...pager.open]).toEqual([["slipway/ape-production", 2]]);
    expect([tell({ ...good, rollout: 4 }), pager.open.size]).toEqual([null, 0]);
    expect(pager.history).toEqual(["trigger critical rolled-back", "trigger critical rolled-back", "resolve"]);
  });
});

describe("text that leaves the host", () => {
  it.each([
    ["got https://hooks.example.com/services/T1/B2/tok3n in it", "got https://hooks.example.com/… in it"],
    ["postgresql://user:pw@db:5432/x?sslkey=k", "postgresql://db:5432/…"],
    ["a\r\nBcc: all@example.com\u0007", "a Bcc: all@example.com "],
    ["x".repeat(9000), "x".repeat(600)],
  ])("%j", (text, shown) => {
    expect(plain(text)).toBe(shown);
  });
});
