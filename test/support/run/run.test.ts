import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { runId, variable } from "./id.ts";

const folder = mkdtempSync(join(tmpdir(), "slipway-planted-"));
const pidFile = join(folder, "pid");
const vitest = "node_modules/vitest/vitest.mjs";
const config = join(import.meta.dirname, "planted/vitest.config.ts");

afterAll(() => {
  rmSync(folder, { recursive: true });
});

const env = { ...process.env, [variable]: undefined, PLANTED_PID_FILE: pidFile };

/** Whether a process runs; one that has ended and waits for its parent does not. */
function runs(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

/** Every process that inherited this test's variable. */
function planted(): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, "utf8").includes(`PLANTED_PID_FILE=${pidFile}\0`) && runs(pid);
      } catch {
        return false;
      }
    });
}

it("ends after a suite that failed in the middle, and leaves no process", { timeout: 90_000 }, async () => {
  const run = spawn(process.execPath, [vitest, "run", "--config", config], { env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [run.stdout, run.stderr]) stream.on("data", (part: Buffer) => (output += String(part)));
  const [code] = (await once(run, "close")) as [number | null];
  expect(code, output).toBe(1);
  expect(output).toContain("1 failed");
  const pid = Number(readFileSync(pidFile, "utf8"));
  expect(output).toContain(`process ${pid}: `);
  expect(runs(pid)).toBe(false);
  await expect.poll(planted, { timeout: 10_000 }).toEqual([]);
});

it("has a watcher of arguments that ends with whoever started it, however that ends", async () => {
  const script = `
    const { watchArguments } = await import(${JSON.stringify(join(import.meta.dirname, "../argv-watch.ts"))});
    watchArguments(["planted"]);
    setInterval(() => {}, 1000);`;
  const owner = spawn(process.execPath, ["--input-type=module", "-e", script], { env, stdio: "ignore" });
  await expect.poll(() => planted().length, { timeout: 10_000 }).toBe(2);
  owner.kill("SIGKILL");
  await expect.poll(planted, { timeout: 10_000 }).toEqual([]);
});

it("has an id of its own, which its processes inherit", () => {
  expect(runId()).toMatch(/^t[0-9a-f]{8}$/);
  expect(process.env[variable]).toBe(runId());
});
