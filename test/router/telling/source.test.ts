import { expect, test } from "vitest";
import { compareLink, compareUrl, describeSource, sourceOf } from "../../../router/telling/source.ts";

const [before, commit] = ["a".repeat(40), "0123abc"];
const repository = "https://github.com/acme/shop";
const link = `${repository}/compare/${before}...${commit}`;

test.each([repository, `${repository}/`, `${repository}.git`, ` ${repository}\n`])(
  "%j leads to what changed",
  (place) => {
    expect(compareLink({ repository: place, before, commit })).toBe(link);
  },
);

test.each([
  ["no repository", { before, commit }],
  ["no commit of the new one", { repository, before }],
  ["no commit of live", { repository, commit }],
  ["the same commit", { repository, commit, before: commit }],
  ["a commit that is none", { repository, commit: "main", before }],
  ["a commit with more in it", { repository, commit, before: `${commit}?x` }],
  ...[
    "http://github.com/acme/shop",
    "git@github.com:acme/shop",
    "javascript:alert(1)",
    "https://token@github.com/acme/shop",
    "https://github.com/acme/shop?token=1",
    "https://github.com/acme/shop#a",
    "https://github.com",
    "https://github.com/acme/shop https://elsewhere.example",
    "https://github.com/acme/<script>",
    `https://github.com/${"a".repeat(200)}`,
  ].map((place) => [place, { repository: place, commit, before }] as const),
] as const)("there is no link for %s", (_, labels) => {
  expect(compareLink(labels)).toBeUndefined();
});

test("labels of images are told as one line each, with the link where there is one", () => {
  expect(sourceOf({ commit: "a\nb", author: ` Ada ${"x".repeat(300)}` })).toEqual({
    commit: "a b",
    author: `Ada ${"x".repeat(196)}`,
  });
  const source = sourceOf({ commit, author: "Ada", repository, before });
  expect(source).toEqual({ commit, author: "Ada", compare: link });
  expect(describeSource({ source })).toBe(`commit 0123abc by Ada, ${link}`);
  expect(link).toMatch(compareUrl);
  expect(describeSource({ source: { commit, author: null } })).toBe("commit 0123abc");
  expect(describeSource({ source: null })).toBe("");
});
