import { chmodSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { hashBuildContext } from "../../../lib/images/build-context.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "slipway-context-"));
  mkdirSync(join(folder, "src"));
  mkdirSync(join(folder, "tests"));
  writeFileSync(join(folder, "Dockerfile"), "FROM scratch\n");
  writeFileSync(join(folder, "src", "main.py"), "print(1)\n");
  writeFileSync(join(folder, ".dockerignore"), "tests\n**/__pycache__\n");
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

test("what the build sees changes the hash", () => {
  const hash = () => hashBuildContext(folder, "base");
  const seen = new Set([hash(), hashBuildContext(folder, "other base")]);
  writeFileSync(join(folder, "src", "main.py"), "print(2)\n");
  seen.add(hash());
  chmodSync(join(folder, "src", "main.py"), 0o755);
  seen.add(hash());
  writeFileSync(join(folder, "src", "new.py"), "");
  seen.add(hash());
  expect(seen.size).toBe(5);
});

test("what it does not see leaves the hash alone", () => {
  const before = hashBuildContext(folder);
  writeFileSync(join(folder, "tests", "test_main.py"), "");
  mkdirSync(join(folder, "src", "__pycache__"));
  writeFileSync(join(folder, "src", "__pycache__", "main.pyc"), "");
  utimesSync(join(folder, "Dockerfile"), 1, 1);
  expect(hashBuildContext(folder)).toBe(before);
});
