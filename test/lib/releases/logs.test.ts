import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { releaseScript } from "../../../lib/releases/slot-scripts.ts";

const script = releaseScript("logs");

/** An engine with two replicas of each slot, a proxy, and somebody else's container. */
const engine = `#!/bin/sh
cd "$(dirname "$0")"
echo "$*" >> said
for name; do :; done
case "$*" in
  *"slipway-router ledger") cat ledger ;;
  "ps "*slot=blue*label=slipway.role=beat*) ;;
  "ps "*slot=blue*label=slipway.role*) [ ! -e api-local-blue-worker-1 ] || echo "api-local-blue-worker-1 1.0.0-11111111" ;;
  "ps "*slot=green*label=slipway.role*) ;;
  "ps "*slot=blue*) echo "api-local-blue-1 1.0.0-11111111"; echo "api-local-blue-2 1.0.0-11111111" ;;
  "ps "*slot=green*) echo "api-local-green-1 1.0.0-rc.1-22222222" ;;
  "ps "*proxy*) echo "api-local-proxy-1 " ;;
  "logs "*) sed "s/^/2026-11-26T18:00:0/" "$name" ;;
esac
`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "slipway-logs-"));
  writeFileSync(join(folder, "docker"), engine);
  chmodSync(join(folder, "docker"), 0o755);
  writeFileSync(join(folder, "ledger"), '{\n  "live": "blue",\n  "slots": {}\n}\n');
  writeFileSync(join(folder, "api-local-blue-1"), "1Z one\n4Z   four  \n");
  writeFileSync(join(folder, "api-local-blue-2"), "2Z two\n3Z \\n three\n");
  writeFileSync(join(folder, "api-local-green-1"), "0Z zero\n");
  writeFileSync(join(folder, "api-local-proxy-1"), "9Z nine\n");
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function logs(changes: Record<string, string> = {}) {
  const env = {
    ...{ PATH: `${folder}:/usr/bin:/bin`, PREFIX: "api-local", PART: "", SLOT: "live", ROLE: "" },
    ...{ VERSION: "", LINES: "100", SINCE: "", FOLLOW: "", ...changes },
  };
  const { status, stdout, stderr } = spawnSync("sh", ["-euc", script], { encoding: "utf8", env, timeout: 20_000 });
  const lines = stdout.split("\n").slice(0, -1);
  return { status, stderr, lines: lines.map((line) => line.replaceAll(/api-local-|2026-11-26T18:00:0/g, "")) };
}

const blue = ["blue-1 1Z one", "blue-2 2Z two", String.raw`blue-2 3Z \n three`, "blue-1 4Z   four  "];

test("those of the live slot's replicas come in the order in which they were written", () => {
  expect(logs()).toEqual({ status: 0, stderr: "", lines: blue });
});

test.each([
  ["standby", ["green-1 0Z zero"]],
  ["green", ["green-1 0Z zero"]],
  ["both", ["green-1 0Z zero", ...blue]],
])("%s names a slot", (SLOT, lines) => {
  expect(logs({ SLOT })).toEqual({ status: 0, stderr: "", lines });
});

test("roles are among them, or alone by their name", () => {
  writeFileSync(join(folder, "api-local-blue-worker-1"), "5Z five\n");
  expect(logs({ ROLE: "" }).lines).toEqual([...blue, "blue-worker-1 5Z five"]);
  expect(logs({ ROLE: "web" }).lines).toEqual(blue);
  expect(logs({ ROLE: "worker" }).lines).toEqual(["blue-worker-1 5Z five"]);
  expect(logs({ ROLE: "beat" }).stderr).toContain(
    "logs: api-local has no container of blue with role beat on this host",
  );
});

test("where nothing is live, or nobody can tell, live is both slots", () => {
  writeFileSync(join(folder, "ledger"), '{"live":null}');
  expect(logs().lines).toEqual(["green-1 0Z zero", ...blue]);
  rmSync(join(folder, "ledger"));
  expect(logs().lines).toEqual(["green-1 0Z zero", ...blue]);
});

test("a version is its whole name, and what is not there is said", () => {
  expect(logs({ SLOT: "both", VERSION: "1.0.0" }).lines).toEqual(blue);
  expect(logs({ SLOT: "both", VERSION: "1.0.0-rc.1" }).lines).toEqual(["green-1 0Z zero"]);
  expect(logs({ VERSION: "1.0" })).toEqual({
    status: 1,
    stderr:
      "logs: api-local has no container of blue of version 1.0 on this host. Fix: slipway status says what each slot holds\n",
    lines: [],
  });
});

test("another part is asked by its name alone, and how much of it reaches the engine", () => {
  expect(logs({ PART: "proxy", LINES: "all", SINCE: "10m", FOLLOW: "yes" }).lines).toEqual(["proxy-1 9Z nine"]);
  expect(readFileSync(join(folder, "said"), "utf8")).toContain(
    "logs --timestamps --tail all --since 10m --follow api-local-proxy-1",
  );
});
