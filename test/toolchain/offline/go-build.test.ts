import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { goBuild } from "../../../toolchain/offline/go-build.ts";

const silent = { begin: () => undefined, note: () => undefined };
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "slipway-go-"));
  for (const name of ["module", "with-go", "without-go"]) mkdirSync(join(folder, name));
  writeFileSync(join(folder, "module", "go.mod"), "module example.com/tool\n");
  // Go as far as it is needed: `go build … -o <file> <package>`.
  const go = join(folder, "with-go", "go");
  writeFileSync(go, '#!/bin/sh\nwhile [ $# -gt 0 ]; do [ "$1" = -o ] && echo built > "$2"; shift; done\n');
  chmodSync(go, 0o755);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const build = (path: string) => {
  vi.stubEnv("PATH", join(folder, path));
  const program = {
    tool: "tool",
    module: join(folder, "module"),
    package: ".",
    flags: [],
    binary: "tool",
    usually: "1 s",
  };
  return goBuild(program, silent, join(folder, "cache"));
};

test("what is in the cache is used on a machine without Go", async () => {
  const built = await build("with-go");
  expect(await readFile(built, "utf8")).toBe("built\n");
  expect(await build("without-go")).toBe(built);
});

test("without Go and with new sources it says what is missing", async () => {
  await build("with-go");
  writeFileSync(join(folder, "module", "go.sum"), "example.com/other v1.0.0 h1:…\n");
  await expect(build("without-go")).rejects.toThrow(/^go: not found, and the vendor's .* Fix: install Go/);
});
