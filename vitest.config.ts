import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/e2e/**"],
          // The Pulumi runtime keeps one program per process.
          pool: "forks",
          testTimeout: 30_000,
          // Some start a real HAProxy and judge it by the clock; on a busy CI machine one may lose its turn. Never on a developer's.
          retry: process.env.CI ? 1 : 0,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          pool: "forks",
          // The end-to-end tests share one Docker engine and measure times.
          fileParallelism: false,
          testTimeout: 600_000,
          hookTimeout: 900_000,
        },
      },
    ],
  },
});
