import { expect, test } from "vitest";
import { freezeOf, knownFrom, servedWith } from "../../../../lib/aws/ecs/plan.ts";

const friday = new Date("2026-11-27T12:00:00Z");
const settings = { freeze: { weekdays: ["friday" as const], timeZone: "UTC" }, critical: "" };
const known = { live: { version: "1.1.0", release: "1.1.0-aaaa" }, served: ["1.0.0", "1.1.0"] };
const frozen = (id: string, version: string, more: object = {}, from = known) =>
  freezeOf(from, { id, version }, { ...settings, ...more }, friday)?.problem;

test("no release goes out on a day without releases", () => {
  expect(frozen("1.2.0-bbbb", "1.2.0")).toBe("no release goes out today");
  // Another variable is another release of the same version.
  expect(frozen("1.1.0-cccc", "1.1.0")).toBe("no release goes out today");
});

test("what is live, a way back, the first release and a critical one do", () => {
  expect(frozen("1.1.0-aaaa", "1.1.0")).toBeUndefined();
  expect(frozen("1.0.0-dddd", "1.0.0")).toBeUndefined();
  expect(freezeOf(knownFrom({ live: undefined, served: undefined }), { id: "x", version: "1" }, settings, friday)).toBe(
    undefined,
  );
  expect(frozen("1.2.0-bbbb", "1.2.0", { critical: "1.2.0: login is open" })).toBeUndefined();
});

test("versions that have been live stay known, each once and in their order", () => {
  expect(servedWith(known, { version: "1.0.0" })).toEqual(["1.1.0", "1.0.0"]);
  const many = { ...known, served: Array.from({ length: 60 }, (_, index) => `0.${String(index)}.0`) };
  expect(servedWith(many, { version: "9.0.0" })).toHaveLength(50);
});
