import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { compareFiles, writeFiles } from "../../workflows/deliver.ts";
import { differenceOf } from "../../workflows/difference.ts";
import { serviceFiles } from "../../workflows/rendered-files.ts";

let clone: string;
beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), "slipway-deliver-"));
});
afterEach(() => {
  rmSync(clone, { recursive: true });
});

const states = async () => (await compareFiles(clone)).map(({ is }) => is);

const all = (is: string) => Object.keys(serviceFiles()).map(() => is);

test("a clone without workflows gets them all, and a second time nothing is written", async () => {
  const before = await compareFiles(clone);
  expect(before.map(({ is }) => is)).toEqual(all("new"));
  expect(existsSync(join(clone, ".github"))).toBe(false);
  await writeFiles(clone, before);
  expect(await states()).toEqual(all("same"));
  for (const [path, text] of Object.entries(serviceFiles())) expect(readFileSync(join(clone, path), "utf8")).toBe(text);
  const ci = join(clone, ".github", "workflows", "ci.yml");
  utimesSync(ci, 1, 1);
  await writeFiles(clone, await compareFiles(clone));
  expect(statSync(ci).mtimeMs).toBe(1000);
});

test("a file that somebody edited is named, and written again; what is not ours stays", async () => {
  await writeFiles(clone, await compareFiles(clone));
  const theirs = join(clone, ".github", "workflows", "theirs.yml");
  writeFileSync(theirs, "name: Theirs\n");
  writeFileSync(join(clone, ".github", "workflows", "ci.yml"), "name: Edited\n");
  expect(await states()).toEqual(["changed", ...all("same").slice(1)]);
  await writeFiles(clone, await compareFiles(clone));
  expect(await states()).toEqual(all("same"));
  expect(readFileSync(theirs, "utf8")).toBe("name: Theirs\n");
});

test("nothing is written through a link, and everything in the way is named at once", async () => {
  const outside = mkdtempSync(join(tmpdir(), "slipway-outside-"));
  symlinkSync(outside, join(clone, ".github"));
  mkdirSync(join(clone, ".pre-commit-config.yaml"));
  await expect(compareFiles(clone)).rejects.toThrow(
    ".github: is in the way, and is no folder. Fix: remove it\n.pre-commit-config.yaml: is in the way, and is no file. Fix: remove it",
  );
  rmSync(outside, { recursive: true });
});

test("what an edited file loses is shown before it is overwritten, and of others nothing", async () => {
  await writeFiles(clone, await compareFiles(clone));
  writeFileSync(join(clone, ".github", "workflows", "ci.yml"), "name: Edited\n");
  const [ci, ...others] = (await compareFiles(clone)).map(differenceOf);
  expect(ci).toMatch(/^--- .*ci\.yml\n\+\+\+ .*ci\.yml\n@@ -1 .*\n-name: Edited\n\+/);
  expect(others.join("")).toBe("");
});
