import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { backupScript, restoreScript, verifyScript } from "../../../lib/databases/backup-scripts.ts";

/** An engine on which each container is as a file of its name says; it writes down what is done inside one. */
const engine = `#!/bin/sh
cd "$(dirname "$0")"
for last in "$@"; do :; done
case "$1" in
  inspect) cat "is/$last" ;;
  exec) echo "$*" >> done; exit 1 ;;
esac
`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "slipway-stopped-"));
  for (const each of ["is", "backups"]) mkdirSync(join(folder, each));
  writeFileSync(join(folder, "docker"), engine);
  writeFileSync(join(folder, "done"), "");
  chmodSync(join(folder, "docker"), 0o755);
  for (const part of ["postgres.dump", "redis.rdb"]) writeFileSync(join(folder, `backups/000002-a.${part}`), "x");
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** @param states of the containers that are there */
function run(script: string, states: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}) {
  for (const [name, state] of Object.entries(states)) writeFileSync(join(folder, "is", `api-local-${name}`), state);
  const { status, stderr } = spawnSync("sh", ["-euc", script], {
    encoding: "utf8",
    env: {
      PATH: `${folder}:/usr/bin:/bin`,
      HOME: folder,
      BACKUPS: join(folder, "backups"),
      CONTROLLER: "api-local-controller",
      ...env,
    },
    timeout: 20_000,
  });
  const done = readFileSync(join(folder, "done"), "utf8").split("\n");
  return { status, lines: stderr.trim().split("\n"), done: done.filter((line) => !line.includes(" printenv ")) };
}

const ofBackup = { POSTGRES: "api-local-postgres", REDIS: "api-local-redis", NAME: "000003-b", KEEP: "5" };
const stopped = (state: string, fix: string) =>
  `Redis can't be asked: its container api-local-redis is ${state}. Fix: ${fix}`;

test.each([
  ["exited", "docker start api-local-redis; pulumi up does so too. docker logs api-local-redis says why it ended"],
  ["paused", "docker unpause api-local-redis; pulumi up does so too"],
  ["not there", "pulumi up"],
])("a database that is %s is named before anything is backed up", (state, fix) => {
  const states = { postgres: "running", ...(state === "not there" ? {} : { redis: state }) };
  const { status, lines, done } = run(backupScript, states, { ...ofBackup, AGAIN: "slipway backup now" });
  expect({ status, lines }).toEqual({
    status: 1,
    lines: [
      stopped(state, fix),
      "backup: not everything could be backed up, so there is no new backup. Fix: see above, then slipway backup now again",
    ],
  });
  expect(done.filter((line) => !line.includes("slipway-router saved"))).toEqual([""]);
  expect(readdirSync(join(folder, "backups")).some((file) => file.startsWith("000003"))).toBe(false);
});

test("a backup is not half restored because one of its databases is stopped", () => {
  const files = ["postgres.dump", "redis.rdb"].map((part) => join(folder, `backups/000002-a.${part}`));
  const { status, lines, done } = run(
    restoreScript,
    { postgres: "running", redis: "paused" },
    { FILES: files.join("\n"), YES: "1" },
  );
  expect({ status, lines }).toEqual({
    status: 1,
    lines: [
      stopped("paused", "docker unpause api-local-redis; pulumi up does so too"),
      "restore: nothing was touched. Fix: see above, then again",
    ],
  });
  expect(done).toEqual([""]);
});

test("nor is it read back", () => {
  const { status, lines } = run(
    verifyScript,
    { postgres: "running", redis: "paused" },
    { NAME: "", HAS: "postgres.dump redis.rdb" },
  );
  expect({ status, lines }).toEqual({
    status: 1,
    lines: [stopped("paused", "docker unpause api-local-redis; pulumi up does so too")],
  });
});
