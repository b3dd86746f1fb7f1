import { describe, expect, it } from "vitest";
import { Field } from "../../../router/field.ts";
import { parseNotices, type Channel, type NoticesConfig } from "../../../router/telling/notice-config.ts";
import { causeOf, parseTarget, retryAfterMs } from "../../../router/telling/notice-http.ts";

const all = { webhook: {}, slack: {}, pagerduty: {}, email: { host: "mail", from: "a@b.c", to: ["d@e.f"] } };
const parse = (value: unknown): NoticesConfig => parseNotices(new Field("notices", value));

describe("configuration", () => {
  it("has its defaults", () => {
    expect(parse({ channels: all })).toEqual({
      environment: "",
      stuckAfterSeconds: 120,
      channels: [
        { name: "webhook", events: null, urlFile: "webhook-url" },
        { name: "slack", events: null, urlFile: "slack-url" },
        {
          name: "email",
          events: null,
          host: "mail",
          port: 587,
          from: "a@b.c",
          to: ["d@e.f"],
          tls: "starttls",
          userFile: null,
          passwordFile: null,
          caFile: null,
        },
        {
          name: "pagerduty",
          events: null,
          routingKeyFile: "pagerduty-routing-key",
          url: "https://events.pagerduty.com/v2/enqueue",
        },
      ] satisfies Channel[],
    });
  });

  const mail = (change: object) => ({ channels: { email: { ...all.email, ...change } } });
  it.each([
    [{}, "notices.channels: got nothing; allowed an object"],
    [{ channels: { slack: { urlFile: "../journal" } } }, 'notices.channels.slack.urlFile: got "../journal"'],
    [
      { channels: { slack: { events: ["all"] } } },
      'slack.events[0]: got "all"; allowed started, promoted, rolled-back, stuck',
    ],
    [mail({ to: [] }), "email.to: got 0 addresses; allowed 1 to 20"],
    [mail({ from: "a@b.c>\r\nRCPT TO:<x@y.z" }), "email.from: got"],
    [mail({ userFile: "smtp-user" }), "email: got one of userFile and passwordFile; allowed both or neither"],
    [
      mail({ tls: "none", userFile: "u", passwordFile: "p" }),
      "email.tls: got none with a user; allowed starttls, implicit",
    ],
    [{ environment: "a b", channels: {} }, 'notices.environment: got "a b"'],
    [{ stuckAfterSeconds: 0, channels: {} }, "notices.stuckAfterSeconds: got 0"],
  ])("%j is refused", (value, message) => {
    expect(() => parse(value)).toThrow(message);
  });
});

describe("targets", () => {
  it.each([
    ["https://hooks.example.com/a", true],
    ["http://127.0.0.1:9/a", true],
    ["http://receiver:8080/a", true],
    ["http://10.1.2.3/a", true],
    ["http://hooks.example.com/a", false],
    ["http://8.8.8.8/a", false],
    ["https://user:pw@example.com/a", false],
    ["ftp://example.com", false],
    ["", false],
  ])("%s: %s", (text, isGood) => {
    expect(parseTarget(text) !== null).toBe(isGood);
  });

  it.each([
    ["7", 7000],
    ["Thu, 01 Jan 2026 00:00:09 GMT", 9000],
    ["Wed, 31 Dec 2025 00:00:00 GMT", 0],
    ["-3", 0],
    ["soon", 0],
    ["", 0],
  ])("Retry-After %j is %d ms", (value, ms) => {
    expect(retryAfterMs(new Headers({ "retry-after": value }), Date.UTC(2026, 0, 1))).toBe(ms);
  });

  it("names a failure by its code only", () => {
    const error = new TypeError("fetch failed for https://x/token", { cause: { code: "ECONNREFUSED" } });
    expect(causeOf(error, 5)).toBe("ECONNREFUSED");
    expect(causeOf(new Error("https://x/token"), 5)).toBe("no connection");
    expect(causeOf(new DOMException("", "TimeoutError"), 5)).toBe("no answer within 5 ms");
  });
});
