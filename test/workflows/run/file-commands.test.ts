import { describe, expect, test } from "vitest";
import { Masks, parseCommand, parseFileCommand } from "../../../workflows/run/file-commands.ts";

describe("what a step writes to GITHUB_OUTPUT", () => {
  test("is lines and blocks", () => {
    const text = "a=1\nurl=https://x/?a=b<<c\r\n\nnotes<<EOF\nfirst\n\nb=2\nEOF\nempty=\n";
    expect(Object.fromEntries(parseFileCommand(text))).toEqual({
      a: "1",
      url: "https://x/?a=b<<c",
      notes: "first\n\nb=2",
      empty: "",
    });
  });

  test.each([
    ["notes<<EOF\nnever", "notes: its block is not ended by EOF"],
    ["just text", '"just text" is neither name=value nor name<<delimiter'],
  ])("%j is refused", (text, problem) => {
    expect(() => parseFileCommand(text)).toThrow(problem);
  });
});

describe("masks", () => {
  test("hide every line of a value, and the longer of two first", () => {
    const masks = new Masks();
    masks.add("abc");
    masks.add("abcdef\n  second line\n");
    expect(masks.hide("abcdef abc second line")).toBe("*** *** ***");
  });
});

test.each([
  ["::add-mask::a%0Ab%25", { command: "add-mask", value: "a\nb%" }],
  ["::error title=Commit 1: x,line=2::bad: 50%25", { command: "error", value: "bad: 50%" }],
  ["text::error::no", undefined],
  ["a normal line", undefined],
])("%j", (line, command) => {
  expect(parseCommand(line)).toEqual(command);
});
