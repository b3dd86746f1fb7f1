import { chmodSync, cpSync, mkdirSync, mkdtempSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "vitest";

/** The parts of a clone that a missing `node_modules` leaves, with an npm that reaches nothing. */
const clone = mkdtempSync(join(tmpdir(), "slipway-install-"));

beforeAll(() => {
  const parts = ["toolchain/install.sh", "toolchain/node/package-lock.json", "bin/slipway", "package-lock.json"];
  for (const part of parts) cpSync(part, join(clone, part));
  mkdirSync(join(clone, "stubs"));
  writeFileSync(
    join(clone, "stubs/npm"),
    '#!/bin/sh\necho "npm error network request to https://registry.example failed"\necho "$*" > "$0.args"\nexit 1\n',
  );
  chmodSync(join(clone, "stubs/npm"), 0o755);
});

afterAll(() => {
  rmSync(clone, { recursive: true });
});

const run = (...args: string[]) =>
  spawnSync("sh", args, {
    cwd: clone,
    encoding: "utf8",
    env: { PATH: `${join(clone, "stubs")}:/usr/bin:/bin` },
  });

test("without a network, npm gives up soon and it is said what to do", () => {
  const { status, stderr } = run("toolchain/install.sh");
  expect(status).toBe(1);
  expect(stderr).toContain("npm error network request to https://registry.example failed\n");
  expect(stderr).toMatch(/^npm packages: could not be installed.* Fix: .*`npm ping`.*run the same again\n$/m);
  const { stdout } = run("-c", "cat stubs/npm.args");
  expect(stdout).toMatch(/^ci .*--fetch-retry-mintimeout=1000 --fetch-retry-maxtimeout=5000/);
});

test("without packages, slipway says how to get them", () => {
  const { status, stderr } = run("bin/slipway", "status");
  expect(status).toBe(1);
  expect(stderr).toBe('slipway: the npm packages are missing. Fix: eval "$(make -s env)"\n');
});

test("on a machine that npm has no Node for, the user's own does if it is new enough", () => {
  writeFileSync(join(clone, "stubs/npm"), "#!/bin/sh\n");
  mkdirSync(join(clone, "node_modules/.bin"), { recursive: true });
  const own = join(clone, "stubs/node");
  const says = (version: string, path: string) => {
    writeFileSync(own, `#!/bin/sh\ncase "$1" in -p) echo "${path}" ;; *) echo ${version} ;; esac\n`);
    chmodSync(own, 0o755);
  };
  says("v20.1.0", "");
  const { status, stderr } = run("toolchain/install.sh");
  expect([status, stderr]).toEqual([
    1,
    expect.stringMatching(/^node: is v20\.1\.0, and npm has no newer one for .*; allowed 24 or newer\. Fix: install/m),
  ]);
  says("v24.0.0", own);
  const installed = run("toolchain/install.sh");
  expect(installed.status).toBe(0);
  expect(installed.stderr).toMatch(/^✓ npm packages: \d+ s$/m);
  expect(readlinkSync(join(clone, "node_modules/.bin/node"))).toBe(own);
});
