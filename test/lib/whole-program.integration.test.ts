import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { run } from "../bin/support.ts";

/** A program of the real engine that stops while a resource waits for what never comes. */
const root = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "slipway-whole-"));
const state = join(folder, "state");
const program = `import * as pulumi from "@pulumi/pulumi";
import { endsWhole } from ${JSON.stringify(join(root, "lib/whole-program.ts"))};
endsWhole();
const opts = process.env.WAITS === "yes" ? { dependsOn: new Promise(() => undefined) } : {};
new (class extends pulumi.ComponentResource {})("test:index:Kept", "kept", {}, opts);
`;
const pulumi = (args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
  run("pulumi", [...args, "--non-interactive", "--stack", "local", "--cwd", folder], {
    ...process.env,
    PULUMI_BACKEND_URL: `file://${state}`,
    PULUMI_CONFIG_PASSPHRASE: "only for this test",
    ...more,
  });
const up = (more?: Readonly<Record<string, string>>) => pulumi(["up", "--yes", "--skip-preview"], more);

beforeAll(async () => {
  mkdirSync(state);
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const runtime = { name: "nodejs", options: { typescript: false } };
  writeFileSync(join(folder, "Pulumi.yaml"), stringify({ name: "whole", runtime, main: "index.mjs" }));
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(join(folder, "index.mjs"), program);
  const { code, stderr } = await pulumi(["stack", "init"]);
  expect(code, stderr).toBe(0);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

test("nothing is deleted for it, and it is told", async () => {
  const first = await up();
  expect(first.code, first.stdout + first.stderr).toBe(0);
  const { code, stdout, stderr } = await up({ WAITS: "yes" });
  expect(code).not.toBe(0);
  expect(stdout + stderr).toContain(
    "stopped before all that it declares was known to the engine, so nothing is deleted",
  );
  const exported = await pulumi(["stack", "export"]);
  expect(exported.stdout).toContain("test:index:Kept");
});
