import type { ResourceValidationPolicy } from "@pulumi/policy";
import { checkProblems } from "../workflows/ci.ts";
import { requiredChecksOf } from "../github/plan/planned.ts";

/** A required check that nothing reports blocks every merge, and one that anybody reports stops nobody. */
export const reportedChecks: ResourceValidationPolicy = {
  name: "slipway-required-checks-are-reported",
  description: "Every required check is reported by a job of ci.yml, and by GitHub Actions only",
  validateResource(resource, report) {
    // A step on a host says nothing to GitHub, and what a preview does not know of it can't be looked at.
    if (resource.type === "command:local:Command" && !resource.urn.includes("slipway:github:")) return;
    for (const problem of checkProblems(requiredChecksOf(resource))) report(problem);
  },
};
