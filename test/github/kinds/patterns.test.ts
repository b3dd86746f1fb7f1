import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isWithin } from "../../../github/kinds/patterns.ts";
import { matchesRef } from "../../emulators/github/patterns.ts";

describe("within", () => {
  test.each<[string[], string[]]>([
    [["v*.*.*"], ["v*"]],
    [["v*"], ["*"]],
    [["v1.*.*"], ["v*.*.*"]],
    [["v[0-9].*.*"], ["v*.*.*"]],
    [["~DEFAULT_BRANCH"], ["refs/heads/*"]],
    [["refs/heads/release/**/*"], ["~ALL"]],
    [
      ["a", "b"],
      ["a", "b", "c"],
    ],
    [["b"], ["~ALL", "!a"]],
    [
      ["~ALL", "!a", "!b"],
      ["~ALL", "!a"],
    ],
    [["feature/*"], ["feature/**/*"]],
    [["v*", "!v9*"], ["v*"]],
    [["aa*", "ab*"], ["a*"]],
    [[], ["a"]],
  ])("%j lies within %j, and not the other way round", (narrow, wide) => {
    expect(isWithin(narrow, wide, "references")).toBe(true);
    expect(isWithin(wide, narrow, "references")).toBe(false);
  });

  test("a star stops at a slash in references and not in actions", () => {
    expect(isWithin(["a/b/c@v1"], ["a/*@*"], "actions")).toBe(true);
    expect(isWithin(["a/b/c"], ["a/*"], "references")).toBe(false);
  });
});

const part = fc.constantFrom("a", "b", "v", ".", "/", "*", "**/", "?", "[ab]");
const pattern = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(""));
const name = fc
  .array(fc.constantFrom("a", "b", "v", ".", "/", "x"), { minLength: 1, maxLength: 6 })
  .map((parts) => parts.join(""));

test("agrees with how GitHub matches single names", () => {
  fc.assert(
    fc.property(pattern, name, (one, text) => {
      expect(isWithin([text.replaceAll(/[[\]*?\\!]/g, "")], [one], "references")).toBe(
        text === "" || matchesRef(one, text),
      );
    }),
    { numRuns: 3_000 },
  );
});

test("no name is ever inside and not outside of what it is said to lie within", () => {
  fc.assert(
    fc.property(pattern, pattern, fc.array(name, { minLength: 20, maxLength: 20 }), (inner, outer, names) => {
      const escapes = names.some((each) => matchesRef(inner, each) && !matchesRef(outer, each));
      expect(isWithin([inner], [outer], "references") && escapes).toBe(false);
    }),
    { numRuns: 3_000 },
  );
});
