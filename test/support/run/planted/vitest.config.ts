import { defineConfig } from "vitest/config";
import { runId } from "../id.ts";

runId();

export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ["failing.ts"],
    pool: "forks",
    globalSetup: "../global-setup.ts",
  },
});
