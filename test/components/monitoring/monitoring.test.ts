import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { Monitoring } from "../../../components/monitoring/monitoring.ts";
import { record } from "../../support/recorder.ts";
import { settingsOf } from "../../support/settings-of.ts";

test("a Prometheus that is there already gets its files, and nothing is made", async () => {
  const { resources, stop } = await record();
  const settings = settingsOf({ monitoring: { kind: "existing" } });
  const { files } = new Monitoring("monitoring", { stack: "production", settings });
  await pulumi.runtime.disconnect();
  stop();
  expect(resources.map(({ type }) => type)).toEqual(["slipway:monitoring:Monitoring"]);
  expect(Object.keys(files)).toEqual(["rules.yaml", "targets.json", "prometheus.yaml", "alertmanager.yaml"]);
});
