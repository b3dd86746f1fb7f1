import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { endedScript, promotion } from "../../../lib/releases/promotion.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "slipway-promotion-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** @param ended names of the containers of green that have ended @param ask what the controller answers with */
function promote({
  ended = "",
  state = "1",
  ask = "exit 0",
  revision = "",
  live = "",
  paused = "false",
  limitSeconds = 20,
  there = "echo 1",
  running = true,
}) {
  const docker = `#!/bin/sh
case "$*" in
  "inspect --format {{.State.Running}} controller") echo true ;;
  "inspect --format {{.State.Paused}} controller") echo ${paused} ;;
  "ps --all --filter label=slipway.service=api --filter label=slipway.stack=local --filter label=slipway.slot=green "*)
    echo ${ended}; touch ${folder}/looked ;;
  *image.revision*controller-blue-1) echo "${live}" ;;
  *image.revision*) echo "${revision}" ;;
  *image.source*controller-green-1) echo "${live && "https://git.example/a/b"}" ;;
  *image.source*) echo ;;
  *image.authors*) printf 'Ada\\n <a@b> %300s' "" ;;
  "inspect --type container "*) echo "${state}" ;;
  "logs --tail 20 "*) echo "can't open $4.conf"; echo "giving up" >&2 ;;
  "exec controller slipway-router ledger") printf '{\\n  "running": ${running ? "{\\n" : "null,\\n"}' ;;
  "exec controller true") ${there} | grep -q . ;;
  "ps --all --quiet --filter name=^/controller$") ${there} ;;
  *) echo "unexpected: $*" >&2 ;;
esac
`;
  writeFileSync(join(folder, "docker"), docker);
  chmodSync(join(folder, "docker"), 0o755);
  // The controller's word comes once the first look is over.
  const answer = `sh -c 'until [ -e ${folder}/looked ]; do sleep 0.05; done; sleep 0.2; ${ask}'`;
  const run = ["--kill-after=5", String(limitSeconds), "sh", "-euc", promotion("controller", answer, limitSeconds)];
  const { status, stdout, stderr } = spawnSync("timeout", run, {
    env: {
      PATH: `${folder}${delimiter}${process.env.PATH ?? ""}`,
      ...{
        SERVICE: "api",
        STACK: "local",
        SLOT: "green",
        ENDED: endedScript,
        CHANGES: "echo changes",
        IMAGES: "echo images",
      },
    },
    encoding: "utf8",
    timeout: 30_000,
  });
  const lines = stdout.trim().split("\n");
  return { code: status, lines: lines.filter((line) => !line.startsWith("from here on")), stderr };
}

test("the controller is told what the image says that it was made from, on one line each", () => {
  const { code, lines } = promote({ revision: "0123abc", ask: 'echo "$0;$1;" | tr -s " "' });
  expect({ code, lines }).toMatchObject({
    code: 0,
    lines: ["--commit=0123abc;--author=Ada <a@b> ;", "changes", "images"],
  });
  const compared = promote({ revision: "0123abc", live: "fed9876", ask: 'echo "$2;$3;"' });
  expect(compared.lines[0]).toBe("--repository=https://git.example/a/b;--before=fed9876;");
  expect(promote({ ask: 'echo "$0" | cut -c 1-12' }).lines[0]).toBe("--author=Ada");
});

describe("a container that exits at once", () => {
  test("is told while its health is still waited for, with exit code and last lines, and only once", () => {
    const { code, lines } = promote({ ended: "api-green-1", ask: "sleep 1.5; echo rejected; exit 1" });
    expect(code).toBe(1);
    expect(lines).toEqual([
      "api-green-1: ends with exit code 1. Its last lines:",
      "  can't open api-green-1.conf",
      "  giving up",
      "rejected",
      "changes",
    ]);
  });

  test("is not one that stepped aside and goes", () => {
    expect(promote({ ended: "api-green-1-draining-1764180000" }).lines).toEqual(["changes", "images"]);
  });

  test("has no exit code while it runs again", () => {
    expect(promote({ ended: "api-green-1", state: "running 0" }).lines).toEqual(["changes", "images"]);
  });

  test("for want of memory is told with the setting", () => {
    const { lines } = promote({
      ended: "api-green-1",
      state: "137, because it took more than slipway:limits.memoryMb",
    });
    expect(lines[0]).toContain("exit code 137, because it took more than slipway:limits.memoryMb. Its last lines");
  });
});

test("a promotion of containers that run says nothing of them", () => {
  expect(promote({})).toEqual({ code: 0, stderr: "", lines: ["changes", "images"] });
});

test("a paused controller is told at once and once, and a wait that is over says so", () => {
  const { code, lines, stderr } = promote({ paused: "true", ask: "exec sleep 30", limitSeconds: 4 });
  expect(code).toBe(124);
  expect(lines).toEqual([
    "the rollout controller is paused, and nothing goes on without it. Fix: docker unpause controller",
  ]);
  expect(stderr).toContain("this update has waited its 4 s: the rollout goes on on the host. Fix: slipway");
});

test("an update that ends before the host was asked does not say that the rollout goes on", () => {
  expect(promote({ ask: "exec sleep 30", limitSeconds: 4, running: false }).stderr).toContain(
    "this update has waited its 4 s: no rollout runs on the host. Fix: slipway status says what is live",
  );
});

describe("a controller that goes away meanwhile", () => {
  test("because somebody removed it is told, with what to do", () => {
    const { code, stderr } = promote({ ask: "exit 137", there: "true" });
    expect(code).toBe(1);
    expect(stderr).toBe(
      "the rollout controller was removed meanwhile; traffic stays where it is. Fix: pulumi up makes it anew, and it carries the rollout on\n",
    );
  });

  test("with the whole engine is a lost connection", () => {
    expect(promote({ ask: "exit 137", there: "false" })).toMatchObject({ code: 255, stderr: "" });
  });
});
