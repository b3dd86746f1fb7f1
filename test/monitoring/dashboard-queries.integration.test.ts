import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { stringify } from "yaml";
import { dashboard } from "../../monitoring/dashboard.ts";
import { promtool } from "../support/prometheus-tools.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "slipway-queries-"));
});
afterEach(() => rm(folder, { recursive: true }));

it("a version is told also where Prometheus was away while it came, and has two of the slot for some minutes", async () => {
  const panel = dashboard({ service: "api", environment: "production" }).panels.find(
    ({ title }) => title === "Response times by version",
  );
  const labels = 'service="api",environment="production",host="one",slot="blue"';
  const info = (version: string) => `slipway_release_info{${labels},version="${version}"}`;
  const file = join(folder, "test.yaml");
  await writeFile(
    file,
    stringify({
      rule_files: [],
      tests: [
        {
          interval: "1m",
          input_series: [
            { series: info("1.7.0"), values: "1x5 _x10" },
            { series: info("1.8.0"), values: "_x6 1x10" },
            ...["0.1", "0.2", "+Inf"].map((le) => ({
              series: `slipway_request_duration_seconds_bucket{${labels},le="${le}"}`,
              values: "0+60x20",
            })),
          ],
          promql_expr_test: [
            {
              expr: `group by (version) (${panel?.queries[0]?.expr ?? ""})`,
              eval_time: "8m",
              exp_samples: [{ labels: '{version="1.8.0"}', value: 1 }],
            },
          ],
        },
      ],
    }),
  );
  const { code, text } = await promtool(["test", "rules", file]);
  expect(code, text).toBe(0);
});
