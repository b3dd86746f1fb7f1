import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

/** Rows of the table below "What Slipway governs": the feature, what Slipway does, the tests. */
const rows = (readFileSync("docs/github.md", "utf8").split("## What Slipway governs")[1] ?? "")
  .split("\n")
  .filter((line) => line.startsWith("| "))
  .slice(2)
  .map((line) =>
    line
      .split("|")
      .slice(1, 4)
      .map((cell) => cell.trim()),
  );

test("there are rows", () => {
  expect(rows.length).toBeGreaterThan(35);
});

test.each(rows)("%s: %s, and its tests are there", (_, says = "", tests = "") => {
  const named = [...tests.matchAll(/`([^`]+)`/g)].map(([, path = ""]) => path);
  // What is left to others needs none.
  expect(named.length > 0).toBe(says !== "no");
  expect(named.filter((path) => !path.endsWith(".test.ts") || !existsSync(`test/${path}`))).toEqual([]);
});
