import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const slipway = (args: readonly string[], input = "") =>
  spawnSync(join(import.meta.dirname, "..", "..", "bin", "slipway"), ["preview-comment", ...args], {
    input,
    encoding: "utf8",
  });

const preview = (stack: string) =>
  JSON.stringify({
    steps: [
      {
        op: "delete",
        urn: `urn:pulumi:${stack}::slipway::docker:index/volume:Volume::data`,
        oldState: { custom: true, inputs: { name: "data" } },
      },
    ],
  });

test("prints the comment of a preview that comes by the pipe", () => {
  const { stdout, status } = slipway(["--stack", "staging"], preview("staging"));
  expect(status).toBe(0);
  expect(stdout).toContain(
    "<!-- slipway: preview of slipway/staging -->\n### Preview of <code>staging</code>: 1 to delete\n",
  );
});

test.each([
  ["no stack", [], preview("staging"), "no stack is named. Fix: --stack <name>"],
  [
    "another stack's preview",
    ["--stack", "production"],
    preview("staging"),
    "is of slipway/staging, not of slipway/production",
  ],
  ["no preview", ["--stack", "staging"], "error: it failed", "Fix: pulumi preview --json > preview.json"],
  [
    "a mistyped flag",
    ["--stak", "staging"],
    preview("staging"),
    "did you mean --stack. Fix: slipway preview-comment --help",
  ],
  ["no file", ["--stack", "staging", "/nowhere.json"], "", "/nowhere.json can't be read: ENOENT"],
])("%s: one line and exit code 2", (_what, args, input, said) => {
  const { stdout, stderr, status } = slipway(args, input);
  expect([status, stdout]).toEqual([2, ""]);
  expect(stderr).toMatch(/^slipway.*: .*\n$/);
  expect(stderr).toContain(said);
});
