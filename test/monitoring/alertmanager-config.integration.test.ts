import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { alertmanagerConfig, type AlertChannels } from "../../monitoring/alertmanager-config.ts";
import { amtool } from "../support/prometheus-tools.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "slipway-alertmanager-"));
});
afterEach(() => rm(folder, { recursive: true }));

const pagerduty = { url: "https://events.pagerduty.com/v2/enqueue" };
const email = {
  host: "mail.example.com",
  port: 587,
  from: "a@example.com",
  to: ["b@example.com", "c@example.com"],
  tls: "starttls" as const,
  user: "u",
};
const watchdog = { url: "https://beats.example.com/0123" };
const all: AlertChannels = { pagerduty, slack: {}, email, watchdog };

/** Who gets an alert: amtool says with its exit code whether it is these, in this order. */
async function routed(
  channels: AlertChannels,
  severity: string,
  receivers: readonly string[],
  alert = "ErrorsHigh",
): Promise<void> {
  const path = join(folder, "alertmanager.yaml");
  await writeFile(path, alertmanagerConfig(channels, "/run/secrets/alertmanager"));
  const labels = [`alertname=Slipway${alert}`, "service=api", "environment=production", `severity=${severity}`];
  const verify = `--verify.receivers=${receivers.join(",")}`;
  expect(await amtool(["config", "routes", "test", `--config.file=${path}`, verify, ...labels])).toMatchObject({
    code: 0,
  });
}

describe("alerts go", () => {
  it.each([
    ["critical", ["email", "pagerduty"]],
    ["warning", ["email", "slack"]],
    ["info", ["email", "slack"]],
    ["none", ["nobody"]],
  ])("%s to whom the guide names", (severity, receivers) => routed(all, severity, receivers));

  it("of the watchdog to who waits for them, and to nobody else", async () => {
    await routed(all, "none", ["watchdog"], "Watchdog");
    await routed({ ...all, watchdog: undefined }, "none", ["nobody"], "Watchdog");
  });

  it.each([
    ["critical without PagerDuty", { slack: {} }, "critical", ["slack"]],
    ["a warning without Slack", { pagerduty }, "warning", ["pagerduty"]],
    ["all by mail where there is nothing else", { email }, "critical", ["email"]],
    ["nowhere where nobody is named", {}, "critical", ["nobody"]],
  ] as const)("%s elsewhere rather than nowhere", (_, channels, severity, receivers) =>
    routed(channels, severity, receivers),
  );
});

describe("the configuration", () => {
  it.each([
    ["all channels", all],
    ["none", {}],
    ["mail without login", { email: { ...email, user: undefined } }],
  ] as const)("is one that Alertmanager loads, with %s", async (_, channels) => {
    const path = join(folder, "alertmanager.yaml");
    await writeFile(path, alertmanagerConfig(channels, "/run/secrets/alertmanager"));
    expect(await amtool(["check-config", path])).toMatchObject({ code: 0 });
  });

  it("groups by nothing that a switch of slots changes, and tells of every end", () => {
    const text = alertmanagerConfig(all, "/s");
    const { route } = parse(text) as { route: { group_by: string[] } };
    expect(route.group_by).toEqual(["alertname", "service", "environment"]);
    expect(text.match(/send_resolved: true/g)).toHaveLength(3);
    // Who waits for the watchdog would take its end for a sign of life.
    expect(text.match(/send_resolved: false/g)).toHaveLength(1);
  });
});
