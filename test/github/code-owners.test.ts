import { expect, test } from "vitest";
import { ownersOf } from "../../github/code-owners.ts";

const rules = ".github/CODEOWNERS";

test.each<[string, string[]]>([
  ["* @acme/platform @ann\n", ["@acme/platform", "@ann"]],
  ["* @ann # @bob\n# * @carl\n", ["@ann"]],
  ["* @ann\n/docs/ @bob\n*.md @carl\n", ["@ann"]],
  ["* @ann\n/.github/ @bob\n", ["@bob"]],
  ["* @ann\n.github @bob\n", ["@bob"]],
  ["* @ann\nCODEOWNERS @bob\n", ["@bob"]],
  ["* @ann\n.github/* @bob\n", ["@bob"]],
  ["* @ann\n/.github/**/CODE* @bob\n", ["@bob"]],
  ["* @ann\n**/CODEOWNERS @bob\n", ["@bob"]],
  // One star stops at a slash, and a name at its end.
  ["* @ann\n/* @bob\n", ["@ann"]],
  ["* @ann\n/.git @bob\n.github/CODE @bob\n", ["@ann"]],
  // The last line that matches decides, also one without an owner.
  ["* @ann\n/.github/\n", []],
  // GitHub reads neither negation nor sets in this file, and skips such a line.
  ["* @ann\n!/.github/ @bob\n/.g[i]thub/ @bob\n", ["@ann"]],
  ["* jane@example.com @ann\n", ["@ann"]],
  ["* @ann@example.com\r\n", []],
  ["", []],
])("%j: %j own it", (text, owners) => {
  expect(ownersOf(text, rules)).toEqual(owners);
});
