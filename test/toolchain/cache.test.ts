import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { cached, key, place } from "../../toolchain/cache.ts";

const silent = { begin: () => undefined, note: () => undefined };

describe("the cache", () => {
  let home: string;
  let made = 0;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "slipway-cache-"));
    made = 0;
  });
  afterEach(() => {
    rmSync(home, { recursive: true });
  });

  const get = (inputs = ["1.0.0"], make = write) => cached({ tool: "engine", inputs, make }, silent, home);
  async function write(directory: string): Promise<void> {
    made += 1;
    await new Promise((resolve) => setImmediate(resolve));
    writeFileSync(join(directory, "pulumi"), "binary");
  }

  test("makes a thing once for the same inputs, and another for others", async () => {
    const first = await get();
    expect(await get()).toBe(first);
    expect(made).toBe(1);
    expect(await get(["1.0.1"])).not.toBe(first);
    expect(made).toBe(2);
  });

  test("tells inputs apart by where one ends", () => {
    expect(key(["ab", "c"])).not.toBe(key(["a", "bc"]));
  });

  test.each([
    [
      "changed",
      (file: string) => {
        writeFileSync(file, "broken");
      },
    ],
    [
      "cut short",
      (file: string) => {
        writeFileSync(file, "bin");
      },
    ],
    [
      "gone",
      (file: string) => {
        rmSync(file);
      },
    ],
    [
      "joined by another file",
      (file: string) => {
        writeFileSync(`${file}.more`, "");
      },
    ],
  ])("makes it again when a file is %s", async (_, spoil) => {
    const directory = await get();
    spoil(join(directory, "pulumi"));
    expect(readFileSync(join(await get(), "pulumi"), "utf8")).toBe("binary");
    expect(readdirSync(directory).sort()).toEqual(["manifest.json", "pulumi"]);
    expect(made).toBe(2);
  });

  test("makes it once when two want it at once", async () => {
    const directories = await Promise.all([get(), get(), get()]);
    expect(new Set(directories).size).toBe(1);
    expect(made).toBe(1);
  });

  test("keeps nothing of a failure, and the next one works", async () => {
    const failing = (directory: string): Promise<void> => {
      writeFileSync(join(directory, "pulumi"), "half");
      return Promise.reject(new Error("no space left"));
    };
    await expect(get(["1.0.0"], failing)).rejects.toThrow("no space left");
    expect(readFileSync(join(await get(), "pulumi"), "utf8")).toBe("binary");
    expect(readdirSync(join(home, "engine"))).toHaveLength(1);
  });

  test("keeps nothing of a run that was killed, and does not wait for it", async () => {
    const log = join(home, "log");
    const program = `
      import { appendFileSync, writeFileSync } from "node:fs";
      import { cached } from ${JSON.stringify(join(import.meta.dirname, "../../toolchain/cache.ts"))};
      const make = (directory) => {
        writeFileSync(directory + "/pulumi", "half");
        appendFileSync(${JSON.stringify(log)}, directory);
        console.log("making");
        return new Promise(() => setInterval(() => undefined, 1000));
      };
      await cached({ tool: "engine", inputs: ["1.0.0"], make }, { begin() {}, note() {} }, ${JSON.stringify(home)});`;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    child.kill("SIGKILL");
    await once(child, "exit");
    const half = readFileSync(log, "utf8");
    expect(existsSync(half)).toBe(true);

    expect(readFileSync(join(await get(), "pulumi"), "utf8")).toBe("binary");
    expect(existsSync(half)).toBe(false);
  });

  test("puts a file in its place in one move, also while the old one runs", async () => {
    const [source, target] = [join(home, "new"), join(home, "bin", "sleep")];
    writeFileSync(join(home, "old"), readFileSync("/bin/sleep"), { mode: 0o755 });
    await place(join(home, "old"), target);
    const running = spawn(target, ["60"]);
    await once(running, "spawn");
    writeFileSync(source, "new");
    await place(source, target);
    expect(readFileSync(target, "utf8")).toBe("new");
    appendFileSync(source, "er");
    await place(source, target);
    expect(readFileSync(target, "utf8")).toBe("newer");
    running.kill("SIGKILL");
  });
});
