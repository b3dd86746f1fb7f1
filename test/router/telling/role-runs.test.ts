import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Book } from "../../../router/telling/book.ts";
import { describeRuns, parseRunReports, runBook } from "../../../router/telling/role-runs.ts";

let folder = "";
const log: string[] = [];
const opened = () => Book.open(runBook, folder, (line) => log.push(line));
const never = "0001-01-01T00:00:00Z";
const ran = (state: string, code: number, from: string, to = never, oom = false) =>
  `ran nightly 600 ${state} ${String(code)} ${String(oom)} ${from} ${to}`;
const at = (minute: string) => `2026-11-27T03:${minute}:00Z`;
const iso = (minute: string) => `2026-11-27T03:${minute}:00.000Z`;
const now = Date.parse(at("59"));
const shown = (book: Awaited<ReturnType<typeof opened>>, when = now) =>
  describeRuns({ schedules: { nightly: "15 3 * * *" } }, { ...book.known, toldAt: iso("59") }, when);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "slipway-runs-"));
  log.length = 0;
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe("what is told of a run", () => {
  test.each([
    ["exited 0", ran("exited", 0, at("00"), at("01")), null],
    ["another exit code", ran("exited", 3, at("00"), at("01")), "exit code 3"],
    [
      "its memory",
      ran("exited", 137, at("00"), at("01"), true),
      "exit code 137, because it took more than its memoryMb",
    ],
    ["its time, whatever it ends with", ran("exited", 0, at("00"), at("10")), "no end within 600 s (timeoutSeconds)"],
    ["no start", `refused nightly ${at("01")} no such file`, "can't be started: no such file"],
  ])("%s", (_, line, problem) => {
    expect(parseRunReports(line)).toMatchObject([{ is: "ended", role: "nightly", run: { problem } }]);
  });

  test("one that never ran, or begins just now, has no end", () => {
    expect(parseRunReports(`\n${ran("created", 0, never)}\n${ran("exited", 0, at("02"), at("01"))}\n`)).toEqual([]);
    expect(parseRunReports(ran("running", 0, at("02"), at("01")))).toEqual([
      { is: "running", role: "nightly", startedAt: iso("02") },
    ]);
  });

  test.each([
    "ran",
    "ran Nightly 1 exited 0 false x y",
    "ran web 1 exited 0 false 2026-01-01 2026-01-01",
    "skipped a b",
  ])("%j is refused", (line) => {
    expect(() => parseRunReports(line)).toThrow("allowed ran, skipped or refused");
  });
});

test("what was told outlives the controller: a failure is the last run until one ends well", async () => {
  const first = await opened();
  await first.tell(parseRunReports(ran("exited", 0, at("00"), at("01"))));
  expect(shown(first)).toEqual(["nightly (15 3 * * *): ended well 2026-11-27T03:01:00Z after 60 s"]);
  await first.tell(parseRunReports(ran("exited", 2, at("02"), at("03"))));
  const second = await opened();
  expect(second.known).toMatchObject({
    roles: { nightly: { last: { endedAt: iso("03"), problem: "exit code 2" }, wellAt: iso("01") } },
  });
  expect(shown(second)).toEqual(["nightly (15 3 * * *): FAILED 2026-11-27T03:03:00Z after 60 s: exit code 2"]);
  // The same once more, beside what runs in the other slot since.
  await second.tell(parseRunReports(`${ran("exited", 2, at("02"), at("03"))}\n${ran("running", 0, at("04"))}`));
  expect(shown(second)[0]).toMatch(/: runs since 2026-11-27T03:04:00Z; FAILED /);
  await second.tell(parseRunReports(`skipped nightly ${at("05")}\n${ran("running", 0, at("04"))}`));
  expect(shown(second)[0]).toContain("skipped 2026-11-27T03:05:00Z, as the run before still went on");
  await second.tell(parseRunReports(ran("exited", 0, at("04"), at("06"))));
  expect(shown(await opened())[0]).toMatch(/ended well .*; skipped /);
  await second.tell(parseRunReports(ran("exited", 0, at("07"), at("08"))));
  expect(shown(await opened())).toEqual(["nightly (15 3 * * *): ended well 2026-11-27T03:08:00Z after 60 s"]);
  expect(log).toEqual([]);
});

test("one that has not run, and a clock that stands still, are said; nothing of a release without a schedule", async () => {
  const book = await opened();
  expect(shown(book)).toEqual(["nightly (15 3 * * *): has not run yet"]);
  expect(shown(book, now + 6 * 60_000)[0]).toContain("the host's clock has not looked since 2026-11-27T03:59:00.000Z");
  expect(describeRuns({}, book.known, now)).toEqual([]);
  expect(describeRuns(null, book.known, now)).toEqual([]);
});

test("a file that can't be read is said, and begins anew", async () => {
  writeFileSync(join(folder, "role-runs.json"), "{");
  expect((await opened()).known).toEqual({ roles: {} });
  expect(log.join()).toMatch(/^roles: what was known of their runs can't be read, got .*; it begins anew$/);
});
