import { PolicyPack } from "@pulumi/policy";
import { approvedEnvironment } from "./approved-environment.ts";
import { guideFloor } from "./guide-floor.ts";
import { Marks } from "./marks.ts";
import { neededExceptions } from "./needed-exceptions.ts";
import { reportedChecks } from "./reported-checks.ts";
import { asPolicy } from "./rule.ts";
import { rules } from "./rules/index.ts";
import { secretsAreMarked } from "./rules/secrets-are-marked.ts";

const marks = new Marks();

// The program holds its declaration against GitHub's present and the last update; this looks at what really goes to the engine.
new PolicyPack("slipway", {
  description:
    "The rules around the code are never weaker than the guide asks for, and what runs is never open, plain or unlimited",
  enforcementLevel: "mandatory",
  policies: [
    guideFloor,
    reportedChecks,
    approvedEnvironment,
    ...rules.map((rule) => (rule === secretsAreMarked ? marks.lookedAt(asPolicy(rule, marks.of)) : asPolicy(rule))),
    neededExceptions,
  ],
});
