import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

const script = readFileSync(new URL("../../../lib/releases/release-command.sh", import.meta.url), "utf8");

/** An engine with at most one container: `state` is what it shows of it, `code` how it ends. */
const engine = `#!/bin/sh
cd "$(dirname "$0")"
echo "$*" >> said
case "$1" in
  inspect) [ -e state ] && cat state ;;
  rm) rm state ;;
  create) echo made ;;
  logs) echo "one migration"; echo "a warning" >&2 ;;
  wait) [ "$(cat code)" != hangs ] || exec sleep 30; cat code ;;
esac
`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "slipway-command-"));
  writeFileSync(join(folder, "docker"), engine);
  chmodSync(join(folder, "docker"), 0o755);
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function run({ state, code = "0", limit = "20" }: { state?: string; code?: string; limit?: string } = {}) {
  if (state !== undefined) writeFileSync(join(folder, "state"), `${state}\n`);
  writeFileSync(join(folder, "code"), `${code}\n`);
  const { status, stdout, stderr } = spawnSync("sh", ["-euc", script], {
    encoding: "utf8",
    env: {
      ...{ PATH: `${folder}:/usr/bin:/bin`, NAME: "api-local-green-0", RELEASE: "1.1.0-a", ROLLOUT: "2", LIMIT: limit },
      CREATE: 'docker create --env "TEXT=two words" "$IMAGE" sh -c \'echo "$X"\'',
      IMAGE: "sha256:1",
    },
    timeout: 20_000,
  });
  const said = readFileSync(join(folder, "said"), "utf8").trim().split("\n");
  return { status, lines: stdout.trim().split("\n").sort(), stderr, did: said.map((line) => line.split(" ")[0]), said };
}

const printed = ["  a warning", "  one migration"];

test("it is run once, and what it prints is shown", () => {
  const { status, lines, said } = run();
  expect(status).toBe(0);
  expect(lines).toEqual([...printed, "release command: done", "release command: running (at most 20 s)"]);
  expect(said).toContain('create --env TEXT=two words sha256:1 sh -c echo "$X"');
});

test("one that a killed update began is joined, and not begun again", () => {
  const { status, lines, did } = run({ state: "1.1.0-a 2 running 0" });
  expect(status).toBe(0);
  // What it prints is shown while it is waited for.
  expect(did.sort()).toEqual(["inspect", "logs", "wait"]);
  expect(lines).toContain("release command: an update that is gone began it, waiting for its end (at most 20 s)");
});

test("one that ended well after its update was killed is not run again", () => {
  expect(run({ state: "1.1.0-a 2 exited 0" })).toMatchObject({ status: 0, did: ["inspect"] });
});

test("one of another release that a killed update left is waited for, not cut in its middle", () => {
  const { status, did, lines } = run({ state: "1.0.0-b 1 running 0" });
  expect(status).toBe(0);
  expect(did.slice(0, 5)).toEqual(["inspect", "wait", "rm", "create", "start"]);
  expect(lines).toContain(
    "release command: that of 1.0.0-b still runs, an update that is gone began it: waiting for its end (at most 20 s)",
  );
});

test("one of another release that does not end stops the update, and goes on", () => {
  const { status, did, stderr } = run({ state: "1.0.0-b 1 running 0", code: "hangs", limit: "1" });
  expect(status).toBe(1);
  expect(did).toEqual(["inspect", "wait"]);
  expect(stderr).toContain("that of 1.0.0-b still runs after 1 s, got no end; allowed one");
});

test.each([
  ["of another release", "1.0.0-b 2 exited 0"],
  ["of another attempt", "1.1.0-a 1 exited 0"],
  ["that failed", "1.1.0-a 2 exited 3"],
  ["that never began", "1.1.0-a 2 created 0"],
])("one %s gives way", (_, state) => {
  expect(run({ state }).did.slice(0, 4)).toEqual(["inspect", "rm", "create", "start"]);
});

test("one that fails ends the update with its code", () => {
  const { status, stderr, lines } = run({ code: "3" });
  expect(status).toBe(1);
  expect(lines).toEqual([...printed, "release command: running (at most 20 s)"]);
  expect(stderr).toBe(
    "release command: did not end well, got exit code 3; allowed exit code 0. Nothing is started and no traffic moves. Fix: correct it or the release, then pulumi up again\n",
  );
});

test("one that never ends is ended", () => {
  const { status, stderr, did } = run({ code: "hangs", limit: "1" });
  expect(status).toBe(1);
  expect(stderr).toContain("got no end within 1 s (slipway:release.timeoutSeconds); allowed exit code 0");
  expect(did.at(-1)).toBe("stop");
  expect(existsSync(join(folder, "state"))).toBe(false);
});

test("what it prints is shown as it comes", async () => {
  const wait = "until [ -e seen ]; do sleep 0.05; done";
  writeFileSync(
    join(folder, "docker"),
    engine.replace("logs) echo", `logs) echo "step 1"; ${wait}; echo`).replace("wait) ", `wait) ${wait}; `),
  );
  writeFileSync(join(folder, "code"), "0\n");
  const env = {
    PATH: `${folder}:/usr/bin:/bin`,
    NAME: "api-local-green-0",
    RELEASE: "1.1.0-a",
    ROLLOUT: "2",
    LIMIT: "20",
  };
  const child = spawn("sh", ["-euc", script], { env: { ...env, CREATE: "docker create" }, timeout: 20_000 });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => {
    said += part;
    if (said.includes("  step 1\n")) writeFileSync(join(folder, "seen"), "");
  });
  expect(await once(child, "close")).toEqual([0, null]);
  expect(said).toContain("release command: done");
});

test("who interrupts the update is told that it goes on, and does not wait for it", async () => {
  writeFileSync(join(folder, "code"), "hangs\n");
  const env = { PATH: `${folder}:/usr/bin:/bin`, NAME: "api-0", RELEASE: "1.1.0-a", ROLLOUT: "2", LIMIT: "25" };
  const args = ["--kill-after=25", "25", "sh", "-euc", script];
  const child = spawn("timeout", args, { env: { ...env, CREATE: "docker create" } });
  const stops = () => readFileSync(join(folder, "said"), "utf8").includes("stop");
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (part: string) => (errors += part));
  child.stdout.setEncoding("utf8").on("data", (part: string) => {
    if (part.includes("one migration")) child.kill("SIGTERM");
  });
  await once(child, "close");
  expect(errors).toContain("this update was interrupted; the command itself goes on on the host");
  expect(errors).toContain("Fix: pulumi up again waits for its end");
  expect(stops()).toBe(false);
}, 10_000);
