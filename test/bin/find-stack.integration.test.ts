import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { stringify } from "yaml";
import { findStack } from "../../bin/find-stack.ts";
import { run } from "./support.ts";

/** The stack that the real engine has noted as the selected one. */

const folder = mkdtempSync(join(tmpdir(), "slipway-project-"));
const find = (changes: boolean) => findStack({}, { section: "slipway:host", changes }, folder);

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

test("of several, the one that is selected is looked at, and nothing is changed in it unnamed", async () => {
  vi.stubEnv("PULUMI_STACK", undefined);
  const state = join(folder, "state");
  mkdirSync(state);
  writeFileSync(join(folder, "Pulumi.yaml"), stringify({ name: "slipway", runtime: "nodejs" }));
  const env = { ...process.env, PULUMI_BACKEND_URL: `file://${state}`, PULUMI_CONFIG_PASSPHRASE: "only for this test" };
  for (const stack of ["live", "test"]) {
    writeFileSync(join(folder, `Pulumi.${stack}.yaml`), stringify({ config: { "slipway:host": { kind: "local" } } }));
    const { code, stderr } = await run("pulumi", ["stack", "init", stack, "--non-interactive", "--cwd", folder], env);
    expect(code, stderr).toBe(0);
  }
  // Pulumi itself has noted it: the last one that was made.
  expect(await find(false)).toMatchObject({ name: "test" });
  await expect(find(true)).rejects.toThrow("several have slipway:host: live, test");
});
