import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { roleClockProgram } from "../../../lib/releases/roles.ts";
import { dueTimes } from "../../../lib/releases/schedule.ts";

/** An engine whose containers are folders: what it tells of each is a file. It refuses what nobody asked it before. */
const engine = `#!/bin/sh
cd "$(dirname "$0")"
running() { for name in $(ls containers); do [ "$(cat containers/$name/state)" != running ] || echo "$name"; done; }
case "$*" in
  "exec api-local-controller slipway-router ledger") cat ledger ;;
  "exec -i api-local-controller slipway-router roles-ran") [ ! -e away ] || exit 1; cat > told ;;
  "ps --all --filter network=api-local --filter label=slipway.due "*) ls containers ;;
  "ps --quiet --filter network=api-local --filter label=slipway.role=nightly --filter label=slipway.due") running ;;
  "ps --filter network=api-local --filter label=slipway.due "*) running ;;
  "inspect "*) for name; do :; done
    cd "containers/$name" || exit 1
    case "$*" in
      *StopTimeout*) echo "600 25 SIGTERM $(cat started)" ;;
      *"ran "*) echo "ran nightly 600 $(cat state) 0 false $(cat started) $(cat ended)" ;;
      *slipway.due*) echo "$(cat slot) nightly $(cat due)" ;;
      *) exit 1 ;;
    esac ;;
  "start "*) [ ! -e broken ] || { printf 'Error: no such\\nfile\\n' >&2; exit 1; }; echo running > "containers/$2/state" ;;
  "kill "*) echo "$*" >> killed ;;
  *) echo "unexpected: $*" >&2; exit 1 ;;
esac
`;
const never = "0001-01-01T00:00:00Z";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "slipway-role-clock-"));
  writeFileSync(join(folder, "docker"), engine);
  chmodSync(join(folder, "docker"), 0o755);
  mkdirSync(join(folder, "containers"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const container = (slot: string, schedule: string, state = "created", started = never) => {
  const at = join(folder, "containers", `api-local-${slot}-nightly-1`);
  mkdirSync(at);
  const files = { slot, due: dueTimes(schedule) ?? "", state, started, ended: never };
  for (const [file, text] of Object.entries(files)) writeFileSync(join(at, file), `${text}\n`);
};
const isLive = (live: string | null) => {
  writeFileSync(join(folder, "ledger"), JSON.stringify({ live, slots: {}, running: null }, null, 2));
};
const look = (at: string) => {
  const env = { PATH: `${folder}:/usr/bin:/bin`, AT: String(Date.parse(at) / 1_000) };
  return execFileSync("sh", ["-euc", roleClockProgram("api-local")], { env, encoding: "utf8", stdio: "pipe" });
};
const running = () =>
  readdirSync(join(folder, "containers"))
    .filter((name) => readFileSync(join(folder, "containers", name, "state"), "utf8").trim() === "running")
    .map((name) => name.replace("api-local-", ""));
const told = () => readFileSync(join(folder, "told"), "utf8").trim().split("\n");

// 2026-11-27 is a Friday.
test.each([
  ["15 3 * * *", "2026-11-27T03:15:00Z", true],
  ["15 3 * * *", "2026-11-27T03:15:59Z", true],
  ["15 3 * * *", "2026-11-27T03:16:00Z", false],
  ["15 3 * * *", "2026-11-27T15:15:00Z", false],
  ["*/5 * * * *", "2026-11-27T08:05:00Z", true],
  ["*/5 * * * *", "2026-11-27T08:09:00Z", false],
  ["0 9 * * mon-fri", "2026-11-27T09:00:00Z", true],
  ["0 9 * * mon-fri", "2026-11-28T09:00:00Z", false],
  ["0 0 1 * fri", "2026-11-27T00:00:00Z", true],
  ["0 0 1 * fri", "2026-12-01T00:00:00Z", true],
  ["0 0 */9 * fri", "2026-11-27T00:00:00Z", false],
  ["8 8 * 8 *", "2026-11-27T08:08:00Z", false],
])("with %s, %s is a time to run: %s", (schedule, at, isDue) => {
  isLive("green");
  container("green", schedule);
  look(at);
  expect(running()).toEqual(isDue ? ["green-nightly-1"] : []);
});

test("only that of the live slot runs, as its own release has it", () => {
  isLive("blue");
  container("blue", "0 3 * * *");
  container("green", "* * * * *");
  look("2026-11-27T03:01:00Z");
  expect(running()).toEqual([]);
  look("2026-11-27T03:00:00Z");
  expect(running()).toEqual(["blue-nightly-1"]);
});

test("nothing runs while nobody says who is live", () => {
  isLive(null);
  container("blue", "* * * * *");
  look("2026-11-27T03:00:00Z");
  expect(running()).toEqual([]);
});

test("one that is due while the one before goes on is skipped and told, also where that is in the other slot", () => {
  isLive("green");
  container("blue", "* * * * *", "running", "2026-11-27T02:59:00.123456789Z");
  container("green", "* * * * *");
  expect(look("2026-11-27T03:00:00Z")).toContain(
    "green-nightly-1: is due and skipped, as the run before still goes on",
  );
  expect(running()).toEqual(["blue-nightly-1"]);
  expect(told()).toEqual([
    "skipped nightly 2026-11-27T03:00:00Z",
    `ran nightly 600 running 0 false 2026-11-27T02:59:00.123456789Z ${never}`,
    `ran nightly 600 created 0 false ${never} ${never}`,
  ]);
});

test("one that has run for its time is asked to end, and killed where it does not within its stopSeconds", () => {
  isLive("green");
  container("green", "0 0 1 1 *", "running", "2026-11-27T03:00:00.9Z");
  const killed = () => (existsSync(join(folder, "killed")) ? readFileSync(join(folder, "killed"), "utf8") : "");
  look("2026-11-27T03:09:00Z");
  expect(killed()).toBe("");
  look("2026-11-27T03:10:00Z");
  expect(killed()).toBe("kill --signal SIGTERM api-local-green-nightly-1\n");
  look("2026-11-27T03:11:00Z");
  expect(killed()).toContain("\nkill api-local-green-nightly-1\n");
});

test("what can't be started is told with its reason, in one line", () => {
  isLive("green");
  container("green", "* * * * *");
  writeFileSync(join(folder, "broken"), "");
  look("2026-11-27T03:00:00Z");
  expect(told()[0]).toBe("refused nightly 2026-11-27T03:00:00Z Error: no such file ");
});

test("a controller that is away keeps nothing back", () => {
  isLive("green");
  container("green", "* * * * *");
  writeFileSync(join(folder, "away"), "");
  look("2026-11-27T03:00:00Z");
  expect(running()).toEqual(["green-nightly-1"]);
});
