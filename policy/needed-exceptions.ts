import type { StackValidationPolicy } from "@pulumi/policy";
import { unusedExceptions } from "./exceptions.ts";

/** An exception that nothing needs any more would let pass what comes back one day. The engine asks this last. */
export const neededExceptions: StackValidationPolicy = {
  name: "slipway-exceptions-are-needed",
  description: "Each exception lets something pass.",
  enforcementLevel: "advisory",
  validateStack(_, report) {
    for (const line of unusedExceptions()) report(line);
  },
};
