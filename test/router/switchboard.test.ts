import { expect, test } from "vitest";
import { reloadAgainMs } from "../../router/switchboard.ts";

test("a reload that does not help is repeated ever more rarely: each one refuses connections where a port is taken", () => {
  expect([0, 1, 2, 3, 8, 99].map(reloadAgainMs)).toEqual(
    [30, 30, 60, 120, 3840, 3840].map((seconds) => seconds * 1000),
  );
});
