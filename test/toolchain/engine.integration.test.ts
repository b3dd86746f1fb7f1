import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { environment, exports } from "../../toolchain/environment.ts";
import { slipwayFolder } from "../../lib/folders.ts";
import { policyPack } from "../../toolchain/paths.ts";

/** With the real engine, which `make test` sets up. */
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "slipway-engine-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});
const inherited = { PATH: `${slipwayFolder}/bin:/usr/bin`, PULUMI_CONFIG_PASSPHRASE: "mine" };

test("make env gives plain pulumi the policy pack, whatever folder it works in", async () => {
  const project = join(folder, "project");
  const state = join(folder, "state");
  mkdirSync(state);
  mkdirSync(project);
  symlinkSync(join(slipwayFolder, "node_modules"), join(project, "node_modules"));
  writeFileSync(join(project, "package.json"), "{}");
  writeFileSync(join(project, "index.js"), 'require("@pulumi/pulumi");\n');
  writeFileSync(
    join(project, "Pulumi.yaml"),
    "name: small\nmain: index.js\nruntime: {name: nodejs, options: {typescript: false}}\n",
  );
  const variables = { ...inherited, PATH: process.env.PATH, PULUMI_BACKEND_URL: `file://${state}` };
  const script = [
    exports(await environment("built", variables)),
    "pulumi stack init dev --non-interactive",
    "pulumi preview --non-interactive",
    "pulumi up --yes --skip-preview --non-interactive",
    "pulumi destroy --yes --skip-preview --non-interactive",
  ].join("\n");
  const output = execFileSync("sh", ["-euc", script], { cwd: project, env: variables, encoding: "utf8" });
  expect(output.match(/slipway@v\d+\.\d+\.\d+ \(local: .*\)/g)).toEqual(
    Array(2).fill(expect.stringContaining(`(local: ${policyPack})`)),
  );
}, 120_000);
