import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { backupBook } from "../../../router/telling/backups.ts";
import { Book } from "../../../router/telling/book.ts";

let folder = "";
const log: string[] = [];
const opened = () => Book.open(backupBook, folder, (line) => log.push(line));
const anyTime = expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "slipway-backups-"));
  log.length = 0;
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

test("what was told of backups and copies outlives the controller; a failure keeps the last one, and the next one ends it", async () => {
  const first = await opened();
  expect(first.known).toEqual({ backup: {}, copy: {} });
  await first.tell({ kind: "backup", name: "by-hand-1", problem: null });
  await first.tell({ kind: "copy", name: "by-hand-1", problem: null });
  await first.tell({ kind: "copy", name: "by-hand-2", problem: "refuses the keys" });
  const second = await opened();
  expect(second.known).toEqual({
    backup: { last: { name: "by-hand-1", at: anyTime } },
    copy: {
      last: { name: "by-hand-1", at: anyTime },
      failed: { name: "by-hand-2", at: anyTime, problem: "refuses the keys" },
    },
  });
  await second.tell({ kind: "copy", name: "by-hand-3", problem: null });
  expect((await opened()).known.copy).toEqual({ last: { name: "by-hand-3", at: anyTime } });
  expect(log).toEqual([]);
});

test("a file that can't be read is said, and begins anew", async () => {
  writeFileSync(join(folder, "backups.json"), "{");
  const book = await opened();
  expect(book.known).toEqual({ backup: {}, copy: {} });
  expect(log.join()).toMatch(/^backups: what was known of them can't be read, got .*; it begins anew$/);
  await book.tell({ kind: "backup", name: "by-hand-1", problem: null });
  expect(readFileSync(join(folder, "backups.json"), "utf8")).toContain("by-hand-1");
});
