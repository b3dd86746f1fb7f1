import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { keepSecrets, parseSecretFiles } from "../../router/secret-files.ts";

const own = process.getuid?.() ?? 0;
/** Only root can give a file away. */
const owner = own === 0 ? 10001 : own;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "slipway-secrets-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** What is there, by name. */
async function kept(): Promise<Record<string, string>> {
  const names = await readdir(folder);
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), "utf8")] as const)),
  );
}

describe("keep-secrets", () => {
  it("gives each file to its owner, who alone reads it, and removes what is no longer wanted", async () => {
    await writeFile(join(folder, "old"), "x");
    await writeFile(join(folder, "token.new"), "left by a crash", { mode: 0o400 });
    await keepSecrets(folder, owner, { token: "a", "database-url": "b\n" });
    expect(await kept()).toEqual({ token: "a", "database-url": "b\n" });
    for (const name of await readdir(folder)) {
      const { uid, gid, mode } = await stat(join(folder, name));
      expect({ uid, gid, mode: mode & 0o777 }).toEqual({ uid: owner, gid: own === 0 ? owner : gid, mode: 0o400 });
    }
    await keepSecrets(folder, owner, { token: "c" });
    expect(await kept()).toEqual({ token: "c" });
    await keepSecrets(folder, owner, {});
    expect(await kept()).toEqual({});
  });

  it("puts files into folders, and removes a folder that is no longer wanted", async () => {
    await keepSecrets(folder, owner, { token: "a", "boards/one.json": "{}", "old/x": "b" });
    await keepSecrets(folder, owner, { token: "a", "boards/two.json": "{}" });
    expect((await readdir(folder, { recursive: true })).sort()).toEqual(["boards", "boards/two.json", "token"]);
    expect((await stat(join(folder, "boards/two.json"))).mode & 0o777).toBe(0o400);
  });

  it("is a command that reads them on stdin and says nothing", async () => {
    const env = { ...process.env, SLIPWAY_SECRET_FILES_FOLDER: folder };
    const input = JSON.stringify({ token: "a".repeat(10_000) });
    const ended = spawnSync(process.execPath, ["router/cli.ts", "keep-secrets", String(owner)], {
      env,
      input,
      encoding: "utf8",
    });
    expect(ended).toMatchObject({ status: 0, stdout: "", stderr: "" });
    expect(await kept()).toEqual({ token: "a".repeat(10_000) });
  });

  it.each([
    [{ "../passwd": "hunter2" }, "stdin.../passwd: is of the wrong form"],
    [{ "a/../passwd": "hunter2" }, "stdin.a/../passwd: is of the wrong form"],
    [{ token: ["hunter2"] }, "stdin.token: is of the wrong form; allowed text"],
    ["hunter2", "stdin: is of the wrong form"],
  ])("refuses %j without showing a value", (body, message) => {
    const parse = () => parseSecretFiles(JSON.stringify(body));
    expect(parse).toThrow(message);
    expect(parse).not.toThrow("hunter2");
  });
});
