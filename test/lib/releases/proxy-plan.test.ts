import { describe, expect, test } from "vitest";
import { planProxy } from "../../../lib/releases/proxy-plan.ts";

describe("planProxy", () => {
  test("before any proxy served, both places get the wanted one", () => {
    expect(planProxy(null, "new")).toEqual({ action: "first", target: 1, frozen: [] });
  });

  test("what serves already is left alone, and so is the other place", () => {
    expect(planProxy({ place: 2, id: "new" }, "new")).toEqual({ action: "none", target: 2, frozen: [1, 2] });
  });

  test.each([1, 2] as const)("another one goes into the place that does not serve (%i serves)", (place) => {
    expect(planProxy({ place, id: "old" }, "new")).toEqual({ action: "upgrade", target: 3 - place, frozen: [place] });
  });

  test("where the host could not be asked nothing is touched", () => {
    expect(planProxy(undefined, "new")).toEqual({ action: "none", target: 1, frozen: [1, 2] });
  });
});
