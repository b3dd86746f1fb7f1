import { expect, test } from "vitest";
import { suggest } from "../../lib/suggest.ts";

test.each([
  ["versoin", "version"],
  ["versio", "version"],
  ["eys", "yes"],
  ["ys", "yes"],
  ["prod", "production"],
  ["--stak", "--stack"],
  ["timeout", "timeoutMs"],
  ["colour", undefined],
  ["x", undefined],
])("%s: %s", (word, meant) => {
  const known = ["version", "yes", "production", "staging", "--stack", "timeoutMs"];
  expect(suggest(word, known)).toBe(meant);
});

test("nothing is near where nothing is known", () => {
  expect(suggest("stack", [])).toBeUndefined();
});
