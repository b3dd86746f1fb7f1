import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { askStore, wordsFor, type StoreAnswer } from "../../../lib/secrets/ask-store.ts";

const folder = mkdtempSync(join(tmpdir(), "slipway-store-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** What a tool of these lines of shell answers; the reference is `$1`. */
async function answer(script: string, limitMs = 20_000): Promise<StoreAnswer | undefined> {
  const tool = join(folder, "tool");
  writeFileSync(tool, `#!/bin/sh\n${script}\n`);
  chmodSync(tool, 0o755);
  return (await askStore({ command: ["./tool"], folder, limitMs }, ["shop/token"])).get("shop/token");
}
const isAlive = (pid: string) => {
  try {
    // A killed one that nobody has waited for is still listed.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid.trim()}/status`, "utf8"));
  } catch {
    return false;
  }
};

test("the reference takes its place in the words, or comes last", () => {
  expect(wordsFor(["pass", "show"], "shop/token")).toEqual(["pass", "show", "shop/token"]);
  expect(wordsFor(["sops", "--extract", '["{}"]["{}"]', "file"], "a")).toEqual([
    "sops",
    "--extract",
    '["a"]["a"]',
    "file",
  ]);
});

test("what the tool prints is the secret, without the line end that it puts behind it", async () => {
  expect(await answer('printf "of %s\\n\\n" "$1"')).toEqual({ value: "of shop/token\n" });
  expect(await answer("printf ' padded '")).toEqual({ value: " padded " });
  expect(await answer("printf '\\357\\273\\277mark\\r\\n'")).toEqual({ value: "\uFEFFmark" });
  const key = "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n";
  expect(await answer(`printf '%s\\n' '${key.trim()}'`)).toEqual({ value: key });
});

test("each reference is looked up once, and no shell reads it", async () => {
  const tool = join(folder, "count");
  writeFileSync(tool, '#!/bin/sh\necho x >> asked\nprintf %s "$1"\n', { mode: 0o755 });
  const odd = "$(touch broken-out);'\"";
  const answers = await askStore({ command: ["./count"], folder }, ["same", "same", odd]);
  expect([...answers]).toEqual([
    ["same", { value: "same" }],
    [odd, { value: odd }],
  ]);
  expect(readFileSync(join(folder, "asked"), "utf8")).toBe("x\nx\n");
  expect(existsSync(join(folder, "broken-out"))).toBe(false);
});

test.each([
  ["exit 3", "ended with exit code 3"],
  ["kill -9 $$", "ended with SIGKILL"],
  ["true", "prints nothing"],
  ["echo", "prints nothing"],
  ["printf '\\377\\376x'", "prints no text in UTF-8"],
])("%s is no answer", async (script, why) => {
  expect(await answer(script)).toMatchObject({ why });
});

test("a tool that is missing, or that nobody may run, is said to be", async () => {
  const asked = (program: string) =>
    askStore({ command: [program], folder }, ["x"]).then((answers) => answers.get("x"));
  writeFileSync(join(folder, "plain"), "text");
  expect(await asked("no-such-tool")).toMatchObject({ why: "is not installed here" });
  expect(await asked("./plain")).toMatchObject({ why: "can't be run (EACCES)" });
});

test("what it says beside is handed over, and never taken for the secret", async () => {
  expect(await answer("echo warning >&2; echo s3cret")).toEqual({ value: "s3cret" });
  expect(await answer("echo half; echo why >&2; exit 1")).toEqual({
    why: "ended with exit code 1",
    said: "why\n",
    printed: "half\n",
  });
});

test("10 MB are no secret, and the tool that prints them is ended", async () => {
  const found = await answer("echo $$ > pid; while :; do echo 0123456789012345678901234567890123456789; done");
  expect(found).toMatchObject({ why: "prints more than 1 MiB" });
  await expect.poll(() => isAlive(readFileSync(join(folder, "pid"), "utf8"))).toBe(false);
});

test("10 MB beside it are no harm", async () => {
  const noise = "head -c 10000000 /dev/zero >&2";
  expect(await answer(`${noise}; echo s3cret`)).toEqual({ value: "s3cret" });
  const failed = await answer(`${noise}; echo why >&2; exit 1`);
  expect(failed).toMatchObject({ said: expect.stringMatching(/^[^]{0,8187}\0why\n$/) as string });
});

test("a tool that hangs is ended in time, with all that it started", async () => {
  const found = await answer("sleep 1000 & echo $! > pid; wait", 300);
  expect(found).toMatchObject({ why: "gives no answer within 0.3 s" });
  await expect.poll(() => isAlive(readFileSync(join(folder, "pid"), "utf8"))).toBe(false);
});

test("a daemon that it leaves behind keeps neither the answer nor its own life from anyone", async () => {
  expect(await answer("setsid sleep 1000 & echo $! > pid; echo s3cret")).toEqual({ value: "s3cret" });
  const pid = readFileSync(join(folder, "pid"), "utf8").trim();
  expect(isAlive(pid)).toBe(true);
  process.kill(Number(pid));
});

test("it gets neither the stack's configuration nor the passphrase", async () => {
  vi.stubEnv("PULUMI_CONFIG", '{"slipway:secrets":"planted"}');
  vi.stubEnv("PULUMI_CONFIG_PASSPHRASE", "planted");
  vi.stubEnv("PULUMI_ACCESS_TOKEN", "for-the-vendor's-own-store");
  const found = await answer("env");
  expect(JSON.stringify(found)).not.toContain("planted");
  expect(JSON.stringify(found)).toContain("for-the-vendor's-own-store");
});

test.each(["SIGINT", "SIGTERM"] as const)("%s while it runs ends it too", async (signal) => {
  writeFileSync(join(folder, "waits"), "#!/bin/sh\nsleep 1000 & echo $! > pid-of-sleep; echo up; wait\n", {
    mode: 0o755,
  });
  rmSync(join(folder, "pid-of-sleep"), { force: true });
  const program = `import { askStore } from ${JSON.stringify(join(process.cwd(), "lib/secrets/ask-store.ts"))};
    await askStore({ command: ["./waits"], folder: ${JSON.stringify(folder)} }, ["x", "y"]);`;
  const asking = spawn(process.execPath, ["--input-type=module", "--eval", program], { stdio: "ignore" });
  const sleeper = () =>
    existsSync(join(folder, "pid-of-sleep")) ? readFileSync(join(folder, "pid-of-sleep"), "utf8") : "";
  await expect.poll(sleeper, { timeout: 20_000 }).toMatch(/\d\n/);
  asking.kill(signal);
  const [code, by] = (await once(asking, "exit")) as [number | null, string | null];
  expect([code, by]).toEqual([null, signal]);
  await expect.poll(() => isAlive(sleeper())).toBe(false);
  expect(execFileSync("ps", ["-eo", "args"], { encoding: "utf8" })).not.toContain(join(folder, "waits"));
});
