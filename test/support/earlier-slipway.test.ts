import { expect, test } from "vitest";
import { checkOutEarlier, earlierVersions } from "./earlier-slipway.ts";

test("upgrades are tried from the newest version's tag, or from each, and from a named commit before there is one", () => {
  const tags = "v0.9.0\nv0.10.0\nv1.0.0-rc.1\nvision\nv0.2.0";
  expect(earlierVersions(tags, false)).toEqual([{ name: "Slipway v0.10.0", commit: "v0.10.0" }]);
  expect(earlierVersions(tags, true).map(({ commit }) => commit)).toEqual(["v0.10.0", "v0.9.0", "v0.2.0"]);
  expect(earlierVersions("", true)).toEqual([
    { name: expect.any(String) as string, commit: expect.stringMatching(/^[0-9a-f]{40}$/) as string },
  ]);
});

test("a clone without its history says what to fetch", () => {
  expect(() => {
    checkOutEarlier("0".repeat(40), "/nowhere");
  }).toThrow(/which this clone does not have\. Fix: git fetch --unshallow --tags$/);
});
