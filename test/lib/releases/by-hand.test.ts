import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { releaseScript } from "../../../lib/releases/slot-scripts.ts";

const script = releaseScript("by-hand");

/** An engine with one container a slot, of which green's does not run; what it runs is told word by word. */
const engine = `#!/bin/sh
cd "$(dirname "$0")"
case "$*" in
  *"slipway-router ledger") cat ledger ;;
  *"slipway-router ran "*) for word; do printf '%s\\n' "$word"; done > record; exit "$(cat controller)" ;;
  "inspect --type container "*blue-1 | "inspect --type container "*blue-worker-2) echo true ;;
  "inspect --type container "*green-1) echo false ;;
  "inspect --type container "*) exit 1 ;;
  "inspect "*Entrypoint*) cat reader ;;
  "inspect "*.Image*) echo sha256:1 ;;
  "inspect "*) cat like ;;
  "image inspect "*) echo " 'tini' '--'" ;;
  "exec "*|"run "*) for word; do printf '%s\\n' "$word"; done; exit "$(cat code)" ;;
esac
`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "slipway-by-hand-"));
  const files = {
    docker: engine,
    ledger: '{"live": "blue"}',
    controller: "0",
    code: "7",
    reader: "",
    like: " --env 'A=it'\\''s $x' --read-only\n",
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  chmodSync(join(folder, "docker"), 0o755);
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function enter(changes: Record<string, string> = {}) {
  const env = {
    ...{
      PATH: `${folder}:/usr/bin:/bin`,
      PREFIX: "api-local",
      MODE: "exec",
      SLOT: "live",
      REPLICA: "1",
      TERMINAL: "",
      ROLE: "web",
    },
    ...{ WORDS: "sh -c 'echo \"$1\"' 'a b'", HAND: "--by=ada '--reason=exec sh'", ...changes },
  };
  const { status, stdout, stderr } = spawnSync("sh", ["-euc", script], { encoding: "utf8", env, timeout: 20_000 });
  return { status, stderr, words: stdout.split("\n").slice(0, -1) };
}
const recorded = () => readFileSync(join(folder, "record"), "utf8").split("\n").slice(-3, -1);

const words = ["sh", "-c", 'echo "$1"', "a b"];

test("a command runs in the live slot's container, with its exit code, and is recorded", () => {
  expect(enter()).toEqual({ status: 7, stderr: "", words: ["exec", "-i", "api-local-blue-1", ...words] });
  expect(recorded()).toEqual(["--by=ada", "--reason=exec sh"]);
  expect(enter({ ROLE: "worker", REPLICA: "2" }).words.slice(0, 3)).toEqual(["exec", "-i", "api-local-blue-worker-2"]);
  expect(enter({ TERMINAL: "-t" }).words.slice(0, 3)).toEqual(["exec", "-i", "-t"]);
});

test.each(["126", "127"])("what can't be started is said in our words as well, with its exit code %s", (code) => {
  writeFileSync(join(folder, "code"), code);
  const { status, stderr } = enter();
  expect(status).toBe(Number(code));
  expect(stderr).toBe(
    `exec: got ${code}, so something that was to run is not in api-local-blue-1, or can't be started there. Fix: a command that its image has\n`,
  );
});

test("one of its own gets what the service's container has, past any quotes", () => {
  const { status, words: said } = enter({ MODE: "run", SLOT: "standby" });
  expect(status).toBe(7);
  expect(said.slice(0, 4)).toEqual(["run", "--rm", "--init", "-i"]);
  const [name = ""] = said.filter((word) => word.startsWith("api-local-run-"));
  const from = said.indexOf(name);
  expect(said.slice(from)).toEqual([
    ...[name, "--log-driver", "local", "--env", "A=it's $x", "--read-only", "--label", "slipway.command=run"],
    ...["--network", "api-local", "--volumes-from", "api-local-green-1", "sha256:1", ...words],
  ]);
});

test("secrets in variables are there as well", () => {
  writeFileSync(join(folder, "reader"), 'export A=1; exec "$@"\n');
  const reading = ["-euc", 'export A=1; exec "$@"', "slipway"];
  expect(enter().words).toEqual(["exec", "-i", "api-local-blue-1", "/bin/sh", ...reading, ...words]);
  expect(enter({ MODE: "run" }).words.slice(-12)).toEqual(
    ["--entrypoint", "/bin/sh", "sha256:1", ...reading, "tini", "--", ...words].slice(-12),
  );
});

test.each([
  [{ SLOT: "standby" }, "needs the service's container api-local-green-1, got that it does not run."],
  [{ REPLICA: "3" }, "needs the service's container api-local-blue-3, got that it is not there."],
])("what is not there is said: %j", (changes, message) => {
  const { status, stderr, words: said } = enter(changes);
  expect({ status, said }).toEqual({ status: 1, said: [] });
  expect(stderr).toContain(message);
});

test("without a controller nobody knows what is live; a slot that is named is entered, and it is said that no record has it", () => {
  rmSync(join(folder, "ledger"));
  writeFileSync(join(folder, "controller"), "1");
  expect(enter()).toMatchObject({ status: 1, stderr: expect.stringContaining("nothing is live") as string });
  expect(enter({ SLOT: "blue" })).toMatchObject({
    status: 7,
    stderr: expect.stringContaining("is in no record") as string,
  });
});
