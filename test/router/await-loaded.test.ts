import { afterEach, expect, test, vi } from "vitest";
import { awaitLoaded } from "../../router/await-answer.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

/** A controller that gives these answers, the last one again and again. */
const controller = (...answers: (string | null)[]) => {
  const left = [...answers];
  return (onLine: (line: string) => void) => {
    onLine(JSON.stringify(left.length > 1 ? left.shift() : left[0]));
    return Promise.resolve(0);
  };
};

test("a proxy that takes a moment to load what was written for it is waited for", async () => {
  expect(await awaitLoaded(10, controller("it has not", "it has not", null))).toBe(0);
});

test("one that can't read it fails the update, with what to do", async () => {
  const said = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  expect(await awaitLoaded(0, controller("the proxy has not loaded the configuration"))).toBe(1);
  expect(said).toHaveBeenCalledWith(
    "the proxy has not loaded the configuration within 0 s. Fix: free the port if another program has it, or put back the settings " +
      "that were changed, and run pulumi up again; slipway logs --part proxy says more\n",
  );
});
