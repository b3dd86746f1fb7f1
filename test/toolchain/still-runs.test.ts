import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { slipwayFolder } from "../../lib/folders.ts";
import { mustBeGone, mustBeIdle } from "../../toolchain/still-runs.ts";
import { Stubs } from "../bin/support.ts";

const folder = mkdtempSync(join(tmpdir(), "slipway-project-"));
const stubs = new Stubs({ timeout: 'exec /usr/bin/timeout "$@"' });
beforeAll(() => {
  vi.stubEnv("PATH", stubs.path);
  copyFileSync(join(slipwayFolder, "Pulumi.yaml"), join(folder, "Pulumi.yaml"));
  writeFileSync(
    join(folder, "Pulumi.local.yaml"),
    'config:\n  slipway:service: shop\n  slipway:version: "1"\n  slipway:host: {kind: local}\n',
  );
});
afterEach(() => {
  vi.restoreAllMocks();
});
afterAll(() => {
  vi.unstubAllEnvs();
  stubs.remove();
  rmSync(folder, { recursive: true });
});

test("a stack whose containers another state made is not down", async () => {
  stubs.write(
    "docker",
    `case "$*" in *service=shop*stack=local*) printf '%s\\n' shop-local-blue-1 shop-local-proxy ;; esac`,
  );
  await expect(mustBeGone("local", folder)).rejects.toThrow(
    /its containers run on, and this state knows none of them, got shop-local-blue-1 shop-local-proxy at .*; allowed none\. Fix: with the state that made them .*slipway adopt --stack local/,
  );
});

test("it is down where none runs", async () => {
  stubs.write("docker", "true");
  await expect(mustBeGone("local", folder)).resolves.toBeUndefined();
});

test("where nobody could look, that is said", async () => {
  const said = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  stubs.write("docker", "exit 1");
  await mustBeGone("local", folder);
  expect(said).toHaveBeenCalledWith(
    expect.stringContaining("nobody could look whether anything of stack local runs on at"),
  );
});

test("a stack in which somebody's command runs does not go down, and it is named", async () => {
  stubs.write(
    "docker",
    `case "$*" in *stack=local*--filter\\ label=slipway.command*) echo shop-local-run-1a2b3c4d ;; esac`,
  );
  await expect(mustBeIdle("local", folder)).rejects.toThrow(
    /commands of slipway run .* go on in it, got shop-local-run-1a2b3c4d at .*; allowed none: nothing was touched\. Fix: wait for their end, or/,
  );
  stubs.write("docker", `case "$*" in *label=slipway.command*) ;; *) echo shop-local-blue-1 ;; esac`);
  await expect(mustBeIdle("local", folder)).resolves.toBeUndefined();
});
