import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { earlierHash, hashBuildContext } from "../../../lib/images/build-context.ts";

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

describe.each([
  ["Dockerfile*\n.dockerignore\n", "a list that leaves out the Dockerfile and itself"],
  ["*\n!src\n", "a list that names what goes in"],
  ["*\n", "a list that leaves out everything"],
])("%j", (content) => {
  test("the Dockerfile and the lists count all the same: Docker reads them", () => {
    writeFileSync(join(folder, ".dockerignore"), content);
    const hashes = [hashBuildContext(folder)];
    writeFileSync(join(folder, "Dockerfile"), "FROM scratch\nUSER 1\n");
    hashes.push(hashBuildContext(folder));
    writeFileSync(join(folder, ".dockerignore"), `# other\n${content}`);
    hashes.push(hashBuildContext(folder));
    writeFileSync(join(folder, "Dockerfile.dockerignore"), content);
    hashes.push(hashBuildContext(folder));
    expect(new Set(hashes).size).toBe(4);
  });
});

test("an exception from what is left out counts, as does what only one of two lists leaves out", () => {
  writeFileSync(join(folder, ".dockerignore"), "tests\n!tests/data\n");
  mkdirSync(join(folder, "tests", "data"));
  const changed = (path: string) => {
    const before = hashBuildContext(folder);
    writeFileSync(join(folder, path), String(Math.random()));
    return hashBuildContext(folder) !== before;
  };
  expect([changed("tests/data/rows"), changed("tests/other")]).toEqual([true, false]);
  writeFileSync(join(folder, "Dockerfile.dockerignore"), "src\ntests\n");
  expect([changed("src/main.py"), changed("tests/data/rows"), changed("tests/other")]).toEqual([true, true, false]);
});

test("links, empty folders and who may read a file count; who may write it does not", () => {
  const hashes = [hashBuildContext(folder)];
  const add = () => hashes.push(hashBuildContext(folder));
  symlinkSync("main.py", join(folder, "src", "link"));
  add();
  unlinkSync(join(folder, "src", "link"));
  symlinkSync("other.py", join(folder, "src", "link"));
  add();
  mkdirSync(join(folder, "empty"));
  add();
  chmodSync(join(folder, "src", "main.py"), 0o600);
  add();
  chmodSync(join(folder, "src", "main.py"), 0o755);
  add();
  expect(new Set(hashes).size).toBe(6);
  chmodSync(join(folder, "src", "main.py"), 0o775);
  add();
  expect(hashes.at(-1)).toBe(hashes.at(-2));
});

test("a folder in which nothing of that is new has the hash that it had, whose form is kept", () => {
  chmodSync(join(folder, "src", "main.py"), 0o644);
  chmodSync(join(folder, "Dockerfile"), 0o664);
  chmodSync(join(folder, ".dockerignore"), 0o644);
  writeFileSync(join(folder, "tests", "test_main.py"), "");
  expect(hashBuildContext(folder, "base")).toBe(earlierHash(folder, "base"));
  expect(earlierHash(folder, "base")).toBe("25bdaaf156209c05");
});
