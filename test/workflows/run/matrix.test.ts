import { expect, test } from "vitest";
import { combinationsOf } from "../../../workflows/run/matrix.ts";
import { textOf } from "../../../workflows/run/parser.ts";

test("the product of the axes, in GitHub's order", () => {
  expect(
    combinationsOf({ os: ["a", "b"], node: [22, 24] }).map((each) => `${textOf(each.os)},${textOf(each.node)}`),
  ).toEqual(["a,22", "a,24", "b,22", "b,24"]);
});

// The example of GitHub's own documentation.
test("include extends what it does not change, and adds what fits nowhere", () => {
  const include = [
    { color: "green" },
    { color: "pink", animal: "cat" },
    { fruit: "apple", shape: "circle" },
    { fruit: "banana" },
    { fruit: "banana", animal: "cat" },
  ];
  expect(combinationsOf({ fruit: ["apple", "pear"], animal: ["cat", "dog"], include })).toEqual([
    { fruit: "apple", animal: "cat", color: "pink", shape: "circle" },
    { fruit: "apple", animal: "dog", color: "green", shape: "circle" },
    { fruit: "pear", animal: "cat", color: "pink" },
    { fruit: "pear", animal: "dog", color: "green" },
    { fruit: "banana" },
    { fruit: "banana", animal: "cat" },
  ]);
});

test("exclude takes combinations away, and include alone is a matrix", () => {
  expect(combinationsOf({ a: [1, 2], b: [1, 2], exclude: [{ a: 1 }, { a: 2, b: 2 }] })).toEqual([{ a: 2, b: 1 }]);
  expect(combinationsOf({ include: [{ a: 1 }, { a: 2 }] })).toEqual([{ a: 1 }, { a: 2 }]);
});
