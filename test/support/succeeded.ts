import { expect } from "vitest";
import type { Ended } from "./pulumi-stack.ts";

/** Holds that a command ended well; all that it said is in the failure. @returns what it said */
export function succeeded({ code, output }: Ended): string {
  expect(code, output).toBe(0);
  return output;
}
