import { defineConfig } from "vitest/config";
import { runId } from "./test/support/run/id.ts";
import { FailedTests } from "./test/support/run/failed-tests.ts";
import { SlowestFirst } from "./test/support/run/slowest-first.ts";
import { SlowestFiles } from "./test/support/run/slowest-files.ts";
import { compileCache } from "./toolchain/paths.ts";

// Workers, and the programs that they start, inherit both from here.
runId();
// Each file has a process of its own, and most of a command's time is reading its modules: Node keeps what it has compiled.
process.env.NODE_COMPILE_CACHE ??= compileCache;

const [timed, integration, e2e] = ["test/**/*.timed.test.ts", "test/**/*.integration.test.ts", "test/e2e/**/*.test.ts"];
const everywhere = { pool: "forks", globalSetup: "test/support/run/global-setup.ts" } as const;

/** Projects run one after the other, in this order. */
export default defineConfig({
  test: {
    sequence: { sequencer: SlowestFirst },
    reporters: ["default", new SlowestFiles(), new FailedTests()],
    projects: [
      {
        test: {
          ...everywhere,
          // Needs no tool but Node and what every machine has: `make check`.
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: [timed, integration, e2e],
          // They compute: a worker for each core. Vitest's own default leaves one core idle.
          maxWorkers: "100%",
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...everywhere,
          // What runs as a program of its own: a host's shell script, a command, a real HAProxy with the real controller, the real engine; and what computes for long.
          name: "integration",
          include: [integration],
          maxWorkers: "100%",
          // Several times what the longest takes on an idle machine: side by side they may take turns.
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          ...everywhere,
          // Judged by the clock: never beside what computes, and once more after a failure, because a busy machine may take a turn away.
          name: "timed",
          include: [timed],
          // Most of their time is waiting.
          maxWorkers: 2,
          retry: 1,
          testTimeout: 30_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 3 },
        },
      },
      {
        test: {
          ...everywhere,
          // They wait more than they compute.
          name: "e2e",
          include: [e2e],
          exclude: [timed],
          maxWorkers: 3,
          testTimeout: 1_200_000,
          hookTimeout: 1_200_000,
          sequence: { groupOrder: 4 },
        },
      },
    ],
  },
});
