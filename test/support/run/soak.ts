// make soak: the suites with a knob, turned up. A variable that is set already stays.
import { spawnSync } from "node:child_process";

const turnedUp = {
  SLIPWAY_CRASHES: "2",
  SLIPWAY_KILLS: "200",
  SLIPWAY_SWITCHES: "100",
  SLIPWAY_CHANGES: "alone",
  SLIPWAY_PREVIEWS: "10000",
  SLIPWAY_REPOSITORIES: "40",
  SLIPWAY_SERVICES: "1",
  SLIPWAY_HISTORIES: "500",
  SLIPWAY_CONFIGURATIONS: "1000",
  SLIPWAY_STORES: "1",
  SLIPWAY_PROMTOOL: "1",
  SLIPWAY_COPIES: "1",
  SLIPWAY_UPGRADES: "1",
  SLIPWAY_TEST_MINUTES: "600",
};
const suites = [
  "test/lib/secrets/stores",
  "test/monitoring/alert-rules",
  "test/monitoring/dashboard-queries",
  "test/monitoring/delivery",
  "test/router/crash",
  "test/router/switches",
  "test/e2e/backup-copies",
  "test/e2e/faults",
  "test/e2e/five-services",
  "test/e2e/forty",
  "test/e2e/mending.test",
  "test/e2e/ssh",
  "test/e2e/upgrade",
  "test/workflows/preview",
  "test/workflows/judges",
];

const ended = spawnSync("vitest", ["run", ...suites], { stdio: "inherit", env: { ...turnedUp, ...process.env } });
process.exitCode = ended.status ?? 1;
