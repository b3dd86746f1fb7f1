import { expect, test } from "vitest";
import { criticalPath, secondsOf } from "../../bench/critical-path.ts";

const jobs = { a: {}, b: {}, c: { needs: ["a"] }, d: { needs: ["b", "c"] } };
const took = (seconds: number) => ({ seconds, basis: "measured" });

test("the longest chain counts, not the longest job", () => {
  const path = criticalPath({ jobs }, "d", { a: took(3), b: took(4), c: took(2), d: took(1) });
  expect(path.map(({ id }) => id)).toEqual(["a", "c", "d"]);
  expect(secondsOf(path)).toBe(6);
});

test("of two that are known to take as long, the one with more on it counts", () => {
  const more = { ...jobs, d: { needs: ["a", "c"] } };
  expect(criticalPath({ jobs: more }, "d", { a: took(3) }).map(({ id }) => id)).toEqual(["a", "c", "d"]);
});

test("what nobody has measured stays on the path, and is said", () => {
  const path = criticalPath({ jobs }, "d", { a: took(3), d: took(1) });
  expect(path.map(({ id, basis }) => [id, basis])).toEqual([
    ["a", "measured"],
    ["c", "unknown"],
    ["d", "measured"],
  ]);
  expect(secondsOf(path)).toBe(4);
});
