import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

test("a reader that has seen enough ends a command without a word", () => {
  const script = `'${process.execPath}' bin/slipway.ts --help | true; echo "\${PIPESTATUS[0]}"`;
  const { stdout, stderr } = spawnSync("bash", ["-c", script], { encoding: "utf8" });
  expect({ stdout, stderr }).toEqual({ stdout: "0\n", stderr: "" });
});
