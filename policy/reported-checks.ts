import type { ResourceValidationPolicy } from "@pulumi/policy";
import { checkProblems, gateChecks } from "../workflows/ci.ts";
import { requiredChecksOf } from "../github/plan/planned.ts";
import { accountSeenBy } from "./account.ts";

/** A required check that nothing reports blocks every merge, and one that anybody reports stops nobody. */
export const reportedChecks: ResourceValidationPolicy = {
  name: "slipway-required-checks-are-reported",
  description: "Every required check is one that the repository has, and reported by its own app only",
  validateResource(resource, report) {
    const { checks = gateChecks(), kept = {} } = accountSeenBy(resource);
    // A step on a host says nothing to GitHub, and what a preview does not know of it can't be looked at.
    if (resource.type === "command:local:Command" && !resource.urn.includes("slipway:github:")) return;
    const known = [...checks, ...Object.values(kept).flat()];
    for (const problem of checkProblems(requiredChecksOf(resource, known), known)) report(problem);
  },
};
