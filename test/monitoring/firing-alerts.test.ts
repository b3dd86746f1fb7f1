import { expect, test } from "vitest";
import { firingAlerts } from "../../monitoring/firing-alerts.ts";

const scope = { service: "shop", environment: "production" };
const alert = (alertname: string, more: object = {}, labels: object = {}) => ({
  labels: { alertname, severity: "warning", ...scope, ...labels },
  ...{ annotations: { summary: `about ${alertname}` }, state: "firing", activeAt: "2026-11-27T11:00:00.5Z" },
  ...more,
});
const answer = (...alerts: object[]) => ({ status: "success", data: { alerts } });
const watchdog = alert("SlipwayWatchdog", {}, { severity: "none" });

test("tells what fires of one stack, the worst and oldest first, and not the proof that alerts arrive", () => {
  const found = firingAlerts(
    answer(
      watchdog,
      alert("Newer"),
      alert("Older", { activeAt: "2026-11-26T11:00:00Z" }),
      alert("Worst", { activeAt: "2026-11-27T11:59:00Z" }, { severity: "critical" }),
      alert("NotYet", { state: "pending" }),
      alert("Other", {}, { environment: "staging" }),
      alert("Foreign", {}, { service: "till" }),
    ),
    scope,
  );
  expect(found).toMatchObject({ firing: [{ alert: "Worst" }, { alert: "Older" }, { alert: "Newer" }] });
  expect(found).toMatchObject({ firing: [{ since: "2026-11-27T11:59:00.000Z", summary: "about Worst" }, {}, {}] });
});

test("silence is good news only from a Prometheus that has the stack's rules", () => {
  expect(firingAlerts(answer(watchdog), scope)).toEqual({ firing: [] });
  const other = alert("SlipwayWatchdog", {}, { environment: "staging" });
  for (const alerts of [[], [other]])
    expect(firingAlerts(answer(...alerts), scope)).toEqual({
      problem: expect.stringContaining("has not computed this stack's rules yet") as string,
    });
});

test.each([null, {}, { status: "error" }, "<html>"])("%j is no list of alerts", (given) => {
  expect(firingAlerts(given, scope)).toEqual({ problem: "Prometheus gave no list of alerts" });
});
