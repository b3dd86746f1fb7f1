import { describe, expect, test } from "vitest";
import { guardsOf } from "../../../github/kinds/index.ts";
import type { Thing } from "../../../github/kinds/kind.ts";
import { markOf, mendsOf, remade, type Mend } from "../../../github/plan/mends.ts";

const now = new Date("2026-11-24T12:00:00Z");
const at = now.toISOString();
const ruleset: Thing = { kind: "ruleset", name: "main branch", fields: { reviews: 2, needsPullRequest: true } };
const environment: Thing = { kind: "environment", name: "staging", fields: { branches: ["main"], tags: ["v*.*.*"] } };
const declared = [ruleset, environment];
const there: readonly Thing[] = [ruleset, { ...environment, ids: { "branch:main": 1, "tag:v*.*.*": 2 } }];
const known = { guards: guardsOf(declared), last: [] };

const mends = (things: readonly Thing[], from: Parameters<typeof mendsOf>[2] = known) =>
  mendsOf(declared, { things, hidden: [] }, from, now);

test("nothing is mended where GitHub is as declared", () => {
  expect(mends(there)).toEqual([]);
});

test("what is changed or missing gets a mark", () => {
  expect(mends([{ ...ruleset, fields: { reviews: 1 } }])).toEqual([
    { kind: "ruleset", name: "main branch", is: "changed", at },
    { kind: "environment", name: "staging", is: "missing", at },
    { kind: "environment", of: "staging", name: "branch:main", is: "missing", at },
    { kind: "environment", of: "staging", name: "tag:v*.*.*", is: "missing", at },
  ]);
});

test("a missing part is told by itself, and what this token may not see is not", () => {
  const fields = { branches: [], tags: ["v*.*.*"] };
  expect(mends([ruleset, { ...environment, fields, ids: { "tag:v*.*.*": 2 } }])).toEqual([
    { kind: "environment", name: "staging", is: "changed", at },
    { kind: "environment", of: "staging", name: "branch:main", is: "missing", at },
  ]);
  const blind = { ...environment, fields: {}, hidden: ["branches", "tags"], ids: {} };
  expect(mends([ruleset, blind])).toEqual([]);
  expect(mendsOf(declared, { things: [ruleset], hidden: [{ kind: "environment" }] }, known, now)).toEqual([]);
});

test("what the last update did not declare was not changed since", () => {
  expect(mends([], { guards: {}, last: [] })).toEqual([]);
  expect(mends([], { guards: guardsOf([ruleset]), last: [] }).map(({ kind }) => kind)).toEqual(["ruleset"]);
});

test("a mark stays as it is when nothing is to be done, and is renewed when there is", () => {
  const old: Mend = { kind: "ruleset", name: "main branch", is: "changed", at: "2026-01-01T00:00:00.000Z" };
  expect(mends(there, { ...known, last: [old] })).toEqual([old]);
  expect(mends([{ ...ruleset, fields: { reviews: 1 } }, ...there.slice(1)], { ...known, last: [old] })).toEqual([
    { ...old, at },
  ]);
});

describe("a resource", () => {
  const marks: Mend[] = [
    { kind: "ruleset", name: "main branch", is: "changed", at: "2026-02-01T00:00:00.000Z" },
    { kind: "ruleset", name: "main branch", is: "missing", at: "2026-01-01T00:00:00.000Z" },
    { kind: "label", name: "type: fix", is: "changed", at: "2026-03-01T00:00:00.000Z" },
  ];
  const main = { kind: "ruleset", name: "main branch" } as const;

  test("has the newest mark of what it is about", () => {
    expect(markOf({ marks, at }, main)).toBe("2026-02-01T00:00:00.000Z");
    expect(markOf({ marks, at }, main, { kind: "label" })).toBe("2026-03-01T00:00:00.000Z");
    expect(markOf({ marks, at }, { kind: "ruleset", name: "branches stay" })).toBeUndefined();
  });

  test("is made anew for what is missing only, and unprotected only then", () => {
    const trigger = "2026-01-01T00:00:00.000Z";
    expect(remade({ marks, at }, main)).toEqual({ replacementTrigger: trigger, retainOnDelete: true, protect: true });
    expect(remade({ marks, at: trigger }, main)).toMatchObject({ protect: false });
    expect(remade({ marks: [], at }, main)).toMatchObject({ replacementTrigger: "made", protect: true });
  });
});
