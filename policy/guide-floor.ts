import type { ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";
import { formatProblem } from "../lib/problem.ts";
import { floorProblems, missingRules } from "../github/plan/floor.ts";
import { plannedGuards } from "../github/plan/planned.ts";
import { accountSeenBy, repositoryOf } from "./account.ts";

/** Rules of branches and tags are as strict as the guide asks, or somebody answers for it by name. */
export const guideFloor: ResourceValidationPolicy & StackValidationPolicy = {
  name: "slipway-guide-floor",
  description: "Branches and release tags have the rules that the guide asks for",
  // Before each write, and not only at the end of the run.
  validateResource(resource, report) {
    const account = accountSeenBy(resource);
    const problems = floorProblems(
      plannedGuards(resource),
      account.approvedWeakenings,
      account,
      new Date(),
      account.among,
    );
    for (const problem of problems) report(formatProblem(problem));
  },
  validateStack({ resources }, report) {
    const [account] = resources.map(accountSeenBy).slice(-1);
    if (account?.planLimits === "fall-back") return;
    for (const made of resources.filter(({ type }) => type === "github:index/repository:Repository")) {
      const { branches, among } = accountSeenBy(made);
      const repository = among.prefix;
      const planned = resources.filter((each) => repositoryOf(each) === repository).map(plannedGuards);
      for (const object of missingRules(planned, branches)) {
        report(`${repository}${object}: nothing declares its rules, and the guide asks for them`);
      }
    }
  },
};
