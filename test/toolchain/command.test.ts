import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { ask, run, startService } from "../../toolchain/command.ts";

const limit = 20_000;
const sh = (script: string, options = {}) => run("sh", ["-c", script], { limit, ...options });

test("gives back stdout, and every line with where it came from", async () => {
  const lines: string[] = [];
  const line = (text: string, stream: string) => lines.push(`${stream}: ${text}`);
  expect(await sh('cat; echo "$NAME"; echo no >&2', { input: "in\n", env: { NAME: "value" }, line })).toBe("in\nvalue");
  expect(lines.sort()).toEqual(["stderr: no", "stdout: in", "stdout: value"]);
});

test.each([
  ["exits with another code than 0", "echo why >&2; exit 3", "sh -c echo why >&2; exit 3: exit code 3\n    why"],
  ["is ended by a signal", "kill -TERM $$", "sh -c kill -TERM $$: ended by SIGTERM"],
])("a command that %s fails with what it printed last", async (_, script, message) => {
  await expect(sh(script)).rejects.toThrow(message);
});

test("a program that is not there fails, and answers nothing", async () => {
  await expect(run("no-such-program", [], { limit })).rejects.toThrow("no-such-program: spawn no-such-program ENOENT");
  expect(await ask("no-such-program", [])).toBeUndefined();
});

test("a command that takes too long is killed; what it has started does not keep us waiting", async () => {
  const folder = mkdtempSync(join(tmpdir(), "slipway-command-"));
  const pid = join(folder, "pid");
  // Both hold the pipe of stdout, and only the shell is killed.
  const slow = sh(`sleep 600 & echo $! > ${pid}; wait`, { limit: 500 });
  await expect(slow).rejects.toThrow("not done after 0.5 s");
  process.kill(Number(readFileSync(pid, "utf8")), "SIGKILL");
  rmSync(folder, { recursive: true });
});

test("a command that nobody waits for any more is killed", async () => {
  const abort = new AbortController();
  const line = () => {
    abort.abort();
  };
  await expect(sh("echo started; exec sleep 600", { signal: abort.signal, line })).rejects.toThrow(/aborted/);
});

test("a service's output is added to its log", async () => {
  const folder = mkdtempSync(join(tmpdir(), "slipway-service-"));
  const log = join(folder, "log");
  writeFileSync(log, "before\n");
  startService("sh", ["-c", "echo out; echo err >&2"], log);
  await vi.waitFor(() => {
    expect(readFileSync(log, "utf8")).toBe("before\nout\nerr\n");
  }, 10_000);
  rmSync(folder, { recursive: true });
});
